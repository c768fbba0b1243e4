// Every screen of the portal in light and dark, on a desktop and on a phone, and the main ones for each dialect: axe finds
// nothing, nothing is wider than the screen, no request leaves the server. SCREENSHOTS=<folder> keeps a picture of each.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole, type Visit } from './console.ts';
import { fill, type Filled } from './fill.ts';
import { expectFine, lookAt, sizes } from './looks.ts';
import { type Link, makeLink } from './portal-pages.ts';

const logo = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="28"><rect width="120" height="28" rx="6" fill="#0a7a5a"/></svg>',
).toString('base64')}`;
const theme = { name: 'Acme Payments', accent: '#0a7a5a', radius: 10, font: 'DejaVu Sans, sans-serif', logo };

interface Screen {
  readonly name: string;
  /** Behind the address of the session. */
  readonly path: (filled: Filled) => string;
  readonly shows: string;
  readonly act?: (page: Page) => Promise<void>;
}

const screens: readonly Screen[] = [
  { name: 'endpoints', path: () => '/endpoints', shows: '/broken' },
  { name: 'endpoint', path: ({ broken }) => `/endpoints/${broken}`, shows: 'Attempts per hour' },
  { name: 'endpoint-disabled', path: ({ paused }) => `/endpoints/${paused}`, shows: 'are held' },
  { name: 'endpoint-deliveries', path: ({ broken }) => `/endpoints/${broken}/deliveries`, shows: 'retrying' },
  { name: 'endpoint-settings', path: ({ shop }) => `/endpoints/${shop}/settings`, shows: 'Save changes' },
  { name: 'endpoint-secret', path: ({ shop }) => `/endpoints/${shop}/secret`, shows: 'Rotate secret' },
  {
    name: 'endpoint-check',
    path: ({ shop }) => `/endpoints/${shop}/check`,
    shows: 'Answer 401 to a request without a signature.',
  },
  {
    name: 'endpoint-create',
    path: () => '/endpoints',
    shows: '/broken',
    act: (page) => page.getByRole('button', { name: 'Create endpoint' }).click(),
  },
  { name: 'deliveries', path: () => '/deliveries', shows: 'delivered' },
  { name: 'delivery', path: ({ failed }) => `/deliveries/${failed}`, shows: 'What it means' },
  { name: 'delivery-request', path: ({ delivered }) => `/deliveries/${delivered}`, shows: 'Headers as sent' },
  { name: 'event', path: () => '/events/order-2', shows: 'Did not go to' },
  { name: 'event-types', path: () => '/event-types', shows: 'payment.paid' },
  { name: 'event-type', path: () => '/event-types/payment.paid', shows: 'Example 1' },
  {
    name: 'event-type-test',
    path: () => '/event-types/payment.paid',
    shows: 'Example 1',
    act: (page) => page.getByRole('button', { name: 'Send as test event' }).click(),
  },
  { name: 'replays', path: () => '/replays', shows: 'finished' },
  { name: 'replay', path: ({ replay }) => `/replays/${replay}`, shows: 'Started' },
  { name: 'replay-builder', path: () => '/replays/new', shows: 'Count what it would redeliver' },
  { name: 'unknown', path: () => '/none', shows: 'There is no such page' },
];

describe.skipIf(noBrowser !== null)(noBrowser ?? 'the screens of the portal', { timeout: 120_000 }, () => {
  let console: Console;
  let filled: Filled;
  beforeAll(async () => {
    console = await startConsole();
    filled = await fill(console);
    // Of the mode of the session: one for both modes is the operator's.
    const range = { since: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };
    const terms = { mode: 'live', endpoint: filled.shop, states: ['exhausted'], ...range };
    const { id: replay } = await console.admin('POST', '/tenants/acme/replays', terms);
    filled = { ...filled, replay };
    await console.admin('PUT', '/event-types/payment.paid', {
      groupName: 'Payments',
      description: 'A customer has paid.',
      schema: { type: 'object', required: ['amount'], properties: { amount: { type: 'string' } } },
      examples: [{ id: 'pay_1', amount: '10.50', currency: 'EUR' }],
    });
  }, 180_000);
  afterAll(() => console?.close());

  let reader: Visit;
  let link: Link;
  beforeAll(async () => {
    link = await makeLink(console, 'acme', { theme, returnUrl: 'https://app.example.com/settings' });
    reader = await console.visit(link.path, { isSignedIn: false });
    await reader.page.getByRole('heading', { name: 'Endpoints' }).waitFor();
  }, 60_000);
  afterAll(() => reader?.close());

  test.each(screens)('$name', async (screen) => {
    const { name, path, shows, act } = screen;
    const { page, problems } = reader;
    await page.setViewportSize(sizes.desktop);
    await page.goto(`/portal/${link.id}${path(filled)}`);
    await page.getByText(shows).filter({ visible: true }).first().waitFor();
    await act?.(page);
    await lookAt(page, `portal-${name}`, screens.indexOf(screen));
    expect(problems).toEqual([]);
  });

  test.each(dialects.map(({ name, events }) => ({ name, samples: events.samples })))(
    'the main screens for a tenant of $name',
    async ({ name, samples }) => {
      const { admin, receiver } = console;
      const id = `of-${name}`;
      const [sample] = samples;
      if (sample === undefined) throw new Error(`${name} has no sample`);
      await admin('POST', '/tenants', { id, name: id, dialect: name });
      const url = `${receiver.url}/${name}`;
      const { id: endpoint } = await admin('POST', `/tenants/${id}/endpoints`, {
        url,
        eventTypes: [sample.type],
      });
      await admin('POST', `/tenants/${id}/events`, { type: sample.type, payload: sample.payload });
      const { path, id: session } = await makeLink(console, id);
      const { page, problems, close } = await console.visit(path, {
        viewport: sizes.phone,
        isSignedIn: false,
      });
      await page.getByRole('link', { name: `/${name}` }).click();
      await page.getByText('Attempts per hour').waitFor();
      await page.getByRole('link', { name: 'Settings', exact: true }).click();
      await page.getByText('Save changes').waitFor();
      expect(await page.getByLabel('Egress proxy').count()).toBe(0);
      await page.getByRole('link', { name: 'Secret', exact: true }).click();
      await page.getByRole('button', { name: 'Rotate secret' }).waitFor();
      await page.goto(`/portal/${session}/deliveries?endpoint=${endpoint}`);
      await page.getByRole('table').getByText('delivered').first().waitFor();
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByText('Headers as sent').waitFor();
      await page.getByText('Verify it in').waitFor();
      await expectFine(page, sizes.phone.width);
      await page.getByRole('link', { name: 'Event types' }).click();
      await page
        .getByRole('link', { name: name === 'standard' ? 'payment.paid' : sample.type, exact: true })
        .click();
      await page.getByText('Example 1').first().waitFor();
      await expectFine(page, sizes.phone.width);
      expect(problems).toEqual([]);
      await close();
    },
  );
});
