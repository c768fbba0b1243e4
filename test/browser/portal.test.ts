// The portal as customers meet it: in a frame of their platform's page, with a link that opens once, and with no more than the
// session allows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';
import { type HostPage, makeLink, startHostPage } from './portal-pages.ts';
import { expectWidth } from './looks.ts';

const html = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const bytesMax = 180 * 1024;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'the portal', { timeout: 120_000 }, () => {
  let console: Console;
  let host: HostPage;
  let endpoint: string;
  beforeAll(async () => {
    console = await startConsole();
    host = await startHostPage();
    const { admin, receiver } = console;
    receiver.answer = () => ({ status: 500, headers: { 'content-type': 'text/html' }, body: html });
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    ({ id: endpoint } = await admin('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}/${encodeURIComponent(html)}`,
      eventTypes: ['*'],
      description: `${html} \u202egnp.exe ${'x'.repeat(200)}`,
      retry: { delaysMs: [3_600_000] },
    }));
    await admin('PUT', '/event-types/payment.paid', { description: html, examples: [{ __proto__x: html }] });
    await admin('POST', '/tenants/acme/events', {
      type: 'payment.paid',
      payload: { html, constructor: 'x' },
    });
    await receiver.until(() => receiver.requests.length > 0);
  }, 120_000);
  afterAll(async () => {
    await host?.close();
    await console?.close();
  });

  /** A page without a session of the console. */
  const visit = (path: string) =>
    console.visit(path, { isSignedIn: false, viewport: { width: 360, height: 740 } });

  test('stands in a page of another origin, tells its height and where it is, and when it has ended', async () => {
    const { id, url } = await makeLink(console, 'acme', { embedOrigins: [host.origin] });
    const { page, close } = await visit(`${host.origin}/?src=${encodeURIComponent(url)}`);
    const portal = page.frameLocator('iframe');
    await portal.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await portal.getByRole('link', { name: 'Deliveries' }).click();
    await portal.getByRole('table').getByRole('link').first().click();
    await portal.getByText('What it means').waitFor();
    const said = (): Promise<unknown[]> => page.evaluate('window.said');
    expect(await said()).toContainEqual(['navigate', '/deliveries']);
    // As high as its content: this screen is longer than the least height.
    await expect
      .poll(async () => (await page.locator('iframe').boundingBox())?.height ?? 0)
      .toBeGreaterThan(481);
    await portal.getByRole('button', { name: 'Redeliver' }).click();
    await portal.getByText('(redelivery)').waitFor();
    await console.admin('DELETE', `/tenants/acme/portal-sessions/${id}`);
    await portal.getByRole('link', { name: 'Event types' }).click();
    await portal.getByText('This link has ended.').waitFor();
    await expect.poll(said).toContainEqual(['expired', '']);
    await close();
  });

  test('tells the page around it that a used link does not open', async () => {
    const { url } = await makeLink(console, 'acme', { embedOrigins: [host.origin] });
    const address = `${host.origin}/?src=${encodeURIComponent(url)}`;
    const first = await visit(address);
    await first.page.frameLocator('iframe').getByRole('heading', { name: 'Endpoints' }).waitFor();
    const second = await visit(address);
    await second.page.frameLocator('iframe').getByText('This link has ended.').waitFor();
    await expect.poll(() => second.page.evaluate('window.said')).toContainEqual(['expired', '']);
    await Promise.all([first.close(), second.close()]);
  });

  test('is not framed by a page that the session does not name, and the element says that it did not open', async () => {
    const { url } = await makeLink(console, 'acme', { embedOrigins: ['https://other.example'] });
    const { page, close } = await visit(`${host.origin}/?src=${encodeURIComponent(url)}`);
    await expect
      .poll(() => page.evaluate('window.said'), { timeout: 30_000 })
      .toContainEqual(['expired', '']);
    expect(await page.frameLocator('iframe').getByRole('heading').count()).toBe(0);
    await close();
  });

  test('removes the secret from the address bar, goes on after a reload, and leads back when it has ended', async () => {
    const { id, path } = await makeLink(console, 'acme', { returnUrl: 'https://app.example/settings' });
    const { page, problems, close } = await visit(path);
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    expect(await page.evaluate('location.pathname + location.hash')).toBe(`/portal/${id}/endpoints`);
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('pst_');
    await page.reload();
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await console.admin('DELETE', `/tenants/acme/portal-sessions/${id}`);
    await page.reload();
    const back = page.getByRole('link', { name: 'Go back for a new link' });
    expect(await back.getAttribute('href')).toBe('https://app.example/settings');
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('pst_');
    expect(problems).toEqual([]);
    await close();
  });

  test('opens nothing with a wrong secret, or none', async () => {
    const { id, path } = await makeLink(console, 'acme');
    for (const wrong of [
      `/portal/${id}`,
      path.slice(0, -2),
      '/portal/pts_none#secret',
      '/portal/%3Cb%3E#a',
    ]) {
      const { page, problems, close } = await visit(wrong);
      await page.getByText('This link has ended.').waitFor();
      expect(problems).toEqual([]);
      await close();
    }
  });

  test('shows no action to a session that may read only', async () => {
    const { id, path } = await makeLink(console, 'acme', { permissions: ['read'] });
    const { page, problems, close } = await visit(path);
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    const { data } = await console.admin('GET', '/tenants/acme/deliveries');
    const actions =
      /create|redeliver|replay these|new replay|send|enable|disable|rotate|cancel delivery|save|remove/i;
    for (const place of [
      '/endpoints',
      `/endpoints/${endpoint}`,
      '/deliveries',
      `/deliveries/${data[0].id}`,
      '/event-types',
      '/event-types/payment.paid',
      `/endpoints/${endpoint}/check`,
      '/replays',
    ]) {
      await page.goto(`/portal/${id}${place}`);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.getByRole('button', { name: actions }).count(), place).toBe(0);
      expect(
        await page
          .locator('main')
          .getByRole('link', { name: /replay|settings|secret/i })
          .count(),
        place,
      ).toBe(0);
      expect(await page.getByRole('checkbox').count(), place).toBe(0);
      // What others write is text, within the width of a phone.
      expect(await page.evaluate('window.hacked'), place).toBeUndefined();
      await expectWidth(page, 360, place);
    }
    expect(problems).toEqual([]);
    await close();
  });

  test('sends an example of the catalogue to an endpoint', async () => {
    const { path } = await makeLink(console, 'acme');
    const { page, problems, close } = await visit(path);
    await page.getByRole('link', { name: 'Event types' }).click();
    await page.getByLabel('Search event types').fill('refund');
    await page.getByText('Nothing matches the filters.').waitFor();
    await page.getByLabel('Search event types').fill('PAID');
    await page.getByRole('link', { name: 'payment.paid' }).click();
    await page.getByText('Example 1').first().waitFor();
    await page.getByRole('button', { name: 'Send as test event' }).click();
    const before = console.receiver.requests.length;
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('link', { name: 'Sent: see its delivery' }).click();
    await page.getByRole('table').getByText('payment.paid').waitFor();
    await console.receiver.until(() => console.receiver.requests.length > before);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(problems).toEqual([]);
    await close();
  });

  test('takes at most 180 KiB until its first screen', async () => {
    const { path } = await makeLink(console, 'acme');
    const { page, close } = await visit('/healthz');
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.goto(path);
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await page.waitForLoadState('networkidle');
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(50 * 1024);
    expect(bytes).toBeLessThan(bytesMax);
    await close();
  });
});
