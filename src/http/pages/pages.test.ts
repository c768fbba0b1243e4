// The pages as they are served: paths, caching, policy, sign in, and who may use a session.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpServer } from '#http/server.ts';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { adminKey, createHttpFakes, now } from '../../../test/support/http-fakes.ts';

const pagesFolder = mkdtempSync(join(tmpdir(), 'carillon-pages-'));
mkdirSync(join(pagesFolder, 'assets'));
writeFileSync(join(pagesFolder, 'index.html'), '<html><head><title>x</title></head></html>');
writeFileSync(join(pagesFolder, 'portal.html'), '<html><head></head></html>');
writeFileSync(join(pagesFolder, 'reference.html'), '<html><head></head></html>');
writeFileSync(join(pagesFolder, 'assets/main-abc.js'), 'run();'.repeat(100));
writeFileSync(join(pagesFolder, 'secret.txt'), 'not a page');

const clock = createFakeClock(now);
let app: FastifyInstance;
beforeAll(async () => {
  app = await createHttpServer(createHttpFakes({ pagesFolder, clock }).deps);
});
afterAll(async () => {
  await app.close();
  rmSync(pagesFolder, { recursive: true });
});

describe('pages', () => {
  test.each([
    ['/console/', '../'],
    ['/console', './'],
    ['/console/deliveries/dlv_1?tenant=acme/../..', '../../'],
    ['/docs', './'],
    ['/docs/dialects/chip', '../../'],
    ['/reference', './'],
  ])('%s is the app, with the root of the server at %s', async (path, root) => {
    const { statusCode, headers, body } = await app.inject(path);
    expect(statusCode).toBe(200);
    expect(body).toBe(`<html><head><base href="${root}"><title>x</title></head></html>`);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test('only the frame of the reference has styles of its own, and may stand in a page of this server', async () => {
    const policy = String(
      (await app.inject('/reference/frame?api=admin')).headers['content-security-policy'],
    );
    expect(policy).toContain("script-src 'self'; style-src 'self' 'unsafe-inline';");
    expect(policy).toContain("frame-ancestors 'self'");
  });

  test('the portal may stand in the pages that its session names, and in none when there is no session', async () => {
    const policyOf = async (id: string) =>
      String((await app.inject(`/portal/${id}`)).headers['content-security-policy']);
    expect(await policyOf('pts_1')).toContain('frame-ancestors https://app.example');
    expect(await policyOf('pts_2')).toContain("frame-ancestors 'none'");
  });

  test('a page of the portal tells its origins, at any depth', async () => {
    const { body } = await app.inject('/portal/pts_1/endpoints/ep_1');
    expect(body).toBe(
      '<html><head><base href="../../../"><meta name="embed-origins" content="https://app.example"></head></html>',
    );
  });

  test('an asset never changes, is compressed, and is not sent twice', async () => {
    const path = '/assets/main-abc.js';
    const plain = await app.inject(path);
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    const small = await app.inject({ url: path, headers: { 'accept-encoding': 'br, gzip' } });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.body);
    const etag = String(plain.headers['etag']);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await app.inject({ url: path, headers: { 'if-none-match': tag } });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    }
  });

  test.each([
    '/assets/none.js',
    '/assets/..%2Findex.html',
    '/assets/..%2Fsecret.txt',
    '/assets/..%2F..%2Fetc%2Fpasswd',
    '/assets/',
  ])('%s is no file', async (path) => {
    const { statusCode, headers } = await app.inject(path);
    expect([statusCode, headers['content-type']]).toEqual([404, 'application/problem+json']);
  });

  test('the root sends a browser to the console, and tells programs what this is', async () => {
    const browser = await app.inject({
      url: '/',
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    });
    expect(browser.statusCode).toBe(303);
    expect(browser.headers).toMatchObject({ location: 'console/', vary: 'accept' });
    for (const accept of ['*/*', 'application/json', undefined]) {
      const { statusCode, headers } = await app.inject({
        url: '/',
        headers: accept === undefined ? {} : { accept },
      });
      expect(statusCode).toBe(200);
      expect(headers).toMatchObject({ 'content-type': 'application/json', vary: 'accept' });
    }
  });

  test('without a build, the pages say what to do', async () => {
    const server = await createHttpServer(createHttpFakes().deps);
    const response = await server.inject('/console/');
    expect(response.statusCode).toBe(503);
    expect(response.json().detail).toContain('npm run build:web');
  });

  test('a process that only delivers has no pages', async () => {
    const server = await createHttpServer(createHttpFakes({ pagesFolder, isPublic: false }).deps);
    for (const url of ['/console/', '/docs', '/assets/main-abc.js', '/console/session']) {
      expect((await server.inject(url)).statusCode, url).toBe(404);
    }
  });
});

