// The event catalogue: written with a schema that the server checks, read by dialect, and used to publish and to test.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'event types', () => {
  let console: Console;
  let endpoint: string;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const body = { url: `${receiver.url}/shop`, eventTypes: ['*'] };
    ({ id: endpoint } = await admin('POST', '/tenants/acme/endpoints', body));
  });
  afterAll(() => console?.close());

  test('one is created, its example is published and sent as a test event, and it is edited and removed', async () => {
    const { admin, receiver } = console;
    const { page, problems, close } = await console.visit('/console/event-types?tenant=acme');
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    await page.getByText('No event types yet.').waitFor();
    await button('Create event type').first().click();
    await dialog.getByLabel('Name').fill('payment.paid');
    await dialog.getByLabel('Group (optional)').fill('Payments');
    await dialog.getByLabel('Schema of the payload (optional)').fill('{"type": ');
    await dialog.getByText('must be JSON: ').waitFor();
    await dialog
      .getByLabel('Schema of the payload (optional)')
      .fill('{"type": "object", "required": ["amount"], "properties": {"amount": {"type": "string"}}}');
    await dialog.getByLabel('Examples').fill('[{"amount": 5}]');
    await dialog.getByRole('button', { name: 'Create event type' }).click();
    await dialog
      .getByText(/examples\[0\].* must be string/)
      .first()
      .waitFor();
    await dialog.getByLabel('Examples').fill('[{"amount": "5.00"}]');
    await dialog.getByRole('button', { name: 'Create event type' }).click();
    await page.getByRole('heading', { name: 'payment.paid' }).waitFor();
    await page.getByText('Example 1').first().waitFor();

    await page.getByRole('link', { name: 'Publish one' }).click();
    expect(await dialog.getByLabel('Type').inputValue()).toBe('payment.paid');
    await expect.poll(() => dialog.getByLabel('Payload').inputValue()).toContain('"amount": "5.00"');
    await dialog.getByRole('button', { name: 'Publish event' }).click();
    await dialog.getByText('It is delivered to 1 endpoint.').waitFor();
    await receiver.until(() => receiver.requests.length === 1);

    await page.goto('/console/event-types/payment.paid?tenant=acme');
    await button('Send as test event').click();
    await dialog.getByRole('link', { name: '/shop' }).click();
    expect(new URL(page.url()).pathname).toBe(`/console/endpoints/${endpoint}`);
    await expect.poll(() => dialog.getByLabel('Payload (optional)').inputValue()).toContain('"5.00"');
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await receiver.until(() => receiver.requests.length === 2);
    expect(receiver.requests[1]?.body).toContain('"amount":"5.00"');

    await page.goto('/console/event-types/payment.paid?tenant=acme');
    await button('Edit').click();
    await dialog.getByLabel('Deprecated').check();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('deprecated; still accepted').waitFor();
    expect(await admin('GET', '/event-types/payment.paid')).toMatchObject({
      version: 2,
      groupName: 'Payments',
      deprecated: true,
      examples: [{ amount: '5.00' }],
    });
    await button('Remove').click();
    await dialog.getByRole('button', { name: 'Remove event type' }).click();
    await page.getByText('No event types yet.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('the catalogue of a platform is read, and cannot be changed', async () => {
    const { page, problems, close } = await console.visit('/console/event-types');
    await page.getByLabel('Catalogue').selectOption('chip');
    const row = page.locator('tr[data-id]').first();
    const name = await row.getByRole('link').innerText();
    await row.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText('Example 1').first().waitFor();
    expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });
});
