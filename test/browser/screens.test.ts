// Every screen in light and dark, on a desktop and on a phone: axe finds nothing, nothing is wider than the screen, no
// request leaves the server. SCREENSHOTS=<folder> keeps a picture of each, and LOOKS=all tries each screen in both.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole, type Visit } from './console.ts';
import { fill, type Filled } from './fill.ts';
import { lookAt, sizes } from './looks.ts';

interface Screen {
  readonly name: string;
  readonly path: (filled: Filled) => string;
  /** What is there once the screen is loaded. */
  readonly shows: string;
  readonly act?: (page: Page, filled: Filled) => Promise<void>;
  readonly isSignedIn?: false;
}

const screens: readonly Screen[] = [
  { name: 'sign-in', path: () => '/console/', shows: 'Sign in to Carillon', isSignedIn: false },
  { name: 'now', path: () => '/console/', shows: '/broken' },
  { name: 'tenants', path: () => '/console/tenants', shows: 'Acme Payments' },
  { name: 'tenant', path: () => '/console/tenants/acme', shows: 'Credentials' },
  { name: 'choose-tenant', path: () => '/console/events', shows: 'Choose a tenant' },
  { name: 'endpoints-all', path: () => '/console/endpoints', shows: 'Endpoints of all tenants' },
  { name: 'deliveries-all', path: () => '/console/deliveries', shows: 'Deliveries of all tenants' },
  { name: 'endpoints', path: () => '/console/endpoints?tenant=acme', shows: '/broken' },
  {
    name: 'endpoints-empty',
    path: () => '/console/endpoints?tenant=acme&mode=test',
    shows: 'No test endpoints yet',
  },
  {
    name: 'endpoint',
    path: ({ broken }) => `/console/endpoints/${broken}?tenant=acme`,
    shows: 'Attempts per hour',
  },
  {
    name: 'endpoint-disabled',
    path: ({ paused }) => `/console/endpoints/${paused}?tenant=acme`,
    shows: 'are held',
  },
  {
    name: 'endpoint-deliveries',
    path: ({ broken }) => `/console/endpoints/${broken}/deliveries?tenant=acme`,
    shows: 'retrying',
  },
  {
    name: 'endpoint-settings',
    path: ({ shop }) => `/console/endpoints/${shop}/settings?tenant=acme`,
    shows: 'Save changes',
  },
  {
    name: 'endpoint-create',
    path: () => '/console/endpoints?tenant=acme',
    shows: '/broken',
    act: async (page) => {
      await page.getByRole('button', { name: 'Create endpoint' }).click();
      for (const group of ['Request', 'Attempts', 'Own data'])
        await page.locator('dialog summary').getByText(group, { exact: true }).click();
      await page.getByRole('button', { name: 'Add header' }).click();
      await page.getByLabel('Authorization', { exact: true }).selectOption('basic');
      await page.getByLabel('Retries').selectOption('own');
      await page.getByLabel('Filter', { exact: true }).fill('{ "amount": ');
    },
  },
  {
    name: 'endpoint-test-event',
    path: ({ shop }) => `/console/endpoints/${shop}?tenant=acme`,
    shows: 'Attempts per hour',
    act: (page) => page.getByRole('button', { name: 'Send test event' }).click(),
  },
  {
    name: 'endpoint-secret',
    path: ({ shop }) => `/console/endpoints/${shop}/secret?tenant=acme`,
    shows: 'Rotate secret',
  },
  {
    name: 'endpoint-check',
    path: ({ shop }) => `/console/endpoints/${shop}/check?tenant=acme`,
    shows: 'Answer 401 to a request without a signature.',
  },
  { name: 'events', path: () => '/console/events?tenant=acme', shows: 'payout.failed' },
  { name: 'event', path: () => '/console/events/order-2?tenant=acme', shows: 'Did not go to' },
  {
    name: 'publish',
    path: () => '/console/events?tenant=acme',
    shows: 'payout.failed',
    act: (page) => page.getByRole('button', { name: 'Publish event' }).click(),
  },
  { name: 'deliveries', path: () => '/console/deliveries?tenant=acme', shows: 'delivered' },
  {
    name: 'deliveries-selected',
    path: () => '/console/deliveries?tenant=acme',
    shows: 'Attempts per hour',
    act: async (page) => {
      const boxes = page.locator('tbody').getByRole('checkbox');
      await boxes.nth(1).click();
      await boxes.nth(4).click({ modifiers: ['Shift'] });
      await page.locator('summary').getByText('Columns', { exact: true }).click();
    },
  },
  {
    name: 'deliveries-completion',
    path: () => '/console/deliveries?tenant=acme',
    shows: 'Attempts per hour',
    act: (page) => page.getByRole('combobox').pressSequentially('state:e'),
  },
  {
    name: 'deliveries-no-match',
    path: () => '/console/deliveries?tenant=acme&type=none&since=1h',
    shows: 'Nothing matches the filters',
  },
  {
    name: 'delivery',
    path: ({ failed }) => `/console/deliveries/${failed}?tenant=acme`,
    shows: 'What it means',
  },
  {
    name: 'delivery-request',
    path: ({ delivered }) => `/console/deliveries/${delivered}?tenant=acme`,
    shows: 'Headers as sent',
  },
  {
    name: 'delivery-unknown',
    path: () => '/console/deliveries/dlv_none?tenant=acme',
    shows: 'This was not found',
  },
  { name: 'replays', path: () => '/console/replays?tenant=acme', shows: 'finished' },
  { name: 'replay', path: ({ replay }) => `/console/replays/${replay}?tenant=acme`, shows: 'Started' },
  {
    name: 'replay-builder',
    path: () => '/console/replays/new?tenant=acme',
    shows: 'Count what it would redeliver',
  },
  { name: 'tenant-secret', path: () => '/console/tenants/spritz-shop', shows: 'Signing secret, live' },
  {
    name: 'portal-link',
    path: () => '/console/tenants/acme',
    shows: 'not opened',
    act: (page) => page.getByRole('button', { name: 'Create a portal link' }).click(),
  },
  { name: 'event-types', path: () => '/console/event-types', shows: 'payment.paid' },
  {
    name: 'event-types-import',
    path: () => '/console/event-types',
    shows: 'payment.paid',
    act: async (page) => {
      await page.getByRole('button', { name: 'Import OpenAPI' }).click();
      const document = {
        openapi: '3.1.0',
        webhooks: { 'payment.refunded': { post: {} }, 'payment.paid': { post: {} } },
      };
      await page.getByLabel('Or the document itself').fill(JSON.stringify(document, null, 2));
      await page.getByRole('button', { name: 'Show what would change' }).click();
      await page.getByText('1 added, 1 changed').waitFor();
    },
  },
  { name: 'event-types-platform', path: () => '/console/event-types?dialect=chip', shows: 'purchase.paid' },
  { name: 'event-type', path: () => '/console/event-types/payment.paid', shows: 'Example 1' },
  {
    name: 'event-type-edit',
    path: () => '/console/event-types/payment.paid',
    shows: 'Example 1',
    act: async (page) => {
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByLabel('Schema of the payload (optional)').fill('{ "type": ');
    },
  },
  { name: 'live-empty', path: () => '/console/live?tenant=acme&mode=test', shows: 'No test attempt yet.' },
  {
    name: 'live',
    path: () => '/console/live',
    shows: 'Attempts appear as they are recorded.',
    act: async (page, { delivered, failed }) => {
      for (const id of [delivered, failed, delivered, failed])
        await page.evaluate(`fetch('/admin/v1/tenants/acme/deliveries/${id}/redeliver', { method: 'POST' })`);
      await page.locator('tr[data-id]').nth(1).waitFor();
    },
  },
  { name: 'alerts', path: () => '/console/alerts', shows: 'night shift' },
  {
    name: 'alert-create',
    path: () => '/console/alerts',
    shows: 'night shift',
    act: (page) => page.getByRole('button', { name: 'Create alert' }).click(),
  },
  {
    name: 'alert',
    path: () => '/console/alerts',
    shows: 'night shift',
    act: async (page) => {
      await page.getByRole('link', { name: 'night shift' }).click();
      await page.getByText('Last sent').waitFor();
    },
  },
  { name: 'keys', path: () => '/console/keys', shows: 'billing service' },
  {
    name: 'key-create',
    path: () => '/console/keys',
    shows: 'billing service',
    act: (page) => page.getByRole('button', { name: 'Create key' }).click(),
  },
  { name: 'audit', path: () => '/console/audit', shows: 'changeEndpoint' },
  {
    name: 'audit-entry',
    path: () => '/console/audit?command=changeEndpoint',
    shows: 'changeEndpoint',
    act: async (page) => {
      await page.locator('tr[data-id]').first().getByRole('link').click();
      await page.getByRole('region', { name: 'Values before and after' }).waitFor();
    },
  },
  { name: 'system', path: () => '/console/system', shows: 'CARILLON_RETENTION' },
  {
    name: 'search',
    path: () => '/console/?tenant=acme',
    shows: 'Attempts per hour, all tenants',
    act: async (page) => {
      await page.keyboard.press('/');
      await page.getByLabel('An id, or the name of a tenant').fill('acme');
    },
  },
  {
    name: 'help',
    path: () => '/console/?tenant=acme',
    shows: 'Attempts per hour, all tenants',
    act: (page) => page.keyboard.press('?'),
  },
  { name: 'docs', path: () => '/docs', shows: 'These pages are written' },
  { name: 'docs-page', path: () => '/docs/dialects/chip', shows: 'CHIP' },
  { name: 'docs-signed-out', path: () => '/docs/operating', shows: 'One machine', isSignedIn: false },
  {
    name: 'reference',
    path: () => '/reference',
    shows: 'API reference',
    act: (page) =>
      page.frameLocator('iframe').getByText('Carillon admin API').first().waitFor({ timeout: 40_000 }),
  },
  { name: 'unknown', path: () => '/console/none', shows: 'There is no such page' },
];

