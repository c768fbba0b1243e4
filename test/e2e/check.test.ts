// Checks of receivers, for all dialects and on a real database: a good receiver, which is the library for receivers, and bad ones.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CheckItemName, checkItemNames, checksKept } from '#core/check.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { dialects } from '#dialects/index.ts';
import { createVerifier, type Verifier } from '#packages/verify/src/verify.ts';
import { createCertificate } from '../support/certificate.ts';
import { answerWhenVerified } from '../support/good-receiver.ts';
import { boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;

beforeAll(async () => {
  harness = await boot();
  receiver = await startReceiver();
});
afterAll(async () => {
  await harness.close();
  await receiver.close();
});
beforeEach(() => {
  receiver.answer = () => 200;
  receiver.requests.length = 0;
  // A tenant starts 10 checks in a minute.
  harness.clock.advance(60_000);
});

interface Owner {
  readonly tenant: string;
  readonly endpoint: string;
  readonly verifier: Verifier;
}

async function createOwner(dialect: Dialect, name: string, settings: object = {}): Promise<Owner> {
  const tenant = `${dialect.name}-${name}`;
  const at = `/tenants/${tenant}`;
  await harness.admin('POST', '/tenants', { id: tenant, name: tenant, dialect: dialect.name });
  const shared =
    dialect.secretOwner === 'tenant'
      ? (await harness.admin('POST', `${at}/rotate-secret`, { mode: 'live' })).body.secret
      : null;
  const types = dialect.events.samples.map(({ type }) => type);
  const { body, status } = await harness.admin('POST', `${at}/endpoints`, {
    url: `${receiver.url}/${tenant}`,
    eventTypes: [types[0]],
    ...settings,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  const secret = dialect.isSecretShared ? (shared ?? body.secret) : body.attributes.public_key;
  const verifier = createVerifier({
    dialect: dialect.name as 'standard',
    secret,
    now: () => harness.clock.now(),
  });
  return { tenant, endpoint: body.id, verifier };
}

const pathOf = ({ tenant, endpoint }: Owner): string => `/tenants/${tenant}/endpoints/${endpoint}`;

interface Card {
  readonly id: string;
  readonly state: string;
  readonly failed: number;
  readonly items: readonly { name: CheckItemName; result: string; seen: string; fix: string | null }[];
}

async function check(owner: Owner, body?: object): Promise<Card> {
  const { status, body: begun } = await harness.admin('POST', `${pathOf(owner)}/check`, body);
  expect(status, JSON.stringify(begun)).toBe(202);
  expect(begun).toMatchObject({ state: 'waiting', items: [], finishedAt: null });
  await harness.engine.checks.step();
  await harness.engine.checks.settled();
  const { body: card } = await harness.admin('GET', `${pathOf(owner)}/checks/${begun.id}`);
  expect(card.state).toBe('finished');
  expect(card.items.map(({ name }: { name: string }) => name)).toEqual(checkItemNames);
  return card;
}

const resultsOf = ({ items }: Card) => Object.fromEntries(items.map(({ name, result }) => [name, result]));
const itemOf = ({ items }: Card, wanted: CheckItemName) => items.find(({ name }) => name === wanted);

const signsTime = new Set(['standard', 'diddo']);

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('%s', (name, dialect) => {
  test('a receiver that uses the library passes', async () => {
    const owner = await createOwner(dialect, 'good');
    receiver.answer = answerWhenVerified(owner.verifier);
    const card = await check(owner);
    expect(resultsOf(card), JSON.stringify(card.items)).toEqual({
      ...Object.fromEntries(checkItemNames.map((item) => [item, 'passed'])),
      'old-timestamp': signsTime.has(name) ? 'passed' : 'skipped',
      tls: 'skipped',
    });
    for (const { headers } of receiver.requests) expect(headers['carillon-check']).toBe(card.id);
    expect(receiver.requests.length).toBeLessThanOrEqual(40);
  });

  test('one that accepts everything fails by what it should have refused', async () => {
    const card = await check(await createOwner(dialect, 'credulous'));
    expect(card.items.filter(({ result }) => result === 'failed').map((item) => item.name)).toEqual([
      'wrong-signature',
      ...(signsTime.has(name) ? ['old-timestamp'] : []),
      'unsigned',
    ]);
    expect(itemOf(card, 'unsigned')).toMatchObject({
      seen: expect.stringMatching(/^It was accepted\. It answered 200 after \d+ ms\.$/),
      fix: 'Answer 401 to a request without a signature.',
    });
  });

  test('one that fails for a repetition', async () => {
    const owner = await createOwner(dialect, 'forgetful');
    const known = new Set<string>();
    const verify = answerWhenVerified(owner.verifier);
    receiver.answer = async (request) => {
      const isKnown = known.has(request.body + (request.headers['webhook-id'] ?? ''));
      known.add(request.body + (request.headers['webhook-id'] ?? ''));
      return isKnown && request.headers['webhook-id'] !== undefined ? 409 : verify(request);
    };
    const card = await check(owner);
    const isIdSent = signsTime.has(name);
    expect(itemOf(card, 'repeated')?.result).toBe(isIdSent ? 'failed' : 'passed');
  });

  test('one that redirects: the place is named, and what follows is skipped', async () => {
    const owner = await createOwner(dialect, 'moved');
    receiver.answer = () => ({ status: 308, headers: { location: 'https://new.example/hooks' } });
    const card = await check(owner);
    expect(resultsOf(card)).toEqual({
      ...Object.fromEntries(checkItemNames.map((item) => [item, 'skipped'])),
      valid: 'failed',
      redirect: 'failed',
    });
    expect(itemOf(card, 'redirect')?.seen).toBe('It answered 308 to https://new.example/hooks.');
    expect(receiver.requests).toHaveLength(1);
  });

  test('one that is too slow fails by the timeout of the endpoint', async () => {
    const owner = await createOwner(dialect, 'slow', { timeoutMs: 1000 });
    receiver.answer = () => 'never';
    const card = await check(owner);
    expect(itemOf(card, 'valid')).toMatchObject({
      result: 'failed',
      seen: 'No answer came within 1000 ms.',
      fix: expect.stringContaining('queue'),
    });
  });

  test('it is no attempt, and counts in no health', async () => {
    const owner = await createOwner(dialect, 'broken');
    receiver.answer = () => 500;
    expect((await check(owner)).failed).toBe(1);
    const { body: endpoint } = await harness.admin('GET', pathOf(owner));
    expect(endpoint).toMatchObject({ failureCount: 0, lastFailureAt: null, enabled: true });
    const { body: deliveries } = await harness.admin('GET', `/tenants/${owner.tenant}/deliveries`);
    expect(deliveries.data).toEqual([]);
  });
});

const [standard] = dialects as readonly [Dialect];

test('the settings of the endpoint hold: headers, in flight, transform, rate limit', async () => {
  const owner = await createOwner(standard, 'settings', {
    headers: [{ name: 'X-Own', value: 'mine' }],
    inFlightMax: 2,
    transform: '(event) => ({ changed: true })',
  });
  let inFlight = 0;
  let most = 0;
  const verify = answerWhenVerified(owner.verifier);
  receiver.answer = async (request) => {
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
    return verify(request);
  };
  const card = await check(owner);
  expect(card.failed, JSON.stringify(card.items)).toBe(0);
  expect(most).toBeLessThanOrEqual(2);
  for (const { headers, body } of receiver.requests) {
    expect(headers['x-own']).toBe('mine');
    expect(JSON.parse(body).data).toEqual({ changed: true });
  }
});

describe('TLS', () => {
  const certificate = createCertificate({ addresses: ['127.0.0.1'] });

  async function checkTls(maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Card> {
    const secure = createServer({ ...certificate, maxVersion }, (request, response) => {
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port } = secure.address() as AddressInfo;
    const owner = await createOwner(standard, maxVersion.toLowerCase().replace('.', '-'), {
      url: `https://127.0.0.1:${port}/hooks`,
      tls: { ca: certificate.cert },
    });
    const card = await check(owner);
    secure.closeAllConnections();
    secure.close();
    return card;
  }

  test('the newest version that the receiver takes is named', async () => {
    expect(itemOf(await checkTls('TLSv1.3'), 'tls')).toMatchObject({ seen: 'TLS 1.3.', fix: null });
    expect(itemOf(await checkTls('TLSv1.2'), 'tls')).toMatchObject({
      result: 'passed',
      seen: 'TLS 1.2.',
      fix: expect.stringContaining('TLS 1.3'),
    });
  });
});

test('the time for a check is bounded: what comes after it is skipped', async () => {
  const owner = await createOwner(standard, 'late');
  receiver.answer = () => {
    harness.clock.advance(20_000);
    return 200;
  };
  const card = await check(owner);
  expect(itemOf(card, 'out-of-order')).toMatchObject({
    result: 'skipped',
    seen: 'The time for a check was over.',
  });
  expect(receiver.requests.length).toBeLessThan(5);
});

test('one at a time for an endpoint, and few in a minute for a tenant', async () => {
  const owner = await createOwner(standard, 'often');
  const path = `${pathOf(owner)}/check`;
  const first = await harness.admin('POST', path);
  const second = await harness.admin('POST', path);
  expect(second).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(second.body.detail).toContain(first.body.id);
  await harness.engine.checks.step();
  await harness.engine.checks.settled();
  for (let count = 1; count < 10; count++) await check(owner);
  expect((await harness.admin('POST', path)).body.detail).toContain('10 checks in a minute');
  harness.clock.advance(60_000);
  const last = await check(owner);
  const { body } = await harness.admin('GET', `${pathOf(owner)}/checks`);
  expect(body.data).toHaveLength(checksKept);
  expect(body.data[0].id).toBe(last.id);
});

test('a check whose process is gone is made by the next one', async () => {
  const owner = await createOwner(standard, 'crashed');
  const { body } = await harness.admin('POST', `${pathOf(owner)}/check`);
  const { store } = harness.engine;
  const claimed = await store.checks.claim(harness.clock.now());
  if (claimed === null) throw new Error('it waits');
  expect(claimed.check.id).toBe(body.id);
  const item = { name: 'valid', result: 'passed', seen: 'of the first', fix: null, durationMs: 1 } as const;
  await store.checks.note(claimed, [item]);
  const read = async () => (await harness.admin('GET', `${pathOf(owner)}/checks/${body.id}`)).body;
  expect(await read()).toMatchObject({ state: 'running', passed: 1, items: [item] });
  expect(await store.checks.claim(harness.clock.now())).toBeNull();
  harness.clock.advance(90_000);
  const again = await store.checks.claim(harness.clock.now());
  expect(await read()).toMatchObject({ state: 'running', items: [] });
  await store.checks.note(claimed, [item]);
  expect(await store.checks.finish(claimed, [item], harness.clock.now())).toBe(false);
  expect(await read()).toMatchObject({ state: 'running', items: [] });
  expect(again?.check.id).toBe(body.id);
  harness.clock.advance(90_000);
  await harness.engine.checks.step();
  await harness.engine.checks.settled();
  expect((await read()).state).toBe('finished');
});

test('while it runs, it shows the items that are done', async () => {
  const owner = await createOwner(standard, 'watched');
  const seen: string[][] = [];
  receiver.answer = async ({ headers }) => {
    const { body } = await harness.admin(
      'GET',
      `${pathOf(owner)}/checks/${String(headers['carillon-check'])}`,
    );
    expect(body.state).toBe('running');
    expect(body.passed + body.failed + body.skipped).toBe(body.items.length);
    seen.push(body.items.map(({ name }: { name: string }) => name));
    return 200;
  };
  await check(owner);
  expect(seen.slice(0, 3)).toEqual([[], ['valid', 'redirect'], ['valid', 'redirect', 'repeated']]);
  expect(seen.at(-1)).toEqual(checkItemNames.slice(0, -2));
});

test('an event of another type, and of none that there is', async () => {
  const owner = await createOwner(standard, 'typed');
  await check(owner, { type: 'payment.failed' });
  expect(JSON.parse(receiver.requests[0]?.body ?? '')).toMatchObject({ type: 'payment.failed' });
  const { status, body } = await harness.admin('POST', `${pathOf(owner)}/check`, { type: 'no.example' });
  expect([status, body.code, body.errors?.[0].field]).toEqual([400, 'field_invalid', 'type']);
  const unknown = await harness.admin('GET', `${pathOf(owner)}/checks/chk_1`);
  expect(unknown).toMatchObject({ status: 404, body: { code: 'check_not_found' } });
});

test('an endpoint without a URL is refused: there is no receiver', async () => {
  const owner = await createOwner(standard, 'pulled');
  const { store } = harness.engine;
  const scope = { tenant: owner.tenant as TenantId, mode: 'live' } as const;
  const endpoint = await store.endpoints.get(scope, { id: owner.endpoint as EndpointId });
  if (endpoint === null) throw new Error('it was created above');
  const id = 'ep_01kdytp0cd0000000000000001' as EndpointId;
  await store.endpoints.create({ ...endpoint, id, url: '' }, { isUrlUnique: false, endpointsMax: 10 });
  const { status, body } = await harness.admin('POST', `/tenants/${owner.tenant}/endpoints/${id}/check`);
  expect([status, body.detail]).toEqual([400, expect.stringContaining('no receiver to check')]);
});

test('by a client of the dialect, by a portal session, and in the audit log', async () => {
  const owner = await createOwner(standard, 'others');
  const at = `/tenants/${owner.tenant}`;
  const { body: credential } = await harness.admin('POST', `${at}/credentials`, { mode: 'live' });
  const token = credential.secret ?? credential.token ?? credential.key;
  const asked = await harness.call('POST', `/v1/endpoints/${owner.endpoint}/check`, { token });
  expect(asked.status, JSON.stringify(asked.body)).toBe(202);
  await harness.engine.checks.step();
  await harness.engine.checks.settled();
  const got = await harness.call('GET', `/v1/endpoints/${owner.endpoint}/checks/${asked.body.id}`, { token });
  expect(got.body).toMatchObject({ state: 'finished', endpoint: owner.endpoint });

  const { body: session } = await harness.admin('POST', `${at}/portal-sessions`, {
    mode: 'live',
    permissions: ['read', 'test'],
  });
  const [, id, secret] = /\/portal\/(.+)#(.+)$/.exec(session.url) ?? [];
  const { body: opened } = await harness.call('POST', '/portal/api/session', { body: { id, secret } });
  const portal = { token: opened.token };
  const begun = await harness.call('POST', `/portal/api/endpoints/${owner.endpoint}/check`, portal);
  expect(begun.status, JSON.stringify(begun.body)).toBe(202);
  const listed = await harness.call('GET', `/portal/api/endpoints/${owner.endpoint}/checks`, portal);
  expect(listed.body.data.map((one: Card) => one.id)).toEqual([begun.body.id, asked.body.id]);

  const { body: audit } = await harness.admin('GET', `/audit?tenant=${owner.tenant}&command=checkEndpoint`);
  expect(audit.data.map((entry: { target: { id: string } }) => entry.target)).toHaveLength(2);
});
