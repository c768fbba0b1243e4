// "Check my receiver" in the console and in the portal: against a good receiver and a bad one, with what is seen while it
// runs, and where it cannot be made.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createVerifier } from '#packages/verify/src/verify.ts';
import { noBrowser } from '../support/browser.ts';
import { answerWhenVerified } from '../support/good-receiver.ts';
import { type Console, startConsole } from './console.ts';
import { makeLink } from './portal-pages.ts';
import { expectWidth } from './looks.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const html = '<img src=x onerror="window.hacked=1">';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'check my receiver', { timeout: 120_000 }, () => {
  let console: Console;
  let endpoint: string;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    ({ id: endpoint } = await admin('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}/hook`,
      eventTypes: ['*'],
      secret,
    }));
  }, 120_000);
  afterAll(() => console?.close());
  beforeEach(() => {
    console.receiver.answer = good;
  });

  const good = answerWhenVerified(createVerifier({ dialect: 'standard', secret }));
  const atConsole = (id = endpoint): string => `/console/endpoints/${id}/check?tenant=acme`;
  const card = (page: Page) => page.getByRole('list', { name: 'Score card' });
  const item = (page: Page, title: string) =>
    card(page)
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: title, exact: true }) });
  const start = (page: Page) => page.getByRole('button', { name: 'Check receiver' });
  /** Of the result, and nothing else of the page. */
  const says = (page: Page, text: string | RegExp) => page.getByRole('status').getByText(text).waitFor();

  test('a good receiver passes in the console, item by item, and the last checks stay', async () => {
    const { receiver } = console;
    const { page, problems, close } = await console.visit(atConsole());
    await page.getByText('says what to fix').waitFor();
    expect(await card(page).count()).toBe(0);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let count = 0;
    receiver.answer = async (request) => {
      count++;
      if (count === 3) await held;
      return good(request);
    };
    await start(page).focus();
    await page.keyboard.press('Enter');
    await item(page, 'Same event twice').getByText('passed').waitFor();
    await item(page, 'Wrong signature').getByText('running').waitFor();
    await item(page, 'Burst').getByText('waiting').waitFor();
    await says(page, 'It is running: 3 of 10 items are done.');
    expect(await start(page).isDisabled()).toBe(true);
    release();
    await says(page, '9 passed, 0 failed, 1 skipped.');
    expect(await start(page).isEnabled()).toBe(true);
    await item(page, 'TLS').getByText('Advice:').waitFor();
    expect(await card(page).getByText('Fix:').count()).toBe(0);

    // Another check of another type: both stay, and the first is opened by its link.
    receiver.answer = () => 200;
    await page.getByLabel('Event type (optional)').fill('payment.failed');
    await start(page).click();
    await says(page, '6 passed, 3 failed, 1 skipped.');
    const last = page.getByRole('list', { name: 'Last checks' }).getByRole('link');
    expect(await last.count()).toBe(2);
    await last.nth(1).click();
    await says(page, '9 passed, 0 failed, 1 skipped.');
    expect(new URL(page.url()).searchParams.get('check')).toMatch(/^chk_/);
    await page.reload();
    await says(page, '9 passed, 0 failed, 1 skipped.');
    expect(problems).toEqual([]);
    await close();
  });

  test('a bad receiver is told in the portal what it did and what to fix', async () => {
    const { receiver, admin } = console;
    receiver.answer = () => 200;
    const { path, id } = await makeLink(console, 'acme', { permissions: ['read', 'test'] });
    const { page, problems, close } = await console.visit(path, {
      isSignedIn: false,
      viewport: { width: 360, height: 740 },
    });
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('link', { name: 'Check', exact: true }).click();
    await start(page).click();
    await says(page, '6 passed, 3 failed, 1 skipped.');
    const unsigned = item(page, 'No signature');
    await unsigned.getByText('failed', { exact: true }).waitFor();
    await unsigned.getByText('An event without a signature.').waitFor();
    await unsigned.getByText(/^It was accepted\. It answered 200/).waitFor();
    await unsigned.getByText('Answer 401 to a request without a signature.').waitFor();
    await expectWidth(page, 360);

    receiver.answer = () => ({
      status: 302,
      headers: { location: `https://new.example/${encodeURI(html)}${'x'.repeat(150)}` },
    });
    await start(page).click();
    await says(page, '0 passed, 2 failed, 8 skipped.');
    await item(page, 'Redirect').getByText('Redirects are not followed').waitFor();
    await expectWidth(page, 360);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    const { data } = await admin('GET', '/audit?command=checkEndpoint&limit=2');
    expect(data).toMatchObject([{ actor: { kind: 'portal', id } }, { actor: { kind: 'portal', id } }]);
    expect(problems).toEqual([]);
    await close();
  });

  test('a check that was started elsewhere is shown, and there is one at a time', async () => {
    const { receiver, admin } = console;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    receiver.answer = async (request) => {
      await held;
      return good(request);
    };
    const { page, problems, close } = await console.visit(atConsole());
    await start(page).waitFor();
    // The page has read the list of checks, and does not know of this one.
    await page.waitForLoadState('networkidle');
    await admin('POST', `/tenants/acme/endpoints/${endpoint}/check`);
    await start(page).click();
    await page.getByText(/of this endpoint is not finished; wait for it/).waitFor();
    await page.getByText('A check is running. There is one at a time.').waitFor();
    await item(page, 'Valid event').getByText('running').waitFor();
    release();
    await says(page, '9 passed, 0 failed, 1 skipped.');
    expect(problems).toEqual([]);
    await close();
  });

  test('a type without an example is refused beside its field', async () => {
    const { page, problems, close } = await console.visit(atConsole());
    await page.getByLabel('Event type (optional)').fill('no.example');
    await start(page).click();
    await page.getByText(/has no example/).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('who may only read sees the last checks, and why there is no button', async () => {
    const { admin } = console;
    const { key } = await admin<{ key: string }>('POST', '/keys', { name: 'reader', scopes: ['read'] });
    const reader = await console.visit(atConsole(), { key });
    await reader.page.getByText('Your key does not allow to start a check').waitFor();
    await card(reader.page).waitFor();
    expect(await start(reader.page).count()).toBe(0);
    expect(reader.problems).toEqual([]);
    await reader.close();
    const { path, id } = await makeLink(console, 'acme', { permissions: ['read'] });
    const customer = await console.visit(path, { isSignedIn: false });
    await customer.page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await customer.page.goto(`/portal/${id}/endpoints/${endpoint}/check`);
    await customer.page.getByText('This link does not allow to start a check.').waitFor();
    await card(customer.page).waitFor();
    expect(await start(customer.page).count()).toBe(0);
    expect(customer.problems).toEqual([]);
    await customer.close();
  });

  test('an endpoint of kind pull has no receiver', async () => {
    const { admin } = console;
    const { id } = await admin('POST', '/tenants/acme/endpoints', { kind: 'pull', eventTypes: ['*'] });
    const { page, problems, close } = await console.visit(atConsole(id));
    await page.getByText('There is no receiver to check.').waitFor();
    expect(await start(page).count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test('what cannot be loaded, waits for long, or was given up is said in words', async () => {
    const { page, close } = await console.visit('/console/');
    const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
    const base = { endpoint, mode: 'live', eventType: 'carillon.test', passed: 0, failed: 0, skipped: 0 };
    let answer: object = {};
    await page.route('**/checks', (route) => route.fulfill(answer));
    const show = async (check: object): Promise<void> => {
      answer = {
        json: { data: [{ id: 'chk_1', ...base, items: [], finishedAt: null, ...check }], nextCursor: null },
      };
      await page.goto(atConsole());
    };
    await show({ state: 'waiting', createdAt: ago(30_000) });
    await says(page, 'It still waits: no process that delivers has begun it.');
    await show({ state: 'running', createdAt: ago(3_600_000) });
    await says(page, 'No process has finished it within 10 minutes: it is given up.');
    expect(await start(page).isEnabled()).toBe(true);
    const skipped = { result: 'skipped', seen: 'The check could not be made.', fix: null, durationMs: null };
    const items = [{ name: 'valid', ...skipped }];
    await show({ state: 'finished', createdAt: ago(1000), finishedAt: ago(0), skipped: 1, items });
    await says(page, 'The check could not be made.');
    answer = { status: 500, json: { detail: 'The store failed.', code: 'internal' } };
    await page.goto(atConsole());
    await page.getByText('The store failed.').waitFor();
    await close();
  });
});
