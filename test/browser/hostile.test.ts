// What others write is shown as text: payloads, headers, answers, names and URLs with HTML, marks of right-to-left text, one
// line of 1 MiB, and names of prototypes. Nothing runs, and nothing breaks the layout.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';
import { expectWidth } from './looks.ts';

const html = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const rtl = '\u202egnp.exe \u2067abc';
const long = 'x'.repeat(200);
const width = 360;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'hostile content', () => {
  let console: Console;
  const paths: string[] = [];
  beforeAll(async () => {
    console = await startConsole({ CARILLON_PAYLOAD_MAX: String(1024 * 1024) });
    const { admin, receiver } = console;
    receiver.answer = () => ({
      status: 500,
      headers: { 'content-type': 'text/html', 'x-answer': html, 'x-__proto__': 'polluted' },
      body: `${html}${rtl}${'y'.repeat(60_000)}`,
    });
    await admin('POST', '/tenants', {
      id: 'hostile',
      name: `${html} ${rtl} ${long}`.slice(0, 200),
      dialect: 'standard',
      metadata: { [html.slice(0, 40)]: `${html}${rtl}`, constructor: 'x' },
    });
    const { id } = await admin('POST', '/tenants/hostile/endpoints', {
      url: `${receiver.url}/${encodeURIComponent(html)}?${long}`,
      eventTypes: ['*'],
      description: `${html} ${rtl} ${long}`,
      metadata: { [html.slice(0, 40)]: html },
      headers: [{ name: 'X-Hostile', value: html }],
      retry: { delaysMs: [3_600_000] },
    });
    // Members with the names of prototypes, in a filter that matches whatever does not have them.
    const filter = `{"$not":{"__proto__":${JSON.stringify(html)},"constructor":"${long}"}}`;
    await admin('PATCH', `/tenants/hostile/endpoints/${id}`, `{"filter":${filter}}`);
    const publish = (event: string, payload: string): Promise<unknown> =>
      admin(
        'POST',
        '/tenants/hostile/events',
        `{"id":"${event}","type":"${'t'.repeat(120)}","payload":${payload},"metadata":{"a":${JSON.stringify(html)}}}`,
      );
    await publish('html', JSON.stringify({ html, rtl, __proto__x: 1, nested: { '</pre><script>': html } }));
    await publish(
      'prototype',
      `{"__proto__":{"hacked":true},"constructor":{"prototype":{"hacked":true}},"n":1e400}`,
    );
    await publish('large', JSON.stringify('z'.repeat(1024 * 1024 - 100)));
    await receiver.until(() => receiver.requests.length >= 3);
    const { data } = await admin('GET', '/tenants/hostile/deliveries');
    paths.push(
      '/console/tenants',
      '/console/tenants/hostile',
      '/console/endpoints?tenant=hostile',
      `/console/endpoints/${id}?tenant=hostile`,
      `/console/endpoints/${id}/settings?tenant=hostile`,
      '/console/events?tenant=hostile',
      ...['html', 'prototype', 'large'].map((event) => `/console/events/${event}?tenant=hostile`),
      '/console/deliveries?tenant=hostile',
      ...data.map((delivery: { id: string }) => `/console/deliveries/${delivery.id}?tenant=hostile`),
      `/console/deliveries?tenant=hostile&type=${encodeURIComponent(html)}&__proto__=x`,
      `/console/${encodeURIComponent(html)}?tenant=${encodeURIComponent(html)}`,
    );
  });
  afterAll(() => console?.close());

  test('is text in the filter, in its trial, and in the bar of what is selected', async () => {
    const [endpoint = ''] = paths.filter((path) => path.includes('/settings'));
    const { page, problems, close } = await console.visit(endpoint, { viewport: { width, height: 740 } });
    const field = page.getByLabel('Filter', { exact: true });
    expect(await field.inputValue()).toContain('"__proto__": "<img');
    await field.fill(`{"a": {"$eq": ${JSON.stringify(html)}}}`);
    await page.getByText('Try it with a sample').click();
    await page.getByLabel('Payload of the sample').fill(`{"a": ${JSON.stringify(`${rtl}${html}${long}`)}}`);
    await page.getByRole('button', { name: 'Try the filter' }).click();
    await page.getByText('It does not match:').waitFor();
    await expectWidth(page, width);
    await page.goto('/console/deliveries?tenant=hostile');
    await page.locator('tbody').getByRole('checkbox').first().click();
    await page.route('**/redeliver', (route) =>
      route.fulfill({ status: 409, json: { detail: html, code: 'x' } }),
    );
    await page.getByRole('button', { name: 'Redeliver 1' }).click();
    await page.getByText(`1 × ${html}`).waitFor();
    await expectWidth(page, width);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(problems).toEqual([]);
    await close();
  });

  test('is text on every screen, within the width of a phone', { timeout: 120_000 }, async () => {
    const { page, problems, close } = await console.visit('/console/', { viewport: { width, height: 740 } });
    for (const path of paths) {
      await page.goto(path);
      await page.locator('main h1, main p').first().waitFor();
      await page.waitForLoadState('networkidle');
      for (const tab of ['Request', 'Answer']) {
        const button = page.getByRole('button', { name: tab, exact: true });
        if ((await button.count()) === 0) continue;
        await button.click();
        await page.waitForLoadState('networkidle');
        await expectWidth(page, width, `${path} ${tab}`);
      }
      expect(await page.evaluate('window.hacked'), path).toBeUndefined();
      expect(await page.evaluate('({}).hacked'), path).toBeUndefined();
      await expectWidth(page, width, path);
      expect(problems, path).toEqual([]);
    }
    await close();
  });

  test('a payload of 1 MiB is shown in part, and whole when it is asked for', async () => {
    const { page, close } = await console.visit('/console/events/large?tenant=hostile');
    await page.getByRole('button', { name: 'Show all 1 MiB' }).click();
    const shown = page.getByLabel('Payload', { exact: true }).locator('code');
    await expect
      .poll(async () => (await shown.innerText()).length, { timeout: 20_000 })
      .toBe(1024 * 1024 - 98);
    await close();
  });

  test('numbers and names are shown as they were published', async () => {
    const { page, close } = await console.visit('/console/events/prototype?tenant=hostile');
    const text = await page.getByLabel('Payload', { exact: true }).innerText();
    expect(text).toContain('"__proto__": {');
    expect(text).toContain('"n": 1e400');
    await close();
  });
});
