// Promise 7 (SSRF) and hostile receivers: an exchange is refused or cut at its limit, and recorded as an attempt with the reason.
// The deadline is the real one of the policy (20 s); all receivers run at once, so the test waits for it once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import {
  answer,
  type Behaviour,
  dripBody,
  dripHeaders,
  longBody,
  type Receiver,
  resetInBody,
  silence,
  startReceiver,
} from '../support/hostile.ts';

const gibibyte = 1024 ** 3;
const sent = { bytes: 0 };
/** The answers for each name: one per lookup, then the last one again (DNS rebinding). */
const names: Readonly<Record<string, string[]>> = {
  'private.example': ['10.0.0.1'],
  'mapped.example': ['::ffff:10.0.0.1'],
  'nat64.example': ['64:ff9b::a00:1'],
  // Looked up at the creation of its endpoint, too.
  'changing.example': ['127.0.0.1', '127.0.0.1', '169.254.169.254'],
};

const behaviours: Readonly<Record<string, Behaviour>> = {
  'never-answers': silence,
  'drips-headers': dripHeaders(200),
  'drips-body': dripBody(200),
  'long-answer': longBody(gibibyte, sent),
  'breaks-off': resetInBody,
  redirects: answer(302, { location: 'http://10.0.0.1/' }),
  // The receiver closes every connection, so that the name is looked up for each event.
  changes: answer(200, { connection: 'close' }),
};

let harness: Harness;
const receivers = new Map<string, Receiver>();

beforeAll(async () => {
  const resolve = async (host: string) => {
    const answers = names[host] ?? [];
    const address = (answers.length > 1 ? answers.shift() : answers[0]) ?? '';
    return [{ address, family: address.includes(':') ? 6 : 4 }];
  };
  harness = await boot({ CARILLON_ALLOW_TARGETS: '127.0.0.1/32' }, { resolve });
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  for (const [name, behaviour] of Object.entries(behaviours)) {
    receivers.set(name, await startReceiver(behaviour));
  }
});

afterAll(async () => {
  await harness.close();
  for (const receiver of receivers.values()) await receiver.close();
});

async function register(url: string, type: string): Promise<string> {
  const { status, body } = await harness.admin('POST', '/tenants/acme/endpoints', {
    url,
    eventTypes: [type],
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

async function attemptsOf(endpoint: string) {
  const { body } = await harness.admin('GET', `/tenants/acme/deliveries?endpoint=${endpoint}`);
  const details = await Promise.all(
    body.data.map(({ id }: { id: string }) => harness.admin('GET', `/tenants/acme/deliveries/${id}`)),
  );
  return details.flatMap((detail) => detail.body.attempts).toReversed();
}

test('every hostile exchange ends at its limit, and its attempt has the reason', async () => {
  const url = (name: string): string => receivers.get(name)?.url ?? '';
  const at = (name: string, host: string): string => url(name).replace('127.0.0.1', host);
  const endpoints = new Map<string, string>();
  for (const name of Object.keys(behaviours)) {
    const target = name === 'changes' ? at(name, 'changing.example') : url(name);
    endpoints.set(name, await register(target, 'first'));
  }
  for (const name of ['private', 'mapped', 'nat64']) {
    endpoints.set(name, await register(at('changes', `${name}.example`), 'first'));
  }
  const publish = (type: string) => harness.admin('POST', '/tenants/acme/events', { type, payload: {} });
  expect((await publish('first')).body.deliveries).toBe(10);
  await harness.turn();
  await harness.admin('PATCH', `/tenants/acme/endpoints/${endpoints.get('changes')}`, {
    eventTypes: ['second'],
  });
  await publish('second');
  await harness.turn();

  const refused = { outcome: 'unreachable', status: null, error: { code: 'address_refused' } };
  const expected: Readonly<Record<string, readonly object[]>> = {
    'never-answers': [{ outcome: 'unreachable', status: null, error: { code: 'timeout' } }],
    'drips-headers': [{ outcome: 'unreachable', error: { code: 'timeout' } }],
    'drips-body': [{ outcome: 'accepted', status: 200, error: { code: 'answer_cut' } }],
    'long-answer': [{ outcome: 'accepted', status: 200, error: { code: 'answer_cut' } }],
    'breaks-off': [{ outcome: 'unreachable', error: { code: 'connection_lost' } }],
    redirects: [{ outcome: 'refused', status: 302, error: null }],
    private: [refused],
    mapped: [refused],
    nat64: [refused],
    changes: [{ outcome: 'accepted', status: 200 }, refused],
  };
  for (const [name, attempts] of Object.entries(expected)) {
    const recorded = await attemptsOf(endpoints.get(name) ?? '');
    expect(recorded, name).toHaveLength(attempts.length);
    expect(recorded, name).toMatchObject(attempts);
    for (const { error } of recorded)
      if (error !== null) expect(error.message.length, name).toBeGreaterThan(10);
  }
  expect(sent.bytes).toBeLessThan(32 * 1024 * 1024);
  expect(receivers.get('changes')?.requests).toHaveLength(1);
});