describe.skipIf(noBrowser !== null)(noBrowser ?? 'screens', () => {
  let console: Console;
  let filled: Filled;
  beforeAll(async () => {
    console = await startConsole();
    filled = await fill(console);
  });
  afterAll(() => console?.close());

  let reader: Visit;
  let stranger: Visit;
  beforeAll(async () => {
    reader = await console.visit('/healthz');
    stranger = await console.visit('/healthz', { isSignedIn: false });
  });
  afterAll(() => Promise.all([reader?.close(), stranger?.close()]));

  test.each(screens)('$name', async (screen) => {
    const { name, path, shows, act, isSignedIn = true } = screen;
    const { page, problems } = isSignedIn ? reader : stranger;
    await page.evaluate('localStorage.clear()');
    await page.setViewportSize(sizes.desktop);
    await page.goto(path(filled));
    await page.getByText(shows).filter({ visible: true }).first().waitFor();
    await act?.(page, filled);
    await lookAt(page, name, screens.indexOf(screen));
    expect(problems).toEqual([]);
  });

  test('the API reference draws the documents of this server', async () => {
    const { page, problems, close } = await console.visit('/reference?api=standard');
    await page.frameLocator('iframe').getByText('/v1/endpoints').first().waitFor({ timeout: 60_000 });
    expect(problems).toEqual([]);
    await close();
  });
});
