// Keys and the audit log: made with scopes and shown once, what a reader with few scopes sees, revoked, and found again in
// the log with the values before and after.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'keys', () => {
  let console: Console;
  let endpoint: string;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    await admin('POST', '/tenants', { id: 'other', name: 'Other', dialect: 'standard' });
    const body = { url: `${receiver.url}/shop`, eventTypes: ['*'] };
    ({ id: endpoint } = await admin('POST', '/tenants/acme/endpoints', body));
  });
  afterAll(() => console?.close());

  const makeKey = async (scopes: readonly string[], tenants?: readonly string[]): Promise<string> =>
    (await console.admin('POST', '/keys', { name: scopes.join(' '), scopes, tenants })).key;

  test('a key is made with its scopes, shown once, used, and revoked', async () => {
    const { server } = console;
    const { page, problems, close } = await console.visit('/console/keys');
    await page.getByText('No keys yet.').waitFor();
    await page.getByRole('button', { name: 'Create key' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('billing');
    await dialog.getByLabel('read: ').uncheck();
    await dialog.getByLabel('publish: ').check();
    await dialog.getByLabel('Tenants (optional)').fill('none-such');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await dialog.getByRole('alert').first().waitFor();
    await dialog.getByLabel('Tenants (optional)').fill('acme, other');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    const key = await dialog.getByText(/^adm_/).innerText();
    const publish = () =>
      fetch(`${server.url}/admin/v1/tenants/acme/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'payment.paid', payload: 1 }),
      });
    expect((await publish()).status).toBe(202);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('row').getByText('2 tenants').waitFor();
    expect(await page.content()).not.toContain(key);
    await page.getByRole('button', { name: 'Revoke the key billing' }).click();
    await dialog.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('No keys yet.').waitFor();
    expect((await publish()).status).toBe(401);
    expect(problems).toEqual([]);
    await close();
  });

  test('who may only read has no button that changes something, and is told so where a link leads further', async () => {
    const key = await makeKey(['read'], ['acme']);
    const { page, problems, close } = await console.visit('/console/endpoints?tenant=acme', { key });
    await page.getByRole('link', { name: '/shop' }).first().click();
    await page.getByText('Attempts of the last 24 hours').waitFor();
    for (const name of ['Send test event', 'Disable'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Replay', exact: true }).count()).toBe(0);
    const rail = page.getByRole('navigation', { name: 'Main' });
    expect(await rail.getByRole('link').allInnerTexts()).toEqual([
      'Now',
      'Tenants',
      'Endpoints',
      'Events',
      'Deliveries',
      'Replays',
      'Live',
      'System',
      'Docs',
      'Reference',
    ]);
    await page.goto('/console/keys');
    await page.getByText('Your key does not allow this.').waitFor();
    await page.getByText('This key has not the scope "keys", which this route needs.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('the audit log is filtered in the URL, and an entry shows what differs', async () => {
    const { admin } = console;
    await admin('PATCH', `/tenants/acme/endpoints/${endpoint}`, { timeoutMs: 7000, description: 'The shop' });
    const { page, problems, close } = await console.visit('/console/audit?tenant=acme');
    const rows = page.locator('tr[data-id]');
    await rows.first().waitFor();
    const field = page.getByRole('combobox', { name: 'Add a filter' });
    await field.fill('command:changeEndpoint since:1h');
    await page.keyboard.press('Enter');
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(1);
    expect(new URL(page.url()).searchParams.get('command')).toBe('changeEndpoint');
    await rows.first().getByRole('link').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('row', { name: 'description' }).getByText('"The shop"').waitFor();
    expect(await dialog.getByRole('row', { name: 'description' }).innerText()).toContain('null');
    await dialog.getByText('key of the configuration', { exact: true }).waitFor();
    await page.reload();
    await dialog.getByText('"The shop"').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await close();
  });
});
