// Events by hand: published with a payload that is checked while it is typed, found again by id, type and ordering key, and
// told why they did not go to an endpoint.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'events', () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const endpoint = (path: string, settings: object) =>
      admin('POST', '/tenants/acme/endpoints', { url: `${receiver.url}/${path}`, mode: 'test', ...settings });
    await endpoint('prefix', { eventTypes: ['payment.*'] });
    await endpoint('large', { eventTypes: ['*'], filter: { amount: { $gte: 1000 } } });
    await endpoint('payouts', { eventTypes: ['payout.*'] });
  });
  afterAll(() => console?.close());

  test('one is published in a mode of choice, and every endpoint says why it got it or not', async () => {
    const { receiver } = console;
    const { page, problems, close } = await console.visit('/console/events?tenant=acme');
    await page.getByRole('button', { name: 'Publish event' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('From your own program').click();
    await dialog.getByLabel('Publish it in').selectOption('Python');
    await dialog.getByText('urllib.request.urlopen').waitFor();
    await dialog.getByLabel('Type').fill('payment.paid');
    await dialog.getByLabel('Payload').fill('{"amount": 10.50, "n": }');
    await dialog.getByText('must be JSON: ').waitFor();
    await dialog.getByLabel('Payload').fill('{"amount": 10.50,"n": 9007199254740993}');
    await dialog.getByRole('button', { name: 'Lay out the payload' }).click();
    expect(await dialog.getByLabel('Payload').inputValue()).toBe(
      '{\n  "amount": 10.50,\n  "n": 9007199254740993\n}',
    );
    await dialog.getByLabel('Mode').selectOption('test');
    await dialog.getByLabel('Id (optional)').fill('order-7');
    await dialog.getByLabel('Ordering key (optional)').fill('customer-1');
    await dialog.getByRole('button', { name: 'Publish event' }).click();
    await dialog.getByText('It is delivered to 1 endpoint. The filters of 1 other endpoint do not').waitFor();
    await dialog.getByRole('link', { name: 'Open the event' }).click();
    expect(new URL(page.url()).searchParams.get('mode')).toBe('test');
    await page.getByText('Went to 1 endpoint').waitFor();
    await page.getByText('It does not subscribe to the type of the event.').waitFor();
    await page.getByText('is 10.5; the filter asks for $gte 1000').waitFor();
    await receiver.until(() => receiver.requests.some(({ path }) => path === '/prefix'));
    expect(receiver.requests.find(({ path }) => path === '/prefix')?.body).toContain('9007199254740993');
    expect(problems).toEqual([]);
    await close();
  });

  test('an id leads to its event; type and ordering key filter the list', async () => {
    const { admin } = console;
    const publish = (id: string, type: string, orderingKey: string) =>
      admin('POST', '/tenants/acme/events', { id, type, orderingKey, mode: 'test', payload: 1 });
    await publish('found-1', 'refund.paid', 'customer-2');
    await publish('found-2', 'refund.paid', 'customer-3');
    const { page, problems, close } = await console.visit('/console/events?tenant=acme&mode=test');
    await page.locator('tr[data-id]').first().waitFor();
    const field = page.getByRole('combobox', { name: 'Add a filter' });
    await field.fill('type:refund.paid since:1h');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('tr[data-id]').count(), { timeout: 20_000 }).toBe(2);
    await field.fill('orderingKey:customer-3');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('tr[data-id]').count(), { timeout: 20_000 }).toBe(1);
    await field.fill('id:found-1');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/events/found-1');
    await page.getByRole('heading', { name: 'refund.paid' }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });
});
