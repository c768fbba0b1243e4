// What operators come to the console for, from the first page to the result, on a real server with a real receiver.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole, type Visit } from './console.ts';

const run = promisify(execFile);
const patience = { timeout: 15_000 };

describe.skipIf(noBrowser !== null)(noBrowser ?? 'journeys', () => {
  let console: Console;
  let visit: Visit;
  beforeEach(async () => {
    console = await startConsole();
  });
  afterEach(async () => {
    expect(visit.problems).toEqual([]);
    await console?.close();
  });

  const open = async (path: string, isSignedIn = true): Promise<Page> => {
    visit = await console.visit(path, { isSignedIn, viewport: { width: 1280, height: 900 } });
    return visit.page;
  };
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  test('from the first start to the first delivery, seen live', async () => {
    const { admin, receiver, server } = console;
    const page = await open('/', false);
    await page.getByLabel('Admin key').fill(server.adminKey);
    await button(page, 'Sign in').click();
    await page.getByText('Your first delivery').waitFor();
    await page.getByRole('link', { name: 'Go to the tenants' }).click();
    await button(page, 'Create tenant').first().click();
    await page.getByLabel('Name').fill('Acme');
    await page.getByLabel('Id (optional)').fill('acme');
    await page.getByRole('dialog').getByRole('button', { name: 'Create tenant' }).click();

    await button(page, 'Create endpoint').first().click();
    await page.getByLabel('URL').fill(`${receiver.url}/hook`);
    await page.getByLabel('Event types').fill('payment.paid');
    await page.getByRole('dialog').getByRole('button', { name: 'Create endpoint' }).click();
    const secret = await page.getByText(/^whsec_/).innerText();
    await button(page, 'Close').last().click();

    const live = await page.context().newPage();
    await live.goto('/console/live');
    await live.getByText('No live attempt yet.').waitFor();
    await live.getByText('Attempts appear as they are recorded.').waitFor();

    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await button(page, 'Publish event').first().click();
    await page.getByLabel('Type').fill('payment.paid');
    await page.getByLabel('Payload').fill('{"amount": 10.50, "id": 9007199254740993}');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish event' }).click();
    const rows = live.locator('tr[data-id]');
    await rows.getByText('accepted').waitFor();
    // The fastest of some: the machine of a test may pause for longer.
    const delays: number[] = [];
    for (const seen of [1, 2, 3, 4]) {
      const publishedAt = Date.now();
      await admin('POST', '/tenants/acme/events', { type: 'payment.paid', payload: {} });
      await rows.nth(seen).waitFor();
      delays.push(Date.now() - publishedAt);
    }
    expect(Math.min(...delays)).toBeLessThan(1000);
    await live.keyboard.press('j');
    await live.keyboard.press('Enter');
    await live.getByRole('heading', { level: 1 }).getByText('delivered').waitFor();
    await page.getByText('It is delivered to 1 endpoint.').waitFor();
    await page.getByRole('link', { name: 'Open the event' }).click();
    await page.getByRole('table').getByText('delivered').waitFor();

    const [request] = receiver.requests;
    new Webhook(secret).verify(request?.body ?? '', request?.headers as Record<string, string>);
    expect(request?.body).toContain('"data":{"amount": 10.50, "id": 9007199254740993}}');
    await page.getByRole('link', { name: `${receiver.url.slice(7)}/hook`, exact: true }).click();
    await page.getByText('9007199254740993', { exact: true }).waitFor();
  });

  test('find out why a customer did not get an event', async () => {
    const { admin, receiver } = console;
    receiver.answer = ({ path }) => (path === '/down' ? { status: 503, body: 'maintenance' } : 200);
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    await admin('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}/down`,
      eventTypes: ['payment.paid'],
    });
    await admin('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}/other`,
      eventTypes: ['payout.paid'],
    });
    await admin('POST', '/tenants/acme/events', { id: 'order-17', type: 'payment.paid', payload: { n: 1 } });
    const page = await open('/console/?tenant=acme');
    await page.getByText('Waiting deliveries').waitFor();
    await page.keyboard.press('/');
    await page.getByLabel('An id, or the name of a tenant').fill('order-17');
    await page.keyboard.press('Enter');
    // Why the second endpoint got nothing.
    await page.getByText('It does not subscribe to the type of the event.').waitFor();
    // Why the first one did not accept it.
    await page.getByRole('table').getByText('retrying').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByText('The receiver failed while it processed the request.').waitFor();
    await button(page, 'Answer').click();
    await page.getByText('maintenance').waitFor();

    // The copied command makes the same request again.
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(page, 'Copy as curl').click();
    await button(page, 'Copied').waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    const before = receiver.requests.at(-1);
    const seen = receiver.requests.length;
    await run('bash', ['-c', command]);
    expect(receiver.requests).toHaveLength(seen + 1);
    const repeated = receiver.requests.at(-1);
    expect(repeated?.body).toBe(before?.body);
    expect(repeated?.headers['webhook-id']).toBe(before?.headers['webhook-id']);

    receiver.answer = () => 200;
    await page.keyboard.press('r');
    await page.getByText('(redelivery)').waitFor();
    await page.getByRole('heading', { level: 1 }).getByText('delivered').waitFor();
  });

  test('disable an endpoint, and replay what it missed', async () => {
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
    const { id } = await admin('POST', '/tenants/acme/endpoints', endpoint);
    const page = await open(`/console/endpoints/${id}?tenant=acme`);
    await button(page, 'Disable').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('A client or an operator disabled it.').waitFor();
    for (const n of [1, 2, 3]) await admin('POST', '/tenants/acme/events', { type: 'a.b', payload: { n } });
    await page.reload();
    await page.getByText('3 deliveries are held and will be sent when you enable it.').waitFor();

    await page.getByRole('link', { name: 'Replay', exact: true }).click();
    await button(page, 'Count what it would redeliver').click();
    await button(page, 'Redeliver 3 deliveries').click();
    await page.getByText('3 of 3 redeliveries').waitFor();
    await receiver.until(() => receiver.requests.length >= 3);
    expect(receiver.requests).toHaveLength(3);
    await page.getByRole('link', { name: 'Replays' }).click();
    await page.getByText('finished').waitFor();
  });

  test('rotate a secret: the old one signs until its end', async () => {
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const endpoint = { url: `${receiver.url}/hook`, eventTypes: ['*'] };
    const { id, secret: old } = await admin('POST', '/tenants/acme/endpoints', endpoint);
    const page = await open(`/console/endpoints/${id}/secret?tenant=acme`);
    await button(page, 'Rotate secret').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
    const secret = await page.getByText(/^whsec_/).innerText();
    await page.getByText('The old secret signs too, until').waitFor();
    await button(page, 'Send test event').click();
    await button(page, 'Send').click();
    await page.getByRole('link', { name: 'Sent: see its delivery' }).waitFor();
    await receiver.until(() => receiver.requests.length > 0);
    const [request] = receiver.requests;
    for (const each of [secret, old]) {
      new Webhook(each).verify(request?.body ?? '', request?.headers as Record<string, string>);
    }
    // It is masked until it is asked for, which is noted.
    await page.reload();
    await page.getByText('••••••••••••••••', { exact: true }).waitFor();
    await page.getByText('The old secret signs too, until').waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    await button(page, 'Show secret').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Show secret' }).click();
    await page.getByText(secret).waitFor();
  });

  test('a wrong key is refused, and so is a page of another origin', async () => {
    const { server } = console;
    const page = await open('/console/', false);
    await page.getByLabel('Admin key').fill('not-the-key-of-this-server');
    await button(page, 'Sign in').click();
    await page.getByText('This is no admin key of this server.').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.getByLabel('Admin key').fill(server.adminKey);
    await button(page, 'Sign in').click();
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(JSON.stringify([cookie, await page.context().storageState()])).not.toContain(server.adminKey);

    // The receiver is another site's server: its page has the cookie of this host at best, and may not use it.
    await page.goto(`${console.receiver.url}/`);
    const foreign = await page.evaluate<string>(
      `fetch('${server.url}/admin/v1/tenants', { credentials: 'include', mode: 'no-cors', method: 'POST', body: '{}' })
        .then((r) => r.type, (e) => e.message)`,
    );
    expect(foreign).toBe('opaque');
    expect((await console.admin('GET', '/tenants')).data).toHaveLength(1);
    visit = {
      ...visit,
      problems: visit.problems.filter((problem) => !problem.includes(console.receiver.url)),
    };
  });

  test('a session that ended leads back to where the reader was', async () => {
    const { admin, server } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const page = await open('/console/events?tenant=acme');
    await page.getByText('No live events yet.').waitFor();
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.getByText('Your session has ended.').waitFor();
    await page.getByLabel('Admin key').fill(server.adminKey);
    await button(page, 'Sign in').click();
    await page.getByText('No deliveries yet.').waitFor();
    expect(page.url()).toBe(`${server.url}/console/deliveries?tenant=acme`);

    await button(page, 'Sign out').click();
    await page.getByText('Sign in to Carillon').waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  test('the list of deliveries: keys, filters in the URL, and one more attempt from a row', async () => {
    const { admin, receiver, server } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    await admin('POST', '/tenants/acme/endpoints', { url: `${receiver.url}/hook`, eventTypes: ['*'] });
    const events = Array.from({ length: 300 }, (_, n) => ({
      type: n === 0 ? 'first.one' : 'many',
      payload: n,
    }));
    await admin('POST', '/tenants/acme/events/batch', { events });
    await receiver.until(() => receiver.requests.length >= 300);
    const page = await open('/console/deliveries?tenant=acme');
    await page.getByText('many').first().waitFor();
    // Virtual rows: a part of them is in the page, and scrolling loads the rest.
    expect(await page.locator('tr[data-id]').count()).toBeLessThan(100);
    await page.getByText('first.one').waitFor({ state: 'detached' });
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 5000);
        return page.getByText('first.one').count();
      }, patience)
      .toBe(1);
    await page.getByLabel('Add a filter').fill('type:first.one since:1h');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('tr[data-id]').count(), patience).toBe(1);
    expect(page.url()).toBe(`${server.url}/console/deliveries?tenant=acme&type=first.one&since=1h`);
    await page.getByRole('button', { name: 'Add', exact: true }).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('r');
    await receiver.until(() => receiver.requests.length >= 301);
    await page.reload();
    await expect.poll(() => page.locator('tr[data-id]').count(), patience).toBe(1);
    await page.getByLabel('Add a filter').fill('colour:red');
    await page.keyboard.press('Enter');
    await page.getByText('Write name:value, with one of state').waitFor();
    await page.getByRole('button', { name: 'Remove the filter since:1h' }).click();
    expect(page.url()).toBe(`${server.url}/console/deliveries?tenant=acme&type=first.one`);
  });

  test('one tenant and one mode, another one, and all: the URL says which', async () => {
    const { admin, receiver, server } = console;
    for (const id of ['acme', 'bolt']) {
      await admin('POST', '/tenants', { id, name: `Tenant ${id}`, dialect: 'standard' });
      for (const mode of ['live', 'test']) {
        const url = `${receiver.url}/${id}-${mode}`;
        await admin('POST', `/tenants/${id}/endpoints`, { url, eventTypes: ['*'], mode });
      }
    }
    const page = await open('/console/endpoints');
    const rows = (): Promise<string[]> => page.locator('tr[data-id] a').allInnerTexts();
    const shows = (...names: string[]) =>
      expect.poll(rows, patience).toEqual(names.map((name) => `${receiver.url}/${name}`));
    await shows('bolt-live', 'acme-live');
    await button(page, 'test').click();
    await shows('bolt-test', 'acme-test');
    await button(page, 'All tenants').click();
    await page.getByRole('dialog').getByRole('link', { name: 'Tenant acme' }).click();
    await shows('acme-test');
    expect(page.url()).toBe(`${server.url}/console/endpoints?mode=test&tenant=acme`);
    await button(page, 'live').click();
    await shows('acme-live');
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText('No live events yet.').waitFor();
    expect(page.url()).toBe(`${server.url}/console/events?tenant=acme`);
    await button(page, 'acme').click();
    await page.getByRole('dialog').getByRole('link', { name: 'All tenants' }).click();
    await page.getByRole('link', { name: 'Endpoints' }).click();
    await shows('bolt-live', 'acme-live');
    expect(page.url()).toBe(`${server.url}/console/endpoints`);
  });

  test('the docs are read and searched without a session', async () => {
    const page = await open('/docs', false);
    await page.getByRole('heading', { name: 'Documentation' }).waitFor();
    await page.getByRole('article').getByRole('link', { name: 'CHIP Collect' }).first().click();
    await expect.poll(() => new URL(page.url()).pathname, patience).toBe('/docs/dialects/chip');
    await page.getByLabel('Search the docs').fill('systemd unit');
    await page
      .getByRole('link', { name: /One machine/ })
      .first()
      .click();
    await page.getByRole('article').getByText('carillon.service').first().waitFor();
  });
});
