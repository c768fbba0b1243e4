// Publishing as HTTP clients do it: with an Idempotency-Key, compressed, and with bodies over the limit.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fault } from '#core/fault.ts';
import { dialects } from '#dialects/index.ts';
import { boot, type Harness, testKeys } from '../support/harness.ts';

const run = promisify(execFile);
const path = '/admin/v1/tenants/acme/events';
const event = { type: 'payment.paid', payload: { amount: '12.50' } };
const authorization = `Bearer ${testKeys.adminKeys[0]}`;

let harness: Harness;
let url: string;

beforeEach(async () => {
  harness = await boot();
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(harness.engine.http.server.address() as AddressInfo).port}`;
});

afterEach(() => harness.close());

async function publish(body: unknown, headers: Record<string, string> = {}, to = path) {
  return harness.call('POST', to, { token: testKeys.adminKeys[0], body, headers });
}

test('Idempotency-Key is the id of an event that has none', async () => {
  const first = await publish(event, { 'idempotency-key': 'order-17' });
  expect(first).toMatchObject({ status: 202, body: { id: 'order-17', unsent: 'no_endpoint' } });
  const again = await publish(event, { 'idempotency-key': '"order-17"' });
  expect(again).toMatchObject({ status: 202, body: { id: 'order-17', unsent: null } });
  expect(again.headers['idempotent-replayed']).toBe('true');
  const other = await publish({ ...event, type: 'payment.failed' }, { 'idempotency-key': 'order-17' });
  expect(other).toMatchObject({ status: 409, body: { code: 'event_id_reused' } });
  const own = await publish({ ...event, id: 'mine' }, { 'idempotency-key': 'order-17' });
  expect(own.body).toMatchObject({ id: 'mine' });
  const batch = { events: [event, { ...event, id: 'named' }, event] };
  for (const isReplayed of [false, true]) {
    const { body } = await publish(batch, { 'idempotency-key': 'batch' }, `${path}/batch`);
    expect(body.events).toMatchObject(
      ['batch:0', 'named', 'batch:2'].map((id) => ({ id, replayed: isReplayed })),
    );
  }
  for (const wrong of ['with space', 'x'.repeat(121), '']) {
    const refused = await publish(event, { 'idempotency-key': wrong });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'idempotency-key' }] } });
  }
});

test('a compressed body is refused as one, by the admin API and by every dialect', async () => {
  const body = gzipSync(JSON.stringify(event));
  const send = (to: string, headers: Record<string, string> = {}) =>
    fetch(url + to, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'content-encoding': 'gzip', ...headers },
      body,
    });
  const refused = await send(path);
  expect(refused.status).toBe(415);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('Content-Encoding') });
  expect((await send(path, { 'content-encoding': 'identity' })).status).toBe(400);
  for (const { name, operations, faults } of dialects) {
    await harness.admin('POST', '/tenants', { id: name, name, dialect: name });
    const { body: credential } = await harness.admin('POST', `/tenants/${name}/credentials`, {
      mode: 'live',
    });
    // A signature of a compressed body cannot be made here: those are refused before they are read.
    if (credential.kind !== 'bearer') continue;
    const operation = operations.find(
      ({ method, command }) => method === 'POST' && command === 'createEndpoint',
    );
    if (operation === undefined) throw new Error(`${name} creates endpoints`);
    const own = { authorization: `Bearer ${credential.token}` };
    const answered = await send(operation.path, own);
    const expected = faults.media_type_unsupported(new Fault('media_type_unsupported', 'compressed'), '');
    expect(answered.status, name).toBe(expected.status);
    const text = await answered.text();
    if (JSON.stringify(expected.body).includes('compressed')) expect(text, name).toContain('compressed');
    expect(await (await send(operation.path, { ...own, 'content-encoding': 'identity' })).text()).not.toBe(
      text,
    );
  }
});

const tooLong = 3 * 1024 * 1024;

test('a client that reads after it has sent all of its body sees the refusal of a body over the limit', async () => {
  const script = `
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1])
body = b'{"type":"a","payload":"' + b'x' * ${tooLong} + b'"}'
headers = {'Authorization': sys.argv[2], 'Content-Type': 'application/json'}
for chunked in (False, True):
    connection.request('POST', '${path}', iter([body]) if chunked else body, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    print(answer.status, answer.read().decode())
`;
  const { stdout } = await run('python3', ['-c', script, new URL(url).host, authorization]);
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^413 .*body_too_large/);
});

test('fetch sees the refusal of a body over the limit', async () => {
  for (let i = 0; i < 5; i++) {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...event, payload: 'x'.repeat(tooLong) }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'body_too_large' });
  }
});
