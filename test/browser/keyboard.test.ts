// Everything that can be pressed is reached by the Tab key, and shows that it has the focus; single keys do the rest.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole, type Visit } from './console.ts';
import { fill, type Filled } from './fill.ts';

/** Runs in the page: names what can be pressed and is drawn, each by a number of its own. */
const mark = `(() => {
  const controls = 'a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [tabindex="0"]';
  const drawn = [...document.querySelectorAll(controls)].filter(
    (each) => each.checkVisibility({ visibilityProperty: true }) && each.tabIndex >= 0,
  );
  drawn.forEach((each, index) => each.setAttribute('data-control', String(index)));
  document.activeElement?.blur();
  return drawn.map((each) => each.outerHTML.slice(0, 160));
})()`;

/** Runs in the page: the number of what has the focus, and whether that can be seen. */
const focused = `(() => {
  const each = document.activeElement;
  const { outlineStyle } = getComputedStyle(each);
  return { number: Number(each.getAttribute('data-control') ?? -1), isSeen: outlineStyle !== 'none' };
})()`;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'the keyboard', () => {
  let console: Console;
  let filled: Filled;
  let visit: Visit;
  beforeAll(async () => {
    console = await startConsole();
    filled = await fill(console);
    visit = await console.visit('/healthz', { viewport: { width: 1280, height: 900 } });
  });
  afterAll(() => console?.close());

  test.each<[string, (of: Filled) => string, string]>([
    ['now', () => '/console/?tenant=acme', '/broken'],
    ['endpoints', () => '/console/endpoints?tenant=acme', '/broken'],
    ['an endpoint', ({ broken }) => `/console/endpoints/${broken}?tenant=acme`, 'Attempts per hour'],
    ['settings', ({ shop }) => `/console/endpoints/${shop}/settings?tenant=acme`, 'Save changes'],
    ['the secret', ({ shop }) => `/console/endpoints/${shop}/secret?tenant=acme`, 'The old secret'],
    ['a check', ({ shop }) => `/console/endpoints/${shop}/check?tenant=acme`, 'Answer 401'],
    ['an event type', () => '/console/event-types/payment.paid', 'Example 1'],
    ['events', () => '/console/events?tenant=acme', 'payout.failed'],
    ['an event', () => '/console/events/order-2?tenant=acme', 'Did not go to'],
    ['deliveries', () => '/console/deliveries?tenant=acme', 'Attempts per hour'],
    ['a delivery', ({ delivered }) => `/console/deliveries/${delivered}?tenant=acme`, 'Verify it in'],
    ['live', () => '/console/live?tenant=acme&mode=test', 'Attempts appear as they are recorded.'],
    ['alerts', () => '/console/alerts', 'night shift'],
    ['the system', () => '/console/system', 'CARILLON_RETENTION'],
    ['a new replay', () => '/console/replays/new?tenant=acme', 'Count what it would redeliver'],
  ])('reaches everything of %s', async (_, path, shows) => {
    const { page } = visit;
    await page.goto(path(filled));
    await page.getByText(shows).filter({ visible: true }).first().waitFor();
    // A stream is never idle.
    if (!path(filled).includes('/live')) await page.waitForLoadState('networkidle');
    const controls = await page.evaluate<string[]>(mark);
    const reached = new Set<number>();
    const unseen: string[] = [];
    for (let count = 0; count < controls.length + 40 && reached.size < controls.length; count++) {
      await page.keyboard.press('Tab');
      const { number, isSeen } = await page.evaluate<{ number: number; isSeen: boolean }>(focused);
      if (number < 0) continue;
      reached.add(number);
      if (!isSeen) unseen.push(controls[number] ?? '');
    }
    expect(controls.filter((_each, index) => !reached.has(index))).toEqual([]);
    expect(unseen).toEqual([]);
  });

  test('a row is opened, another one is reached, and the delivery is sent again', async () => {
    const { page, problems } = visit;
    await page.goto('/console/deliveries?tenant=acme&state=delivered');
    await page.locator('tr[data-id]').first().waitFor();
    const first = await page.locator('tr[data-id]').first().getAttribute('data-id');
    for (const key of ['j', 'j', 'k']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/console/deliveries/${first}`);
    await page.getByText('Verify it in').waitFor();
    await page.keyboard.press('r');
    await page.getByText('(redelivery)').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Select the row').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.getByLabel('An id, or the name of a tenant').waitFor();
    await page.keyboard.type('order-2');
    await page.getByRole('link', { name: 'Open the event order-2' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/events/order-2');
    expect(problems).toEqual([]);
  });
});
