// The list of deliveries as a tool: the chart that sets the time, filters that complete themselves, columns, and one more
// attempt of many at once.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

const patience = { timeout: 20_000 };
const published = 30;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'the list of deliveries', () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    await admin('POST', '/tenants/acme/endpoints', { url: `${receiver.url}/hook`, eventTypes: ['*'] });
    const events = Array.from({ length: published }, (_, n) => ({
      id: `order-${n}`,
      type: n % 2 === 0 ? 'payment.paid' : 'payout.failed',
      payload: n,
    }));
    await admin('POST', '/tenants/acme/events/batch', { events });
    await receiver.until(() => receiver.requests.length >= published);
  });
  afterAll(() => console?.close());

  const open = (path: string) => console.visit(path, { viewport: { width: 1280, height: 900 } });
  const boxes = (page: Page) => page.locator('tbody').getByRole('checkbox');
  const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

  test('a range with shift is redelivered at once, with its progress and its result', async () => {
    const { receiver } = console;
    const { page, problems, close } = await open('/console/deliveries?tenant=acme');
    await boxes(page).nth(1).click();
    await boxes(page)
      .nth(4)
      .click({ modifiers: ['Shift'] });
    const bar = page.getByRole('region', { name: 'Selected deliveries' });
    await bar.getByText('4 deliveries selected').waitFor();
    // The row with the focus, by the keyboard.
    await page.getByRole('button', { name: 'Add', exact: true }).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await bar.getByText('5 deliveries selected').waitFor();
    const refusedId = await boxes(page).nth(2).getAttribute('aria-label');
    await page.route(`**/deliveries/${refusedId?.slice('Select '.length)}/redeliver`, (route) =>
      route.fulfill({ status: 409, json: { detail: 'The delivery has had too many attempts.', code: 'x' } }),
    );
    const before = receiver.requests.length;
    await bar.getByRole('button', { name: 'Redeliver 5' }).click();
    await bar.getByText('4 of 5 redeliveries ordered, 1 refused').waitFor();
    await bar.getByText('1 × The delivery has had too many attempts.').waitFor();
    await receiver.until(() => receiver.requests.length >= before + 4);
    expect(receiver.requests).toHaveLength(before + 4);
    await bar.getByRole('button', { name: 'Done' }).click();
    await bar.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await close();
  });

  test('a run can be stopped; what was ordered is told', async () => {
    const { page, close } = await open('/console/deliveries?tenant=acme');
    await page.getByLabel('Select all rows that are loaded').click();
    const held: (() => void)[] = [];
    await page.route('**/redeliver', async (route) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await route.continue();
    });
    const bar = page.getByRole('region', { name: 'Selected deliveries' });
    await bar.getByRole('button', { name: `Redeliver ${published}` }).click();
    await expect.poll(() => held.length, patience).toBe(4);
    await bar.getByRole('button', { name: 'Stop' }).click();
    for (const go of held) go();
    await bar.getByText(`4 of ${published} redeliveries ordered, ${published - 4} left out`).waitFor();
    expect(held).toHaveLength(4);
    await close();
  });

  test('the chart sets the time: drawn over, or from its table', async () => {
    const { page, problems, close } = await open('/console/deliveries?tenant=acme');
    const chart = page.locator('figure svg');
    await chart.waitFor();
    const { x, y, width, height } = (await chart.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    // From the middle to the end: with it the current hour, in which all was published.
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width - 2, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: /^Remove the filter since:/ }).waitFor();
    const [since, until] = [parameter(page, 'since') ?? '', parameter(page, 'until') ?? ''];
    expect((Date.parse(until) - Date.parse(since)) / 3_600_000).toBeCloseTo(12, -1);
    expect(Date.parse(since)).toBeLessThan(Date.now());
    expect(Date.parse(until)).toBeGreaterThan(Date.now());
    await expect.poll(() => boxes(page).count(), patience).toBeGreaterThan(published / 2);

    // An hour without deliveries, by the keyboard.
    await page.getByText('Show as a table').focus();
    await page.keyboard.press('Enter');
    const only = page.getByRole('button', { name: /^Show only/ }).first();
    await only.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing matches the filters.').waitFor();
    await page.getByRole('button', { name: 'All times' }).click();
    await expect.poll(() => boxes(page).count(), patience).toBeGreaterThan(published / 2);
    await page.getByRole('group', { name: 'Time of the chart' }).getByText('1h').click();
    await page.getByText('Attempts per minute').waitFor();
    expect(parameter(page, 'span')).toBe('1h');
    expect(problems).toEqual([]);
    await close();
  });

  test('the filter field completes names and values', async () => {
    const { page, problems, close } = await open('/console/deliveries?tenant=acme');
    await boxes(page).first().waitFor();
    const field = page.getByRole('combobox', { name: 'Add a filter' });
    await field.pressSequentially('st');
    await page.getByRole('option', { name: 'state:' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await field.pressSequentially('deliv');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await field.pressSequentially('type:pay');
    await page.getByRole('option', { name: 'type:payout.failed' }).click();
    expect(await field.inputValue()).toBe('state:delivered type:payout.failed ');
    await page.keyboard.press('Enter');
    await expect.poll(() => boxes(page).count(), patience).toBe(published / 2);
    expect([parameter(page, 'state'), parameter(page, 'type')]).toEqual(['delivered', 'payout.failed']);
    expect(problems).toEqual([]);
    await close();
  });

  test('columns are chosen, and stay so in this browser', async () => {
    const { page, problems, close } = await open('/console/deliveries?tenant=acme');
    const column = page.getByRole('columnheader', { name: 'Last result' });
    await column.waitFor();
    await page.locator('summary').getByText('Columns', { exact: true }).click();
    await page.getByRole('checkbox', { name: 'Last result' }).uncheck();
    await column.waitFor({ state: 'detached' });
    await page.reload();
    await boxes(page).first().waitFor();
    expect(await column.count()).toBe(0);
    await page.locator('summary').getByText('Columns', { exact: true }).click();
    await page.getByRole('checkbox', { name: 'Last result' }).check();
    await column.waitFor();
    expect(problems).toEqual([]);
    await close();
  });
});
