// The log, as a process writes it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createLogger } from '#lib/log.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

let harness: Harness | null = null;
afterEach(async () => {
  await harness?.close();
  harness = null;
});

async function bootLogged() {
  const lines: Record<string, any>[] = [];
  const log = createLogger({ level: 'info', format: 'json' }, 'all', {
    write: (line) => void lines.push(JSON.parse(line)),
  });
  harness = await boot({}, { log });
  return { harness, lines };
}

test('a line has the time by RFC 3339, the name of its level, and the process with its role', async () => {
  const { lines } = await bootLogged();
  await harness?.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  expect(lines.find(({ msg }) => msg === 'admin.called')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    process: process.pid,
    role: 'all',
    requestId: expect.any(String),
    method: 'POST',
    route: '/admin/v1/tenants',
    key: expect.stringMatching(/^[0-9a-f]{8}$/),
    status: 201,
    durationMs: expect.any(Number),
    msg: 'admin.called',
  });
});

test('calls of the admin API are logged by the template of their route, with nothing of the key', async () => {
  const { harness, lines } = await bootLogged();
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  await harness.admin('GET', '/tenants/acme');
  await harness.admin('POST', '/tenants/acme/events', { type: 'a', payload: {} });
  await harness.admin('DELETE', '/tenants/private-name');
  await harness.call('GET', '/admin/v1/tenants', { token: 'cak_another_0123456789abcdef' });
  const calls = lines.filter(({ msg }) => msg === 'admin.called');
  expect(calls.map(({ level, method, route, status }) => [level, method, route, status])).toEqual([
    ['info', 'POST', '/admin/v1/tenants', 201],
    ['warn', 'DELETE', '/admin/v1/tenants/:tenant', 404],
    ['warn', 'GET', '/admin/v1/tenants', 401],
  ]);
  const keys = calls.map(({ key }) => key);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).toBeNull();
  const text = JSON.stringify(lines);
  for (const secret of [testKeys.adminKeys[0], 'private-name', 'cak_another'])
    expect(text).not.toContain(secret);
});

test('an attempt is one line: info when it is accepted, warn when it failed', async () => {
  const receiver = await startReceiver();
  const { harness, lines } = await bootLogged();
  receiver.answer = ({ path }) => (path === '/bad' ? 500 : 200);
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  for (const path of ['/good', '/bad']) {
    await harness.admin('POST', '/tenants/acme/endpoints', { url: receiver.url + path, eventTypes: ['*'] });
  }
  await harness.admin('POST', '/tenants/acme/events', { type: 'a', payload: {} });
  await harness.turn();
  const attempts = lines.filter(({ msg }) => msg === 'delivery.attempted');
  expect(
    attempts.map(({ level, outcome }) => `${level} ${outcome}`).toSorted((a, b) => (a < b ? -1 : 1)),
  ).toEqual(['info accepted', 'warn refused']);
  await receiver.close();
});

test('in the pretty format every entry is one line, with an ISO time and without colors that nobody asked for', async () => {
  const server = await startServer(folder, { LOG_FORMAT: 'pretty', LOG_LEVEL: 'info' });
  const headers = { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ id: 'acme', name: 'Acme', dialect: 'standard' });
  await fetch(`${server.url}/admin/v1/tenants`, { method: 'POST', headers, body });
  expect(await server.terminate()).toBe(0);
  const lines = server.output().split('\n');
  const logged = lines.filter((line) => /admin\.called|server\.stopp/.test(line));
  expect(logged.length).toBeGreaterThanOrEqual(2);
  for (const line of logged) expect(line).toMatch(/^\[\d{4}-\d\d-\d\dT[0-9:.]+Z\] INFO: /);
  expect(logged.find((line) => line.includes('admin.called'))).toMatch(/"status":201/);
  expect(server.output()).not.toContain('\u001b');
});
