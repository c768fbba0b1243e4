// What lets others in: links of the portal, and signing secrets of a tenant and of an endpoint.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'secrets', () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole();
    const { admin } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    await admin('POST', '/tenants', { id: 'shared', name: 'Shared', dialect: 'spritz' });
  });
  afterAll(() => console?.close());

  test('a link of the portal is made, shown once, and revoked', async () => {
    const { admin, server } = console;
    const { page, problems, close } = await console.visit('/console/tenants/acme');
    const dialog = page.getByRole('dialog');
    await page.getByText('No portal sessions.').waitFor();
    await page.getByRole('button', { name: 'Create a portal link' }).click();
    await dialog.getByLabel('secrets: ').uncheck();
    await dialog.getByLabel('Lasts').selectOption('300');
    await dialog.getByLabel('Origins that may hold it').fill('http://app.example.com');
    await dialog.getByLabel('Accent (optional)').fill('#7cb8ff');
    await dialog.getByLabel('Colors').selectOption('dark');
    await dialog.getByRole('button', { name: 'Create link' }).click();
    await dialog
      .getByText(/embedOrigins\[0\] must be an origin such as/)
      .first()
      .waitFor();
    await dialog.getByLabel('Origins that may hold it').fill('https://app.example.com');
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const link = new URL(await dialog.getByText(/\/portal\/pts_/).innerText());
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    expect(await admin('GET', '/tenants/acme/portal-sessions')).toMatchObject({
      data: [
        {
          permissions: ['read', 'endpoints', 'redeliver', 'replay', 'test'],
          embedOrigins: ['https://app.example.com'],
          theme: { accent: '#7cb8ff', colorScheme: 'dark' },
        },
      ],
    });
    const open = () =>
      fetch(`${server.url}/portal/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: link.pathname.split('/').at(-1), secret: link.hash.slice(1) }),
      });
    expect((await open()).ok).toBe(true);
    await page.reload();
    await page.getByText('opened').waitFor();
    await page.getByRole('button', { name: 'Revoke all' }).click();
    await dialog.getByRole('button', { name: 'Revoke all sessions' }).click();
    await page.getByText('No portal sessions.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('the secret of a tenant is rotated to an own one and shown again', async () => {
    const { admin, receiver } = console;
    const { page, problems, close } = await console.visit('/console/tenants/shared');
    const dialog = page.getByRole('dialog');
    const own = 'a-secret-of-our-own-with-32-bytes';
    await page.getByLabel('New secret (optional)').fill(own);
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByText(own).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Show secret' }).click();
    await dialog.getByRole('button', { name: 'Show secret' }).click();
    await page.getByText(own).waitFor();
    const body = { url: `${receiver.url}/shop`, eventTypes: ['account.created'] };
    const { id } = await admin('POST', '/tenants/shared/endpoints', body);
    await page.goto(`/console/endpoints/${id}/secret?tenant=shared`);
    await page.getByRole('button', { name: 'Show secret' }).click();
    await dialog.getByRole('button', { name: 'Show secret' }).click();
    await page.getByText(own).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('an endpoint is created with an own secret, and rotated to another; a wrong one is refused in words', async () => {
    const { admin, receiver } = console;
    const own = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
    const { page, problems, close } = await console.visit('/console/endpoints?tenant=acme');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Create endpoint' }).first().click();
    await dialog.getByLabel('URL').fill(`${receiver.url}/own`);
    await dialog.getByLabel('Signing secret (optional)').fill('short');
    await dialog.getByRole('button', { name: 'Create endpoint' }).click();
    await dialog
      .getByText(/whsec_/)
      .first()
      .waitFor();
    await dialog.getByLabel('Signing secret (optional)').fill(own(1));
    await dialog.getByRole('button', { name: 'Create endpoint' }).click();
    await dialog.getByText(own(1)).waitFor();
    await dialog.getByRole('link', { name: 'Open the endpoint' }).click();
    await page.getByRole('link', { name: 'Secret', exact: true }).click();
    await page.getByLabel('New secret (optional)').fill(own(2));
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByText(own(2)).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-2);
    const { secret } = await admin('POST', `/tenants/acme/endpoints/${id}/secret/reveal`);
    expect(secret).toBe(own(2));
    expect(problems).toEqual([]);
    await close();
  });
});
