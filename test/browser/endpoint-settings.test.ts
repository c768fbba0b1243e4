// An operator creates an endpoint with every setting, is told at the field what the server refuses, tries the filter, and
// changes what there is.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'settings of an endpoint', () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole();
    await console.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  });
  afterAll(() => console?.close());

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });

  test('are set when it is created; what is refused is said at its field', async () => {
    const { admin, receiver } = console;
    await admin('POST', '/tenants/acme/events', { type: 'payment.paid', payload: { amount: 500 } });
    const { page, problems, close } = await console.visit('/console/endpoints?tenant=acme');
    await button(page, 'Create endpoint').first().click();
    const dialog = page.getByRole('dialog');
    await field(page, 'URL').fill(`${receiver.url}/hook`);
    // A type that was seen offers its prefix; choosing it replaces "all".
    await dialog.getByRole('button', { name: '+ payment.*' }).click();
    await field(page, 'Event types').fill('payout.paid');
    await field(page, 'Filter').fill('{"amount": {"$gte": 1000}');
    await dialog.getByText('must be JSON: ').waitFor();
    await field(page, 'Filter').fill('{"amount": {"$more": 1000}}');
    for (const group of ['Request', 'Attempts', 'Own data']) {
      await dialog.locator('summary').getByText(group, { exact: true }).click();
    }
    await button(page, 'Add header').click();
    await field(page, 'Name of header 1').fill('X-Api-Key');
    await field(page, 'Value of header 1').fill('s3cret');
    await dialog.getByRole('checkbox', { name: 'secret' }).check();
    await field(page, 'Authorization').selectOption('bearer');
    await field(page, 'Token').fill('t0ken');
    await field(page, 'Timeout in ms').fill('10');
    await dialog.getByText('Default: 20 s.').waitFor();
    await dialog.getByText('Default: 10 attempts within 3 d 3 h.').waitFor();
    await field(page, 'TLS').selectOption('TLSv1.3');
    await field(page, 'Egress proxy').fill('direct');
    await field(page, 'Rate limit').fill('10');
    await field(page, 'Requests in flight').fill('4');
    await field(page, 'Retries').selectOption('own');
    await field(page, 'Delays after the first attempt').fill('5s, 1m, 2h');
    await dialog.getByText('4 attempts within 2 h 1 min.').waitFor();
    await field(page, 'Disable it').selectOption('failures');
    await field(page, 'Failures in a row').fill('20');
    await field(page, 'Metadata').fill('team: payments');
    await dialog.getByRole('button', { name: 'Create endpoint' }).click();
    const wrong = dialog.getByRole('alert').filter({ hasText: '1000' }).first();
    await wrong.waitFor();
    expect(await field(page, 'Timeout in ms').getAttribute('aria-invalid')).toBe('true');
    await field(page, 'Timeout in ms').fill('9000');
    await dialog.getByRole('button', { name: 'Create endpoint' }).click();
    await dialog.getByText('$more').first().waitFor();
    // The text that was typed has the operator, too: the refusal may still be on its way.
    await expect.poll(() => field(page, 'Filter').getAttribute('aria-invalid')).toBe('true');
    await field(page, 'Filter').fill('{"amount": {"$gte": 1000}}');
    await dialog.getByRole('button', { name: 'Create endpoint' }).click();
    await page.getByText(/^whsec_/).waitFor();

    const [created] = (await admin('GET', '/tenants/acme/endpoints')).data;
    expect(created).toMatchObject({
      eventTypes: ['payment.*', 'payout.paid'],
      filter: { amount: { $gte: 1000 } },
      headers: [{ name: 'X-Api-Key', value: null, secret: true }],
      authorization: { type: 'bearer', username: null },
      timeoutMs: 9000,
      tls: { minVersion: 'TLSv1.3', hasClientKey: false },
      egress: 'direct',
      rateLimit: { perSecond: 10 },
      inFlightMax: 4,
      retry: { delaysMs: [5000, 60_000, 7_200_000], jitter: 0.1, from: 'previous' },
      disableAfter: { failures: 20 },
      metadata: { team: 'payments' },
      description: null,
    });
    expect(problems).toEqual([]);
    await close();
  });

  test('are tried, changed and removed; what is not touched is not sent', async () => {
    const { admin, receiver } = console;
    const { id } = await admin('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}/changed`,
      eventTypes: ['*'],
      filter: { amount: { $gte: 1000 } },
      headers: [{ name: 'X-Api-Key', value: 's3cret', secret: true }],
      timeoutMs: 9000,
    });
    await admin('POST', '/tenants/acme/events', { type: 'payment.paid', payload: { amount: 500 } });
    const { page, problems, close } = await console.visit(`/console/endpoints/${id}/settings?tenant=acme`);
    await page.getByText('Try it with a sample').click();
    await button(page, 'Take the newest event').click();
    await expect.poll(() => field(page, 'Payload of the sample').inputValue()).toContain('500');
    await button(page, 'Try the filter').click();
    await page.getByText('It does not match:').waitFor();
    await page.getByText('is 500; the filter asks for $gte 1000').waitFor();
    // The filter that is typed is tried, before it is saved.
    await field(page, 'Filter').fill('{"amount": {"$gte": 100}}');
    await button(page, 'Try the filter').click();
    await page.getByText('It matches: this event would be delivered.').waitFor();

    await button(page, 'Add header').click();
    await field(page, 'Name of header 2').fill('X-Region');
    await field(page, 'Value of header 2').fill('eu');
    await field(page, 'Timeout in ms').fill('');
    await page.getByText('Changes: filter, headers, timeout in ms.').waitFor();
    const [request] = await Promise.all([
      page.waitForRequest((each) => each.method() === 'PATCH'),
      button(page, 'Save changes').click(),
    ]);
    expect(request.postDataJSON()).toEqual({
      filter: { amount: { $gte: 100 } },
      headers: [
        { name: 'X-Api-Key', secret: true },
        { name: 'X-Region', value: 'eu' },
      ],
      timeoutMs: null,
    });
    await page.getByText('Nothing is changed.').waitFor();
    await button(page, 'Send test event').click();
    await field(page, 'Type (optional)').fill('payout.failed');
    await field(page, 'Payload (optional)').fill('{"reason": "limit"}');
    await button(page, 'Send').click();
    await page.getByRole('link', { name: 'Sent: see its delivery' }).waitFor();
    await receiver.until(() => receiver.requests.some(({ path }) => path === '/changed'));
    const sent = receiver.requests.find(({ path }) => path === '/changed');
    expect(sent?.headers['x-api-key']).toBe('s3cret');
    expect(sent?.headers['x-region']).toBe('eu');
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ type: 'payout.failed', data: { reason: 'limit' } });
    expect(problems).toEqual([]);
    await close();
  });

  test('a secret that another client rotated is counted down', async () => {
    const { admin, receiver } = console;
    const url = `${receiver.url}/rotated`;
    const { id } = await admin('POST', '/tenants/acme/endpoints', { url, eventTypes: ['*'] });
    const { page, problems, close } = await console.visit(`/console/endpoints/${id}/secret?tenant=acme`);
    await button(page, 'Rotate secret').waitFor();
    expect(await page.getByText('The old secret signs too, until').count()).toBe(0);
    await admin('POST', `/tenants/acme/endpoints/${id}/rotate-secret`, { overlapSeconds: 3600 });
    await page.reload();
    await page.getByText(/00:59:\d\d/).waitFor();
    await page.getByText('The old secret signs too, until').waitFor();
    expect(problems).toEqual([]);
    await close();
  });
});
