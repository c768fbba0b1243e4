// The live page: what comes, how soon, what a pause does, filters, and a server that goes and comes back.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';
import { expectWidth } from './looks.ts';

const patience = { timeout: 15_000 };
const html = '<img src=x onerror="window.hacked=1">';
const rtl = '\u202egnp.exe \u2067abc';

/** Notes in the page when each event type is first shown in a row. */
const watchRows = `
  window.shownAt = {};
  new MutationObserver(() => {
    for (const link of document.querySelectorAll('tr[data-id] a')) window.shownAt[link.textContent] ??= Date.now();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });`;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'live', () => {
  let console: Console;
  let shop: string;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    receiver.answer = ({ path }) => (path === '/down' ? 503 : 200);
    for (const id of ['acme', 'bolt']) {
      await admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
    }
    const endpoint = async (tenant: string, path: string, eventTypes: readonly string[]): Promise<string> =>
      (await admin('POST', `/tenants/${tenant}/endpoints`, { url: `${receiver.url}${path}`, eventTypes })).id;
    shop = await endpoint('acme', '/shop', ['*']);
    await endpoint('acme', '/down', ['payment.failed']);
    await endpoint('bolt', '/bolt', ['*']);
  });
  afterAll(() => console?.close());

  const publish = (type: string, tenant = 'acme'): Promise<unknown> =>
    console.admin('POST', `/tenants/${tenant}/events`, { type, payload: 1 });
  const publishMany = (count: number): Promise<unknown> =>
    console.admin('POST', '/tenants/acme/events/batch', {
      events: Array.from({ length: count }, (_, n) => ({ type: 'many', payload: n })),
    });
  const rows = (page: Page) => page.locator('tr[data-id]');
  const isLive = (page: Page): Promise<void> =>
    page.getByText('Attempts appear as they are recorded.').waitFor();

  test('an attempt is shown within a second of its publication, newest on top, and leads to its delivery', async () => {
    const { page, problems, close } = await console.visit('/console/live?tenant=acme');
    await page.getByText('No live attempt yet.').waitFor();
    await isLive(page);
    await page.evaluate(watchRows);
    const delays: number[] = [];
    for (const n of [1, 2, 3, 4, 5]) {
      const publishedAt = Date.now();
      await publish(`measured.n${n}`);
      await rows(page).getByText(`measured.n${n}`, { exact: true }).waitFor();
      const shownAt = await page.evaluate<number>(`window.shownAt['measured.n${n}']`);
      delays.push(shownAt - publishedAt);
    }
    expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(1000);
    expect(await rows(page).first().innerText()).toContain('measured.n5');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).getByText('measured.n5').waitFor();
    expect(new URL(page.url()).search).toBe('?tenant=acme&attempt=1');
    expect(problems).toEqual([]);
    await close();
  });

  test('a pause moves nothing and counts what comes, by the key or by going into the rows', async () => {
    const { page, problems, close } = await console.visit('/console/live?tenant=acme');
    await isLive(page);
    await publish('before.pause');
    await rows(page).getByText('before.pause').waitFor();
    await page.keyboard.press('p');
    await page.getByText('What comes meanwhile is counted.').waitFor();
    await publishMany(3);
    await page.getByRole('button', { name: 'Continue: 3 new attempts' }).waitFor();
    expect(await rows(page).count()).toBe(1);
    await page.keyboard.press('p');
    await expect.poll(() => rows(page).count(), patience).toBe(4);
    await page.keyboard.press('j');
    await page.getByText('What comes meanwhile is counted.').waitFor();
    await publish('after.focus');
    await page.getByRole('button', { name: 'Continue: 1 new attempt' }).click();
    await rows(page).getByText('after.focus').waitFor();
    await isLive(page);
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('On Live: pause, or continue').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('filters are in the URL, and the scope of the page is a filter', async () => {
    const { server } = console;
    const { page, problems, close } = await console.visit('/console/live');
    await isLive(page);
    const field = page.getByRole('combobox', { name: 'Add a filter' });
    await field.fill('outcome:refused type:payment.failed');
    await page.keyboard.press('Enter');
    await page.getByText('No attempt has matched yet.').waitFor();
    expect(page.url()).toBe(`${server.url}/console/live?outcome=refused&type=payment.failed`);
    await isLive(page);
    await publish('payment.failed');
    await rows(page).getByText('refused').waitFor();
    await publish('payment.failed', 'bolt');
    await expect.poll(() => rows(page).count(), patience).toBe(1);
    await field.fill('outcome:lost');
    await page.keyboard.press('Enter');
    await page.getByText('must be one of accepted, refused, unreachable').waitFor();
    await page.goto(`/console/live?endpoint=${shop}`);
    await isLive(page);
    await publish('elsewhere', 'bolt');
    await publish('payment.failed');
    await rows(page).getByText('payment.failed').waitFor();
    expect(await rows(page).count()).toBe(1);
    await page.goto('/console/live?tenant=bolt');
    await isLive(page);
    await publish('other.tenant');
    await publish('own.tenant', 'bolt');
    await rows(page).getByText('own.tenant').waitFor();
    expect(await rows(page).count()).toBe(1);
    expect(problems).toEqual([]);
    await close();
  });

  test('thousands of attempts: 1,000 are kept, few are drawn, and the page answers', async () => {
    const { page, problems, close } = await console.visit('/console/live?tenant=acme');
    await isLive(page);
    await page.evaluate(`
      window.slowest = 0;
      let last = performance.now();
      const measure = () => {
        const now = performance.now();
        window.slowest = Math.max(window.slowest, now - last);
        last = now;
        requestAnimationFrame(measure);
      };
      requestAnimationFrame(measure);`);
    const delivered = () => console.receiver.requests.filter(({ path }) => path === '/shop').length;
    const before = delivered();
    for (let sent = 0; sent < 3000; sent += 500) await publishMany(500);
    await expect.poll(delivered, { timeout: 30_000 }).toBe(before + 3000);
    await page.getByText('The newest 1,000 attempts are kept here.').waitFor(patience);
    await publish('the.last');
    await rows(page).getByText('the.last').waitFor({ timeout: 60_000 });
    expect(await rows(page).first().innerText()).toContain('the.last');
    expect(await page.getByRole('table', { name: 'Attempts' }).getAttribute('aria-rowcount')).toBe('1001');
    expect(await rows(page).count()).toBeLessThan(100);
    // No frame was so late that a reader would call it a hang. The machine of the test does everything at once.
    expect(await page.evaluate<number>('window.slowest')).toBeLessThan(2000);
    expect(problems).toEqual([]);
    await close();
  });

  test('missed attempts and the end of the stream are said in words, and it connects again', async () => {
    const { page, problems, close } = await console.visit('/healthz');
    const text = (...events: readonly string[]): string => `${events.join('\n\n')}\n\n`;
    // A try to connect is answered when what it would replace on the page has been read.
    const triesRead = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let count = 0;
    await page.route('**/admin/v1/tail*', async (route) => {
      const contentType = 'text/event-stream';
      count++;
      if (count === 1) {
        const end = 'event: end\ndata: {"code":"unavailable","detail":"The server is shutting down."}';
        const attempt = `event: attempt\ndata: ${JSON.stringify(hostile)}`;
        return route.fulfill({ contentType, body: text('event: missed\ndata: {}', attempt, end) });
      }
      await triesRead[count - 2]?.promise;
      return count < 4 ? route.abort() : route.continue();
    });
    await page.goto('/console/live?tenant=acme');
    await page.getByText('Some attempts are not shown').waitFor();
    await page.getByText('The server is shutting down.').waitFor();
    await page.getByText('connecting again').waitFor();
    triesRead[0].resolve();
    await page.getByText('The server cannot be reached.').waitFor();
    triesRead[1].resolve();
    await page.getByText('Connected again.').waitFor();
    await isLive(page);
    expect(count).toBe(4);
    // What others write is text.
    const row = rows(page).first();
    expect(await row.innerText()).toContain(html);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    await page.setViewportSize({ width: 360, height: 740 });
    await expectWidth(page, 360);
    await page.getByRole('button', { name: 'Hide this' }).click();
    await publish('after.return');
    await rows(page).getByText('after.return').waitFor();
    expect(problems.filter((problem) => !problem.includes('ERR_FAILED'))).toEqual([]);
    await close();
  });

  test('a refusal at the start is an error with a way on', async () => {
    const { page, close } = await console.visit('/healthz');
    await page.route('**/admin/v1/tail*', (route) =>
      route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          detail: 'at most 20 streams and waiting requests at once',
          code: 'rate_limited',
        }),
      }),
    );
    await page.goto('/console/live?tenant=acme');
    await page.getByText('at most 20 streams and waiting requests at once').waitFor();
    await page.unroute('**/admin/v1/tail*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await isLive(page);
    await page.goto('/console/live?tenant=none-such');
    await page.getByText('This was not found.').waitFor();
    await close();
  });
});

const hostile = {
  id: 'att_hostile',
  number: 1,
  trigger: 'schedule',
  startedAt: '2026-01-02T03:04:05.678Z',
  durationMs: 3,
  url: `https://host.example/${html}${rtl}${'x'.repeat(300)}`,
  outcome: 'unreachable',
  status: null,
  error: { code: `${html}${rtl}`, message: html },
  tenant: `${html}${rtl}`,
  mode: 'live',
  endpoint: `${html}${rtl}`,
  delivery: '../../portal',
  event: rtl,
  eventType: `${html}${rtl}${'y'.repeat(300)}`,
};