const own = { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' };

async function signIn(headers: Record<string, string> = own): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/console/session',
    headers,
    payload: { key: adminKey },
  });
  expect(response.statusCode).toBe(200);
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.json()).toEqual({
    expiresAt: new Date(clock.now() + 12 * 3_600_000).toISOString(),
    version: '1.2.3',
    key: 'configuration',
    scopes: ['publish', 'read', 'endpoints', 'secrets', 'replay', 'tenants', 'keys'],
    tenants: null,
  });
  return String(response.headers['set-cookie']);
}
const cookieOf = (setCookie: string): string => setCookie.split(';')[0] ?? '';

describe('a session', () => {
  test('is a cookie that no script reads and no other site sends, and holds no key', async () => {
    const setCookie = await signIn();
    expect(setCookie).toMatch(
      /^carillon_[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(setCookie).not.toContain(adminKey);
    expect(await signIn({ origin: 'https://localhost', host: 'localhost:443' })).toMatch(/; Secure$/);
  });

  test('opens the admin API, until its end', async () => {
    const headers = { ...own, cookie: `other=1; ${cookieOf(await signIn())}` };
    const ask = async (): Promise<number> =>
      (await app.inject({ url: '/admin/v1/tenants', headers })).statusCode;
    expect(await ask()).toBe(200);
    expect((await app.inject({ url: '/console/session', headers })).statusCode).toBe(200);
    clock.advance(12 * 3_600_000);
    expect(await ask()).toBe(401);
    expect((await app.inject({ url: '/console/session', headers })).json()).toMatchObject({
      code: 'key_missing',
    });
  });

  test('ends when the reader signs out', async () => {
    const headers = { ...own, cookie: cookieOf(await signIn()) };
    const response = await app.inject({ method: 'DELETE', url: '/console/session', headers });
    expect(response.statusCode).toBe(204);
    expect(String(response.headers['set-cookie'])).toMatch(/=; Path=\/; Max-Age=0;/);
    expect((await app.inject({ url: '/admin/v1/tenants', headers })).statusCode).toBe(401);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another port of this host', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:9' }],
    ['another origin, in a browser that names only that', { origin: 'http://localhost:9' }],
    ['a page without an origin', { origin: 'null' }],
    ['a server of the same name at another port', { origin: 'http://localhost', host: 'localhost:8480' }],
    ['a program that sends no origin', {}],
  ])('is refused from %s', async (_, headers: Record<string, string>) => {
    const cookie = cookieOf(await signIn());
    const change = {
      method: 'DELETE',
      url: '/admin/v1/tenants/acme',
      headers: { ...headers, cookie },
    } as const;
    expect((await app.inject(change)).statusCode).toBe(401);
    const payload = { key: adminKey };
    const signing = await app.inject({ method: 'POST', url: '/console/session', headers, payload });
    expect([signing.statusCode, signing.headers['set-cookie']]).toEqual([401, undefined]);
  });

  test('counts where Origin alone says that the page is of this server, also behind a proxy', async () => {
    const cookie = cookieOf(await signIn({ origin: 'http://localhost' }));
    const remove = (headers: Record<string, string>) =>
      app.inject({ method: 'DELETE', url: '/admin/v1/tenants/acme', headers: { cookie, ...headers } });
    expect((await remove({ origin: 'http://localhost' })).statusCode).toBe(204);
    const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hooks.example' };
    expect((await remove({ ...proxied, origin: 'https://hooks.example' })).statusCode).toBe(204);
    expect((await remove({ ...proxied, origin: 'https://other.example' })).statusCode).toBe(401);
  });

  test.each([
    ['a wrong key', { key: 'cak_wrong' }, 401, 'key_unknown'],
    ['no key', {}, 400, 'field_invalid'],
    ['more than a key', { key: adminKey, admin: true }, 400, 'field_invalid'],
  ])('is not started with %s', async (_, payload, status, code) => {
    const response = await app.inject({ method: 'POST', url: '/console/session', headers: own, payload });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ code });
    expect(response.headers['set-cookie']).toBeUndefined();
    expect(response.body).not.toContain(adminKey);
  });

  test('is not forged: each character counts, and so does the key of the server', async () => {
    const cookie = cookieOf(await signIn());
    const other = await createHttpServer(
      createHttpFakes({ clock, rootKeys: ['cak_other_0123456789abcdefgh'] }).deps,
    );
    expect((await other.inject({ url: '/admin/v1/tenants', headers: { ...own, cookie } })).statusCode).toBe(
      401,
    );
    for (let at = cookie.indexOf('=') + 1; at < cookie.length; at += 3) {
      const changed = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
      const headers = { ...own, cookie: changed };
      expect((await app.inject({ url: '/admin/v1/tenants', headers })).statusCode, changed).toBe(401);
    }
  });

  test('does not help where a wrong key is sent beside it', async () => {
    const headers = { ...own, cookie: cookieOf(await signIn()), authorization: 'Bearer wrong' };
    expect((await app.inject({ url: '/admin/v1/tenants', headers })).statusCode).toBe(401);
  });
});
