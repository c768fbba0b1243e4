// The page of the system: the process that answers, its database and its settings, without a secret in any of them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

const secret = 'a-password-of-the-mail-server';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'system', () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole({
      CARILLON_SMTP_URL: `smtps://user:${secret}@mail.example`,
      CARILLON_MAIL_FROM: 'alerts@platform.example',
      CARILLON_RETENTION: '7d',
    });
  });
  afterAll(() => console?.close());

  test('shows what runs and with which settings, and no secret', async () => {
    const { server } = console;
    const { page, problems, close } = await console.visit('/console/system');
    const definition = (name: string) =>
      page.locator('dt', { hasText: new RegExp(`^${name}$`) }).locator('xpath=following-sibling::dd');
    await page.getByText(`:${server.pid}`).waitFor();
    await page.getByText('answers you').waitFor();
    await page.getByText(/^SQLite 3\./).waitFor();
    expect(await definition('CARILLON_RETENTION').innerText()).toContain('7d · default: 30d');
    expect(await definition('CARILLON_SMTP_URL').innerText()).toContain('set · secret');
    expect(await definition('CARILLON_EGRESS_PROXY').innerText()).toContain('not set · secret');
    await page.getByLabel('Only those that are set').check();
    await expect.poll(() => definition('HOST').count()).toBe(0);
    expect(new URL(page.url()).search).toBe('?settings=given');
    await page.reload();
    await definition('CARILLON_RETENTION').waitFor();
    expect(await definition('HOST').count()).toBe(0);
    const text = await page.content();
    expect(text).not.toContain(secret);
    expect(text).not.toContain(server.adminKey);
    expect(problems).toEqual([]);
    await close();
  });

  test('a key of some tenants sees neither processes nor settings', async () => {
    const { admin } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const { key } = await admin('POST', '/keys', { name: 'reader', scopes: ['read'], tenants: ['acme'] });
    const { page, problems, close } = await console.visit('/console/system', { key });
    await page.getByText('Readiness').waitFor();
    expect(await page.getByRole('heading', { name: 'Settings' }).count()).toBe(0);
    const answer = await page.evaluate<number>(`fetch('/admin/v1/server').then(({ status }) => status)`);
    expect(answer).toBe(403);
    expect(problems).toEqual([]);
    await close();
  });
});
