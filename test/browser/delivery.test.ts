// The screen of a delivery: the exact string that was signed, code that verifies it, and what an error means.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'a delivery', () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole();
    await console.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  });
  afterAll(() => console?.close());

  const deliver = async (url: string, payload: string): Promise<{ id: string; secret: string }> => {
    const { admin } = console;
    const endpoint = { url, eventTypes: ['*'], retry: { delaysMs: [] } };
    const { id, secret } = await admin('POST', '/tenants/acme/endpoints', endpoint);
    await admin('POST', '/tenants/acme/events', `{"type":"payment.paid","payload":${payload}}`);
    await expect
      .poll(async () => (await admin('GET', `/tenants/acme/deliveries?endpoint=${id}`)).data[0]?.endedAt, {
        timeout: 20_000,
      })
      .toBeTruthy();
    return { id: (await admin('GET', `/tenants/acme/deliveries?endpoint=${id}`)).data[0].id, secret };
  };

  test('says what the transform of its endpoint did, and the endpoint how it went', async () => {
    const { admin, receiver } = console;
    const transform = '(event) => (event.payload.amount > 1000 ? null : { cents: event.payload.amount })';
    const endpoint = { url: `${receiver.url}/transform`, eventTypes: ['transformed'], transform };
    const { id } = await admin('POST', '/tenants/acme/endpoints', endpoint);
    const publish = async (amount: number): Promise<string> => {
      await admin('POST', '/tenants/acme/events', { type: 'transformed', payload: { amount } });
      const newest = async () => (await admin('GET', `/tenants/acme/deliveries?endpoint=${id}`)).data[0];
      await expect.poll(async () => (await newest())?.endedAt, { timeout: 20_000 }).toBeTruthy();
      return (await newest()).id;
    };
    const sent = await publish(5);
    const dropped = await publish(2000);
    const { page, problems, close } = await console.visit(`/console/deliveries/${dropped}?tenant=acme`);
    await page.getByText('The transform of the endpoint returned null, so that nothing was sent.').waitFor();
    await page.goto(`/console/deliveries/${sent}?tenant=acme`);
    await page.getByLabel('Body', { exact: true }).getByText('"cents"').waitFor();
    await page.getByRole('link', { name: 'Show the payload as it was published' }).click();
    await page.getByLabel('Payload', { exact: true }).getByText('"amount"').waitFor();
    await page.goto(`/console/endpoints/${id}?tenant=acme`);
    await page.getByText(/24 h: 100 % accepted, p95 .* in the slowest hour/).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('shows the signed string, to the byte, and code for it in the language of the reader', async () => {
    const { receiver } = console;
    const payload = '{ "n": 1.50,\t"name": "Zoë <b>" }';
    const { id, secret } = await deliver(`${receiver.url}/signed`, payload);
    const { page, problems, close } = await console.visit(`/console/deliveries/${id}?tenant=acme`);
    const signature = page.getByRole('region', { name: 'Signature' });
    const signed = await signature
      .getByLabel('The signed string', { exact: true })
      .locator('code')
      .textContent();
    expect(signed).toContain(payload);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key)
      .update(signed ?? '')
      .digest('base64');
    await signature.getByText(`webhook-signature: v1,${expected}`).waitFor();
    await signature.getByText("import { createHmac, timingSafeEqual } from 'node:crypto';").waitFor();
    await page.getByLabel('Verify it in').selectOption('Ruby');
    await signature.getByText('OpenSSL::HMAC.digest').waitFor();
    await page.reload();
    await signature.getByText('OpenSSL::HMAC.digest').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('the docs have the same code', async () => {
    const { page, problems, close } = await console.visit('/docs/verify');
    const code = page.getByRole('article').getByText('OpenSSL::HMAC.digest');
    await code.waitFor({ state: 'hidden' });
    const ruby = page.locator('article div').filter({ has: page.getByRole('heading', { name: 'Ruby' }) });
    await ruby.getByText('(Standard Webhooks)').click();
    await code.waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('says in words what an error means, and what to do', async () => {
    const { id } = await deliver('http://127.0.0.1:9/nothing', '1');
    const { page, problems, close } = await console.visit(`/console/deliveries/${id}?tenant=acme`);
    await page.getByText('Nothing listens at the address and port of the URL.').waitFor();
    await page.getByText('Check that the receiver runs, and that no firewall rejects this server.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });
});
