// Alerts in the console: each kind of channel is made, tried, changed, snoozed and removed, and a chat's URL stays secret.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'alerts', () => {
  let console: Console;
  let smtp: SmtpServer;
  beforeAll(async () => {
    smtp = await startSmtpServer();
    console = await startConsole({
      CARILLON_SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
      CARILLON_MAIL_FROM: 'alerts@platform.example',
    });
    await console.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  });
  afterAll(async () => {
    await console?.close();
    await smtp?.close();
  });

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const created = async (page: Page): Promise<void> => {
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Create alert' }).click();
    await dialog.getByRole('link', { name: 'Open the alert' }).click();
  };

  test('a webhook: the empty list, the secret, a sample that arrives, and the end', async () => {
    const { admin, receiver } = console;
    const { page, problems, close } = await console.visit('/console/alerts');
    const dialog = page.getByRole('dialog');
    await page.getByText('No alerts yet.').waitFor();
    await page.getByText('No endpoint needs attention.').waitFor();
    await button(page, 'Create alert').first().click();
    await dialog.getByLabel('Name').fill('on call');
    await dialog.getByLabel('URL').fill(`${receiver.url}/alerts`);
    await dialog.getByLabel('replay.finished').uncheck();
    await dialog.getByLabel('Tenants (optional)').fill('none-such');
    await dialog.getByLabel('Window').fill('5');
    await dialog.getByRole('button', { name: 'Create alert' }).click();
    await dialog.getByText('must be at least 60').first().waitFor();
    await dialog.getByLabel('Window').fill('60');
    await dialog.getByRole('button', { name: 'Create alert' }).click();
    await dialog.getByText('there is no tenant "none-such"').first().waitFor();
    await dialog.getByLabel('Tenants (optional)').fill('acme');
    await dialog.getByRole('button', { name: 'Create alert' }).click();
    await dialog.getByText(/^whsec_/).waitFor();
    await dialog.getByRole('link', { name: 'Open the alert' }).click();

    const [alert] = (await admin('GET', '/alerts')).data;
    expect(alert).toMatchObject({ tenants: ['acme'], windowSeconds: 60 });
    expect(alert.types).toHaveLength(5);
    await page.getByText('told once, after the failure was told').waitFor();
    await button(page, 'Send a sample').click();
    await page.getByText('It is on its way.').waitFor();
    await receiver.until(() => receiver.requests.length > 0);
    expect(receiver.requests.at(-1)?.body).toContain('alert.test');
    await page.getByRole('link', { name: 'See its delivery' }).click();
    await page.getByRole('table', { name: 'Deliveries' }).getByText('alert.test').waitFor();
    await page.goBack();
    await button(page, 'Remove').click();
    await dialog.getByText('Its endpoint is removed too.').waitFor();
    await dialog.getByRole('button', { name: 'Remove alert' }).click();
    await page.getByText('No alerts yet.').waitFor();
    expect((await admin('GET', '/tenants/operator/endpoints')).data).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  test('e-mail: a sample, why one was not sent, snooze and its end, off and on, recovery', async () => {
    const { admin } = console;
    const { page, problems, close } = await console.visit('/console/alerts');
    const dialog = page.getByRole('dialog');
    await button(page, 'Create alert').first().click();
    await dialog.getByLabel('Name').fill('mails');
    await dialog.getByLabel('Channel').selectOption('email');
    await dialog.getByLabel('Addresses').fill('ops@platform.example night@platform.example');
    await created(page);
    await button(page, 'Send a sample').click();
    await page.getByText('It is sent.').waitFor();
    expect(smtp.mails.at(-1)?.to).toEqual(['ops@platform.example', 'night@platform.example']);
    smtp.refuse = (command) => (command.startsWith('MAIL') ? '451 try later' : null);
    await button(page, 'Send a sample').click();
    await page.getByText('It was not sent:').waitFor();
    smtp.refuse = () => null;

    const read = async (): Promise<any> => (await admin('GET', '/alerts')).data[0];
    await page.getByLabel('For', { exact: true }).selectOption('30 days');
    await button(page, 'Snooze').click();
    await page.getByRole('heading', { level: 1 }).getByText('snoozed').waitFor();
    const leftMs = Date.parse((await read()).snoozedUntil) - Date.now();
    expect(Math.round(leftMs / 86_400_000)).toBe(30);
    await button(page, 'End snooze').click();
    await page.getByRole('heading', { level: 1 }).getByText('on', { exact: true }).waitFor();
    await button(page, 'Turn off').click();
    await dialog.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('heading', { level: 1 }).getByText('off', { exact: true }).waitFor();
    await button(page, 'Turn on').click();
    await page.getByRole('heading', { level: 1 }).getByText('on', { exact: true }).waitFor();

    await button(page, 'Change').click();
    await dialog.getByLabel('endpoint.recovered').uncheck();
    await dialog.getByLabel('Addresses').fill('ops@platform.example');
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('not told', { exact: true }).waitFor();
    expect(await read()).toMatchObject({ via: { to: ['ops@platform.example'] }, enabled: true });
    expect((await read()).types).not.toContain('endpoint.recovered');
    expect(problems).toEqual([]);
    await close();
  });

  test('a chat: its URL is sent once and never read back', async () => {
    const { receiver } = console;
    const url = new URL(`${receiver.url}/services/a-secret-path`);
    const { page, problems, close } = await console.visit('/console/alerts');
    const dialog = page.getByRole('dialog');
    await button(page, 'Create alert').first().click();
    await dialog.getByLabel('Name').fill('<img src=x onerror="window.hacked=1"> \u202egnp.exe');
    await dialog.getByLabel('Channel').selectOption('chat');
    await dialog.getByLabel('URL').fill(url.href);
    await created(page);
    await page.getByText(`chat at ${url.host}`).waitFor();
    await button(page, 'Change').click();
    expect(await dialog.getByLabel('URL').inputValue()).toBe('');
    await dialog.getByLabel('Window').fill('3600');
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('one message of an endpoint and type in 1 h').waitFor();
    await button(page, 'Send a sample').click();
    await page.getByText('It is sent.').waitFor();
    expect(receiver.requests.at(-1)?.path).toBe(url.pathname);
    expect(await page.content()).not.toContain('a-secret-path');
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(problems).toEqual([]);
    await close();
  });

  test('who may only read sees alerts and changes none; who has some tenants does not see them', async () => {
    const { admin } = console;
    const keyOf = async (tenants?: readonly string[]): Promise<string> =>
      (await admin('POST', '/keys', { name: 'reader', scopes: ['read'], tenants })).key;
    const [{ id }] = (await admin('GET', '/alerts')).data;
    const reader = await console.visit(`/console/alerts/${id}`, { key: await keyOf() });
    await reader.page.getByText('Recovery').waitFor();
    for (const name of ['Send a sample', 'Change', 'Turn off', 'Remove', 'Snooze'])
      expect(await button(reader.page, name).count(), name).toBe(0);
    await reader.page.goto('/console/alerts');
    await reader.page.getByText('What is open now').waitFor();
    expect(await button(reader.page, 'Create alert').count()).toBe(0);
    await reader.close();
    const some = await console.visit('/console/alerts', { key: await keyOf(['acme']) });
    await some.page.getByText('Your key does not allow this.').waitFor();
    expect(await some.page.getByRole('link', { name: 'Alerts', exact: true }).count()).toBe(0);
    await some.close();
  });

  test('the people of a tenant are set and taken away', async () => {
    const { admin } = console;
    const { page, problems, close } = await console.visit('/console/tenants/acme');
    const field = page.getByLabel('Contact (optional)');
    await field.fill('no address');
    await button(page, 'Save contact').click();
    await page.getByText(/contact\.emails/).waitFor();
    await field.fill('dev@shop.example');
    await button(page, 'Save contact').click();
    const read = async (): Promise<unknown> => (await admin('GET', '/tenants/acme')).contact;
    await expect.poll(read).toEqual({ emails: ['dev@shop.example'] });
    await page.reload();
    expect(await field.inputValue()).toBe('dev@shop.example');
    await field.fill('');
    await button(page, 'Save contact').click();
    await expect.poll(read).toBeNull();
    expect(problems).toEqual([]);
    await close();
  });
});
