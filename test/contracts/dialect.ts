// The dialect contract without a server: credentials, faults, hostile input, events, signatures, and each wire example of
// the fixture folder byte for byte. `dialect-server.ts` has the rest.
import { Fault, type FaultCode, faultCodes } from '#core/fault.ts';
import type { IssuedCredential, Proof } from '#core/caller.ts';
import type { Dialect, Operation, WireRequest } from '#dialects/dialect.ts';
import type { JsonValue } from '#lib/json.ts';
import { systemRandom } from '#lib/random.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exampleCaller,
  exampleEndpoint,
  exampleEvent,
  exampleNow as now,
  exampleRequest,
  exampleRequestId,
} from '../support/examples.ts';
import { ownCpuMs } from '../support/machine.ts';
import type { DialectClient } from './dialect-client.ts';
import { describeFixtures } from './dialect-fixtures.ts';
import { authorizedCreation, credentialHeaders, propertyNames, toWireRequest } from './dialect-wire.ts';

/** Longest time that reading one request may take, also a hostile one. */
const parseMsMax = 500;
const bodyBytesMax = 256 * 1024;

/** `fixturesFolder` is relative to the repository, e.g. `test/fixtures/standard`. */
export function dialectContract(dialect: Dialect, client: DialectClient, fixturesFolder: string): void {
  describe(`dialect ${dialect.name}`, () => {
    describeCredentials(dialect, client);
    describeFaults(dialect);
    describeOperations(dialect);
    describeHostileRequests(dialect);
    describeEvents(dialect);
    describeDelivery(dialect);
    describeFixtures(dialect, fixturesFolder);
  });
}

function describeCredentials(dialect: Dialect, client: DialectClient): void {
  const authenticate = (credential: IssuedCredential): Proof =>
    dialect.authenticate(toWireRequest(authorizedCreation(client, credential)));

  test('a request without credentials is refused with a fault', () => {
    expect(attempt(() => dialect.authenticate(exampleRequest()))).toBeInstanceOf(Fault);
  });

  const kinds = dialect.credentialKinds.flatMap((kind) => [['live', kind] as const, ['test', kind] as const]);
  test.each(kinds)('an issued %s credential (%s) authenticates', (mode, kind) => {
    const credential = dialect.issueCredential(mode, systemRandom, kind);
    expect(credential.kind).toBe(kind);
    const proof = authenticate(credential);
    expect(isProvenBy(dialect, proof, credential)).toBe(true);
    const other = dialect.issueCredential(mode, systemRandom, kind);
    expect(other).not.toEqual(credential);
    const otherProof = authenticate(other);
    expect(isProvenBy(dialect, otherProof, credential)).toBe(false);
  });

  test('any headers lead to a proof, or to a fault without a secret', () => {
    const names = ['authorization', ...credentialHeaders(dialect, client)];
    const header = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string().map(addScheme));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), header), fc.uint8Array(), (headers, rawBody) => {
        const proof = attempt(() => dialect.authenticate({ ...exampleRequest(), headers, rawBody }));
        if (proof instanceof Fault || proof.kind === 'bearer') return;
        const problem = checkProof(dialect, proof, 'a-secret-of-ours');
        expect(problem).toBeInstanceOf(Fault);
        expect(problem?.message).not.toContain('a-secret-of-ours');
      }),
    );
  });
}

function addScheme(text: string): string {
  return `Bearer ${text}`;
}

function isProvenBy(dialect: Dialect, proof: Proof, credential: IssuedCredential): boolean {
  if (proof.kind === 'bearer') return credential.kind === 'bearer' && proof.token === credential.token;
  const isItsKey = credential.kind === 'key-pair' && proof.key === credential.key;
  return isItsKey && checkProof(dialect, proof, credential.secret) === null;
}

function checkProof(dialect: Dialect, proof: SignedProof, secret: string): Fault | null {
  if (dialect.checkSignature === undefined) throw new Error(`${dialect.name} cannot check a signature`);
  // As between the threads.
  return dialect.checkSignature(
    structuredClone(proof.evidence),
    { tenant: exampleCaller.tenant, secret },
    now,
  );
}

type SignedProof = Extract<Proof, { kind: 'signed' }>;

function describeFaults(dialect: Dialect): void {
  test.each(faultCodes)('the fault %s has a wire form', (code) => {
    const { status, body } = writeFault(dialect, code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(JSON.stringify(body)?.length ?? 0).toBeGreaterThan(2);
  });

  test.each(faultCodes)('the fault %s does not reveal its cause', (code) => {
    const wire = JSON.stringify(writeFault(dialect, code));
    expect(wire).not.toContain('cause-marker');
    if (code === 'internal') expect(wire).not.toContain('message-marker');
  });

  test('a server that cannot answer now has status 5xx, a caller without rights 4xx', () => {
    for (const code of ['internal', 'unavailable', 'overloaded'] as const) {
      expect(writeFault(dialect, code).status).toBeGreaterThanOrEqual(code === 'overloaded' ? 429 : 500);
    }
    for (const code of ['key_missing', 'key_unknown', 'endpoint_not_found', 'field_invalid'] as const) {
      expect(writeFault(dialect, code).status).toBeLessThan(500);
    }
  });
}

function writeFault(dialect: Dialect, code: FaultCode) {
  const cause = new Error('cause-marker');
  const fields = [{ field: 'url', message: 'must not be empty', rule: 'blank' as const }];
  const fault = new Fault(code, 'message-marker', { cause, fields, retryAfterSeconds: 7 });
  return dialect.faults[code](fault, exampleRequestId);
}

function describeOperations(dialect: Dialect): void {
  test('no two operations have the same method and path', () => {
    const places = dialect.operations.map(
      ({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`,
    );
    expect(places).toEqual([...new Set(places)]);
  });

  test.each(dialect.operations.map((operation) => [nameOf(operation), operation] as const))(
    '%s is well formed and documented',
    (_name, { path, docs }) => {
      expect(path).toMatch(/^(\/{1,2}([\w.-]+|\{\w+\}))+\/?$/);
      expect(docs.summary).not.toBe('');
      const statuses = Object.keys(docs.responses).map(Number);
      expect(statuses.filter((status) => status >= 200 && status < 300)).not.toEqual([]);
      for (const { description } of Object.values(docs.responses)) expect(description).not.toBe('');
      expect(JSON.parse(JSON.stringify(docs))).toBeTypeOf('object');
    },
  );
}

function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

function describeHostileRequests(dialect: Dialect): void {
  const each = test.each(dialect.operations.map((operation) => [nameOf(operation), operation] as const));

  each('%s: any body is read or refused with a fault', (_name, operation) => {
    fc.assert(fc.property(anyBody(operation), (rawBody) => parseSafely(operation, { rawBody })));
  });

  each('%s: huge and malformed bodies are read or refused in bounded time', (_name, operation) => {
    for (const rawBody of hostileBodies) parseSafely(operation, { rawBody });
  });

  each('%s: any query is read or refused with a fault', (_name, operation) => {
    const name = fc.oneof(fc.constantFrom(...propertyNames(operation.docs.query), 'offset'), fc.string());
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.integer().map(String),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) =>
        parseSafely(operation, { query: new URLSearchParams(pairs) }),
      ),
    );
  });

  each('%s: any path parameter is read or refused with a fault', (_name, operation) => {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.uuid(),
      fc.constant('ep_'.repeat(5000)),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: names.length, maxLength: names.length }), (values) =>
        parseSafely(operation, {
          params: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])),
        }),
      ),
    );
  });
}

/** Bytes, JSON, and objects with the operation's own fields and anything in them. */
function anyBody(operation: Operation): fc.Arbitrary<Uint8Array> {
  const name = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', ...propertyNames(operation.docs.body)),
    fc.string(),
  );
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.uuid());
  const object = fc.array(fc.tuple(name, value)).map((pairs) => {
    const members = pairs.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`);
    return Buffer.from(`{${members.join(',')}}`);
  });
  return fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    object,
  );
}

const hostileBodies: readonly Uint8Array[] = [
  '',
  ' ',
  'null',
  '[]',
  '"text"',
  '1e999',
  '{"url":1e999,"timestamp":1e999,"overlapSeconds":1e999}',
  '{"url":"\\ud800","events":["\\udfff"],"eventTypes":["\\u0000"]}',
  '{"__proto__":{"url":"https://example.com"},"url":"https://example.com","url":7}',
  '[[[['.repeat(bodyBytesMax / 4),
  '['.repeat(bodyBytesMax / 2) + ']'.repeat(bodyBytesMax / 2),
  '{"a":'.repeat(bodyBytesMax / 6) + '1' + '}'.repeat(bodyBytesMax / 6),
  `{"url":"https://example.com/","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  `{"url":"${'https://'.repeat(bodyBytesMax / 9)}"}`,
  `{"url":"${' '.repeat(bodyBytesMax - 20)}"}`,
  `{"events":[${'1,'.repeat(100_000)}1],"eventTypes":[${'1,'.repeat(20_000)}1]}`,
  `{"eventTypes":["${'a.'.repeat(bodyBytesMax / 3)}"],"events":["${'a.'.repeat(bodyBytesMax / 9)}"]}`,
  `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
  `"${'\\'.repeat(bodyBytesMax - 2)}`,
]
  .map((text) => Buffer.from(text))
  .concat([
    Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
    Buffer.alloc(bodyBytesMax),
    Buffer.alloc(bodyBytesMax, 0xc3),
  ]);

/** Reads a request: the outcome must be a value or a fault, and in bounded time. */
function parseSafely(operation: Operation, request: Partial<WireRequest>): void {
  const startedAt = ownCpuMs();
  const params = Object.fromEntries(
    [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => [
      match[1] ?? '',
      'ep_01kdytp0cd0000000000000001',
    ]),
  );
  attempt(() => operation.parse(exampleRequest({ method: operation.method, params, ...request })));
  expect(ownCpuMs() - startedAt).toBeLessThan(parseMsMax);
}

/** The value, or the fault that was thrown; anything else that is thrown goes on. */
function attempt<T>(run: () => T): T | Fault {
  try {
    return run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function describeEvents(dialect: Dialect): void {
  const { events } = dialect;

  test('there are samples', () => expect(events.samples).not.toEqual([]));

  test.each(events.samples.map((sample) => [sample.type, sample.payload] as const))(
    'the sample %s passes its own checks',
    (type, payload) => {
      expect(events.checkType(type)).toBeNull();
      expect(events.checkPayload(type, payload)).toBeNull();
      const key = events.orderingKey(type, payload);
      expect(key === null || key.length > 0).toBe(true);
    },
  );

  test('any text and any payload are accepted, or refused in a sentence', () => {
    const types = events.samples.map((sample) => sample.type);
    const type = fc.oneof(fc.constantFrom(...types), fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(type, fc.jsonValue(), (name, value) => {
        // fast-check's own type for JSON lets objects change; it is the same otherwise.
        const payload: JsonValue = JSON.parse(JSON.stringify(value));
        for (const problem of [events.checkType(name), events.checkPayload(name, payload)]) {
          expect(problem === null || problem.length > 10).toBe(true);
        }
        expect([null, 'string']).toContain(events.orderingKey(name, payload) === null ? null : 'string');
      }),
    );
  });

  test.each(['', '*', 'no such type', 'a\nb', '\ud800'])('the event type %j does not exist', (type) => {
    expect(events.checkType(type)).toBeTypeOf('string');
  });
}

function describeDelivery(dialect: Dialect): void {
  const samples = dialect.events.samples.map((sample) => [sample.type, sample] as const);

  test.each(samples)('the sample %s renders to the same JSON bytes each time', (type, sample) => {
    const event = exampleEvent({ type, payload: Buffer.from(JSON.stringify(sample.payload)) });
    const before = Buffer.from(event.payload);
    const first = Buffer.from(dialect.render(event, exampleEndpoint()));
    expect(JSON.parse(first.toString())).toBeTypeOf('object');
    expect(Buffer.from(dialect.render(event, exampleEndpoint()))).toEqual(first);
    expect(Buffer.from(event.payload)).toEqual(before);
  });

  test('a new secret signs, and the headers are ones that HTTP can carry', async () => {
    const { secret, attributes } = await dialect.createSecret(systemRandom);
    const endpoint = exampleEndpoint(attributes === undefined ? {} : { attributes });
    for (const [type, sample] of samples) {
      const event = exampleEvent({ type, payload: Buffer.from(JSON.stringify(sample.payload)) });
      const payload = dialect.render(event, endpoint);
      const message = { event, endpoint, payload, secrets: [secret] };
      const headers = await dialect.sign(message, now);
      expectGoodHeaders(headers);
      expect(JSON.stringify(headers)).not.toContain(secret);
      expect(await dialect.sign(message, now)).toEqual(headers);
      expect(await dialect.sign({ ...message, payload: Buffer.from('{}') }, now)).not.toEqual(headers);
    }
  });

  test('no two secrets are the same', async () => {
    const [first, second] = await Promise.all([
      dialect.createSecret(systemRandom),
      dialect.createSecret(systemRandom),
    ]);
    expect(first.secret).not.toBe(second.secret);
  });

  test('the policy makes at least one attempt, soon enough and long enough', () => {
    const { schedule, timeoutMs, accepted } = dialect.policy;
    expect(schedule.delaysMs[0]).toBe(0);
    expect(schedule.delaysMs.every((delayMs) => Number.isSafeInteger(delayMs) && delayMs >= 0)).toBe(true);
    expect(schedule.jitter).toBeGreaterThanOrEqual(0);
    expect(schedule.jitter).toBeLessThanOrEqual(1);
    expect(timeoutMs).toBeGreaterThanOrEqual(1000);
    expect(timeoutMs).toBeLessThanOrEqual(60_000);
    expect(accepted.from).toBeGreaterThanOrEqual(200);
    expect(accepted.to).toBeLessThan(300);
    expect(accepted.from).toBeLessThanOrEqual(accepted.to);
  });
}

/** Headers that the engine and the HTTP client set. */
const reservedHeaders = [
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'traceparent',
  'user-agent',
];

function expectGoodHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
    expect(value, name).toMatch(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
    expect(reservedHeaders).not.toContain(name.toLowerCase());
  }
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  expect(names).toContain('content-type');
  expect(names).toEqual([...new Set(names)]);
}
