// What every dialect must do on a running server: one suite over each client of `dialect-clients.ts`. Whatever
// is sent, the answer is one that the served document describes, and what is refused has changed nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { dialects } from '#app.ts';
import type { Dialect, IssuedCredential } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { systemRandom } from '#lib/random.ts';
import * as fc from 'fast-check';
import Schema from 'typebox/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type Harness, testKeys } from '../support/harness.ts';
import { checkResponse } from '../support/openapi-check.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import {
  type DialectClient,
  dialectClients,
  type OperationName,
  type Refusal,
  type Scene,
  type WireCall,
} from './dialect-clients.ts';

type Mode = 'live' | 'test';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed; null for none. */
  readonly body: any;
}

/** A credential with the id by which the operator removes it. */
type Key = IssuedCredential & { readonly id: string };

interface Tenant {
  readonly id: string;
  readonly live: Key;
  readonly test: Key;
}

/** What a request has in place of what is right. */
interface Changes {
  readonly id?: string;
  readonly body?: JsonValue | Uint8Array;
  /** With the question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** By a socket and not injected: nobody tidies the URL on its way. */
  readonly isRaw?: boolean;
}

/** One server with one receiver, and a client that asks it. */
interface World {
  readonly client: DialectClient;
  readonly dialect: Dialect;
  readonly harness: Harness;
  readonly receiver: Receiver;
  /** The operations of the served document. */
  readonly operations: readonly OperationName[];
  openTenant(client?: DialectClient): Promise<Tenant>;
  /** Sends an operation and holds the answer against the document. */
  ask(tenant: Tenant, key: Key, operation: OperationName, changes?: Changes): Promise<Answer>;
  /** A right request of `operation`, with these changes, not yet authorized. */
  write(tenant: Tenant, operation: OperationName, changes?: Changes): WireCall;
  send(call: WireCall, isRaw?: boolean): Promise<Answer>;
  authorize(call: WireCall, key: IssuedCredential): WireCall;
  check(call: WireCall, answer: Answer): void;
  /** A new endpoint, as its creation answers it. */
  create(tenant: Tenant, key?: Key): Promise<JsonObject>;
  list(tenant: Tenant, key?: Key): Promise<readonly JsonObject[]>;
  /** All that refused requests could have changed: the endpoints of these tenants in both modes. */
  snapshot(...tenants: readonly Tenant[]): Promise<string>;
}

export function dialectServerContract(client: DialectClient): void {
  describe(`dialect ${client.name} on a server`, () => {
    // Filled in before the first test.
    const world = {} as World;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const made = await openWorld(client);
      Object.assign(world, made.world);
      close = made.close;
    });
    afterAll(() => close());

    describeLife(world, client);
    describeStrangers(world, client);
    describeCredentials(world, client);
    describeHostileText(world, client);
    describeHostilePaths(world, client);
    describeBodies(world, client);
    describeAnything(world, client);
    describeSamples(world, client);
  });
}

// ---- the world

async function openWorld(client: DialectClient): Promise<{ world: World; close: () => Promise<void> }> {
  const harness = await boot();
  const receiver = await startReceiver();
  const baseUrl = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true });
  const { body: document } = await harness.call('GET', `/openapi/${client.name}.json`);
  const dialect = dialects.find(({ name }) => name === client.name);
  if (dialect === undefined) throw new Error(`the server does not speak ${client.name}`);
  let count = 0;
  const nextUrl = (): string => `${receiver.url}/${++count}`;

  const world: World = {
    client,
    dialect,
    harness,
    receiver,
    operations: operationsOf(document),
    openTenant: (of = client) => openTenant(harness, of.name, `${of.name}-${++count}`),
    write(tenant, operation, changes = {}) {
      const id = changes.id ?? client.unknownId;
      const scene: Scene = { tenant: tenant.id, now: harness.clock.now(), url: nextUrl(), id };
      return writeCall(client, operation, scene, changes);
    },
    authorize: (call, key) => client.authorize(call, key, harness.clock.now()),
    send: (call, isRaw = false) => (isRaw ? sendRaw(baseUrl, agent, call) : inject(harness, call)),
    check(call, { status, headers, body }) {
      checkResponse(document, call.method, call.target, status, body);
      if (status >= 400) expectErrorForm(client, { status, headers, body });
    },
    async ask(tenant, key, operation, changes = {}) {
      const call = world.authorize(world.write(tenant, operation, changes), key);
      const answer = await world.send(call, changes.isRaw);
      world.check(call, answer);
      return answer;
    },
    async create(tenant, key = tenant.live) {
      const { status, body } = await world.ask(tenant, key, client.roles.create);
      expect(status, JSON.stringify(body)).toBe(client.created);
      return body;
    },
    async list(tenant, key = tenant.live) {
      const { status, body } = await world.ask(tenant, key, client.roles.list);
      expect(status, JSON.stringify(body)).toBe(200);
      return client.itemsOf(body);
    },
    async snapshot(...tenants) {
      const lists = tenants.flatMap(({ id }) =>
        ['live', 'test'].map((mode) => `/admin/v1/tenants/${id}/endpoints?mode=${mode}&limit=200`),
      );
      const token = testKeys.adminKey;
      const answers = await Promise.all(lists.map((path) => harness.call('GET', path, { token })));
      return JSON.stringify(answers.map(({ status, body }) => [status, body]));
    },
  };
  const close = async (): Promise<void> => {
    agent.destroy();
    await harness.close();
    await receiver.close();
  };
  return { world, close };
}

function operationsOf(document: any): readonly OperationName[] {
  return Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

async function openTenant(harness: Harness, dialect: string, id: string): Promise<Tenant> {
  const { status } = await harness.admin('POST', '/tenants', { id, name: id, dialect });
  expect(status).toBe(201);
  const issue = async (mode: Mode): Promise<Key> =>
    (await harness.admin('POST', `/tenants/${id}/credentials`, { mode })).body;
  return { id, live: await issue('live'), test: await issue('test') };
}

function writeCall(
  client: DialectClient,
  operation: OperationName,
  scene: Scene,
  { id, body, query = '', headers = {} }: Changes,
): WireCall {
  const [method = '', path = ''] = operation.split(' ');
  const wanted = body ?? client.bodies[operation]?.(scene) ?? null;
  const bytes = wanted === null && body === undefined ? null : toBytes(wanted);
  return {
    method,
    target: path.replace(/\{\w+\}/, () => id ?? client.unknownId) + query,
    headers: { ...(bytes === null ? {} : { 'content-type': 'application/json' }), ...headers },
    body: bytes,
  };
}

function toBytes(body: JsonValue | Uint8Array): Buffer {
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
}

async function inject({ engine }: Harness, { method, target, headers, body }: WireCall): Promise<Answer> {
  const answered = await engine.http.inject({
    method: method as 'GET',
    url: target,
    headers,
    ...(body === null ? {} : { payload: body }),
  });
  return { status: answered.statusCode, headers: answered.headers, body: parse(answered.body) };
}

function sendRaw(
  baseUrl: string,
  agent: Agent,
  { method, target, headers, body }: WireCall,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(body.length) };
    const options = { method, path: target, agent, headers: { ...headers, ...length } };
    const request = httpRequest(baseUrl, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(text) });
      });
    });
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

function parse(text: string): unknown {
  return text === '' ? null : JSON.parse(text);
}

// ---- what is expected of refusals

function expectErrorForm({ errorForm, errorType }: DialectClient, { status, headers, body }: Answer): void {
  expect(status, JSON.stringify(body)).not.toBe(500);
  expect(headers['content-type']).toBe(errorType);
  const [isValid, errors] = validatorOf(errorForm).Errors(body);
  expect(isValid, `${JSON.stringify(body)}: ${JSON.stringify(errors)}`).toBe(true);
}

const validators = new Map<object, Schema.Validator>();

function validatorOf(schema: object): Schema.Validator {
  const known = validators.get(schema) ?? Schema.Compile(schema);
  validators.set(schema, known);
  return known;
}

function expectRefusal(client: DialectClient, answer: Answer, [status, code]: Refusal): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expectErrorForm(client, answer);
  expect(client.codeOf(answer.body)).toBe(code);
}

// ---- life

function describeLife(world: World, client: DialectClient): void {
  const { roles } = client;

  /** The endpoint as the wire shows it, through the list where it has no other way; null when it isn't there. */
  async function read(tenant: Tenant, id: string): Promise<JsonObject | null> {
    const listed = (await world.list(tenant)).find((item) => client.idOf(item) === id) ?? null;
    if (roles.read === null) return listed;
    const answer = await world.ask(tenant, tenant.live, roles.read, { id });
    if (answer.status === 200) {
      expect(listed).toEqual(answer.body);
      return answer.body;
    }
    expectRefusal(client, answer, client.refusals.notFound);
    expect(listed).toBeNull();
    return null;
  }

  test('an endpoint is created, read, listed, changed and removed, and then it is not there', async () => {
    const tenant = await world.openTenant();
    expect(await world.list(tenant)).toEqual([]);
    const created = await world.create(tenant);
    const other = client.idOf(await world.create(tenant));
    const id = client.idOf(created);
    const shown = await read(tenant, id);
    expect(shown).not.toBeNull();
    expect(created).toMatchObject(shown ?? {});
    expect(await world.list(tenant)).toHaveLength(2);

    const changed = await world.ask(tenant, tenant.live, roles.change, { id });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    expect(changed.body).toMatchObject(client.changed);
    expect(await read(tenant, id)).toEqual(changed.body);

    const removed = await world.ask(tenant, tenant.live, roles.remove, { id });
    expect(removed.status).toBe(client.removed);
    expect(await read(tenant, id)).toBeNull();
    const before = await world.snapshot(tenant);
    for (const operation of naming(world, client)) {
      const again = await world.ask(tenant, tenant.live, operation, { id });
      expectRefusal(client, again, client.refusals.notFound);
    }
    expect(await world.snapshot(tenant)).toBe(before);
    expect((await world.list(tenant)).map(client.idOf)).toEqual([other]);
  });

  test('every operation of the document does what it says when it is asked rightly', async () => {
    const tenant = await world.openTenant();
    let id = client.idOf(await world.create(tenant));
    for (const operation of world.operations) {
      if (isOfDelivery(operation)) continue;
      const answer = await world.ask(tenant, tenant.live, operation, { id });
      expect(answer.status, `${operation} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
      if (removes(client, operation)) id = client.idOf(await world.create(tenant));
    }
    await world.harness.turn();
  });
}

/** The one dialect that shows deliveries names them in their paths. */
function isOfDelivery(operation: OperationName): boolean {
  return /\/deliveries\/\{/.test(operation);
}

/** The operations about one endpoint. */
function naming({ operations }: World, { namedInBody }: DialectClient): readonly OperationName[] {
  const isAboutOne = (name: OperationName): boolean =>
    namedInBody.includes(name) || (name.includes('{') && !isOfDelivery(name));
  return operations.filter(isAboutOne);
}

// ---- other tenants, the other mode, ids of nobody

function describeStrangers(world: World, client: DialectClient): void {
  const { notFound, idMalformed } = client.refusals;

  /** Asks about `id` and about an id of nobody: whoever asks cannot tell which is which. */
  async function expectUnknown(tenant: Tenant, key: Key, id: string): Promise<void> {
    for (const operation of naming(world, client)) {
      const nobodys = await world.ask(tenant, key, operation, { id: client.unknownId });
      const foreign = await world.ask(tenant, key, operation, { id });
      expectRefusal(client, foreign, notFound);
      expectRefusal(client, nobodys, notFound);
      const told = JSON.stringify(foreign.body).replaceAll(id, client.unknownId);
      expect(told).toBe(JSON.stringify(nobodys.body));
      expect(withoutTrace(foreign.headers)).toEqual(withoutTrace(nobodys.headers));
    }
  }

  test("another tenant's endpoint is told from nobody's by nothing, and stays as it is", async () => {
    const [owner, stranger] = [await world.openTenant(), await world.openTenant()];
    const id = client.idOf(await world.create(owner));
    await world.create(stranger);
    const before = await world.snapshot(owner, stranger);
    await expectUnknown(stranger, stranger.live, id);
    await expectUnknown(stranger, stranger.test, id);
    expect(await world.snapshot(owner, stranger)).toBe(before);
    expect((await world.list(stranger)).map(client.idOf)).not.toContain(id);
    expect((await world.list(owner)).map(client.idOf)).toEqual([id]);
  });

  test('a key of one mode knows nothing of the other', async () => {
    const tenant = await world.openTenant();
    const live = client.idOf(await world.create(tenant, tenant.live));
    const inTest = client.idOf(await world.create(tenant, tenant.test));
    const before = await world.snapshot(tenant);
    expect((await world.list(tenant, tenant.live)).map(client.idOf)).toEqual([live]);
    expect((await world.list(tenant, tenant.test)).map(client.idOf)).toEqual([inTest]);
    await expectUnknown(tenant, tenant.test, live);
    await expectUnknown(tenant, tenant.live, inTest);
    expect(await world.snapshot(tenant)).toBe(before);
  });

  test("another tenant's delivery is told from nobody's by nothing, and stays as it is", async (context) => {
    const operations = world.operations.filter(isOfDelivery);
    if (operations.length === 0) context.skip('no operation of this dialect names a delivery');
    const [owner, stranger] = [await world.openTenant(), await world.openTenant()];
    await world.create(owner);
    const [sample] = world.dialect.events.samples;
    await world.harness.admin('POST', `/tenants/${owner.id}/events`, sample);
    await world.harness.turn();
    const deliveries = `/tenants/${owner.id}/deliveries`;
    const before = (await world.harness.admin('GET', deliveries)).body;
    const [{ id }] = before.data;
    const nobodys = `${id.slice(0, -4)}0000`;
    for (const operation of operations) {
      const mine = await world.ask(owner, owner.live, operation, { id });
      expect(mine.status).toBeLessThan(300);
    }
    await world.harness.turn();
    const after = (await world.harness.admin('GET', deliveries)).body;
    for (const operation of operations) {
      for (const [tenant, key] of [
        [stranger, stranger.live],
        [owner, owner.test],
      ] as const) {
        const foreign = await world.ask(tenant, key, operation, { id });
        expect(foreign.status).toBe(404);
        const unknown = await world.ask(tenant, key, operation, { id: nobodys });
        expect(JSON.stringify(foreign.body).replaceAll(id, nobodys)).toBe(JSON.stringify(unknown.body));
      }
    }
    await world.harness.turn();
    expect((await world.harness.admin('GET', deliveries)).body).toEqual(after);
  });

  test('an id of another form is refused as documented', async () => {
    const tenant = await world.openTenant();
    for (const operation of naming(world, client)) {
      const answer = await world.ask(tenant, tenant.live, operation, { id: 'no-id-of-anything' });
      expectRefusal(client, answer, idMalformed);
    }
  });
}

/** Headers without what differs from one answer to the next. */
function withoutTrace({ ...headers }: Answer['headers']): unknown {
  return { ...headers, 'x-request-id': '', date: '', 'content-length': '' };
}

// ---- credentials

function describeCredentials(world: World, client: DialectClient): void {
  const { keyMissing, keyUnknown, signatureWrong } = client.refusals;

  /** Sends every operation authorized like this: each is refused, and nothing has changed. */
  async function expectAllRefused(
    authorize: (call: WireCall) => WireCall,
    refusals: readonly Refusal[],
    of?: Tenant,
  ): Promise<void> {
    const tenant = of ?? (await world.openTenant());
    const before = await world.snapshot(tenant);
    for (const operation of world.operations) {
      const call = authorize(world.write(tenant, operation));
      const answer = await world.send(call);
      world.check(call, answer);
      const right = refusals.find(([, code]) => code === client.codeOf(answer.body)) ?? refusals[0];
      if (right !== undefined) expectRefusal(client, answer, right);
    }
    expect(await world.snapshot(tenant)).toBe(before);
  }

  test('without credentials nothing is answered', async () => {
    await expectAllRefused((call) => call, [keyMissing]);
  });

  test('with ones that nobody issued, neither', async () => {
    for (const kind of world.dialect.credentialKinds) {
      const made = world.dialect.issueCredential('live', systemRandom, kind);
      await expectAllRefused((call) => world.authorize(call, made), [keyUnknown]);
    }
  });

  test('nor with headers that are no credentials', async () => {
    const texts = ['', 'Bearer', 'Bearer ', 'Basic dTpw', 'x', `Bearer ${'a'.repeat(5000)}`, 'Bearer ÿ'];
    for (const value of texts) {
      const headers = { authorization: value, key: value, sign: value, 'x-integrator-key': value };
      await expectAllRefused(
        (call) => ({ ...call, headers: { ...call.headers, ...headers } }),
        [keyMissing, keyUnknown],
      );
    }
  });

  test('a signature by another secret, or over something else, is refused', async (context) => {
    if (signatureWrong === null) context.skip('requests are not signed in this dialect');
    const tenant = await world.openTenant();
    const wrong: IssuedCredential = { ...tenant.live, secret: 'a'.repeat(32) } as IssuedCredential;
    const refusals = signatureWrong === null ? [] : [signatureWrong];
    await expectAllRefused((call) => world.authorize(call, wrong), refusals, tenant);
    const overOther = (call: WireCall): WireCall => {
      const signed = world.authorize({ ...call, body: Buffer.from('{"other":true}') }, tenant.live);
      return { ...signed, body: call.body };
    };
    await expectAllRefused(overOther, refusals, tenant);
  });

  test('a removed credential ends at once', async () => {
    const tenant = await world.openTenant();
    await world.create(tenant);
    await world.harness.admin('DELETE', `/tenants/${tenant.id}/credentials/${tenant.live.id}`);
    await expectAllRefused((call) => world.authorize(call, tenant.live), [keyUnknown], tenant);
    expect(await world.list(tenant, tenant.test)).toEqual([]);
  });

  test('credentials end with their tenant', async () => {
    const tenant = await world.openTenant();
    await world.create(tenant);
    await world.harness.admin('DELETE', `/tenants/${tenant.id}`);
    await expectAllRefused((call) => world.authorize(call, tenant.live), [keyUnknown], tenant);
  });

  const others = dialectClients.filter(({ name }) => name !== client.name);
  test.each(others.map((other) => [other.name, other] as const))(
    'a credential of a tenant that speaks %s is of no use, in either form',
    async (_name, other) => {
      const { live } = await world.openTenant(other);
      await expectAllRefused((call) => world.authorize(call, live), [keyUnknown, keyMissing]);
      const foreign = (call: WireCall): WireCall => other.authorize(call, live, world.harness.clock.now());
      await expectAllRefused(foreign, [keyUnknown, keyMissing]);
    },
  );
}

// ---- hostile texts

const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '__proto__',
  'constructor',
  'toString',
  '\u202eevil\u202c \u200f\u2066',
  '\ufeff',
  'x'.repeat(10_000),
  '😀👨‍👩‍👧‍👦',
  '😀'.repeat(60),
  "'; drop table endpoints; --",
  '%\' or "1"="1',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00%ff%2e%2e%2f',
  '\r\nx-injected: 1',
  '\u2028\u2029\u0085',
  '{"a":1}',
  '*',
  '1e999',
];

/** A third of them where what is accepted takes long. */
function textsFor({ isCreationSlow, roles }: DialectClient, operation: OperationName): readonly string[] {
  const isSlow = isCreationSlow === true && operation === roles.create;
  return isSlow ? hostileTexts.filter((_text, index) => index % 3 === 1) : hostileTexts;
}

function describeHostileText(world: World, client: DialectClient): void {
  const withBody = Object.keys(client.bodies).filter((name) => client.mirror?.test(name) !== true);

  test.each(withBody)(
    '%s: hostile texts in every field are kept as they are, or refused',
    async (operation) => {
      const [tenant, bystander] = [await world.openTenant(), await world.openTenant()];
      const id = client.idOf(await world.create(tenant));
      await world.create(bystander);
      for (const hostile of textsFor(client, operation)) {
        const right = JSON.parse(String(world.write(tenant, operation, { id }).body)) as JsonObject;
        for (const { path, value } of placesOf(right)) {
          if (typeof value !== 'string') continue;
          for (const text of [hostile, `${value}?x=${hostile}`]) {
            await expectKeptOrRefused(operation, { id, body: put(right, path, text) }, tenant, bystander);
          }
        }
      }
    },
  );

  /** A text that is accepted is told back as it came. */
  async function expectKeptOrRefused(
    operation: OperationName,
    changes: Changes & { body: JsonValue },
    tenant: Tenant,
    bystander: Tenant,
  ): Promise<void> {
    const before = await world.snapshot(tenant, bystander);
    const { status, body } = await world.ask(tenant, tenant.live, operation, changes);
    const after = await world.snapshot(tenant, bystander);
    if (status >= 300) expect(after).toBe(before);
    const isShown = operation === client.roles.create || operation === client.roles.change;
    if (status >= 300 || !isShown) return;
    const endpoint = { ...body };
    const listed = (await world.list(tenant)).find((item) => client.idOf(item) === client.idOf(body));
    expect(endpoint).toMatchObject(listed ?? { 'not-listed': true });
    for (const name of ['url', 'description', 'title', 'callback']) {
      const sent = readText(changes.body, name);
      if (sent !== undefined) expect(endpoint[name]).toBe(sent);
    }
  }

  test.each(withBody)('%s: members that nobody knows', async (operation) => {
    const tenant = await world.openTenant();
    let id = client.idOf(await world.create(tenant));
    for (const name of ['extra', '__proto__', 'constructor', 'toString', '', '\ud800', 'x'.repeat(10_000)]) {
      if (removes(client, operation)) id = client.idOf(await world.create(tenant));
      const right = String(world.write(tenant, operation, { id }).body);
      const body = Buffer.from(`${right.slice(0, -1)},${JSON.stringify(name)}:{"isAdmin":true,"url":"x"}}`);
      const before = await world.snapshot(tenant);
      const { status } = await world.ask(tenant, tenant.live, operation, { id, body });
      if (client.unknownMembers === 'ignored') expect(status, name).toBeLessThan(300);
      else {
        expect(status, name).toBe(400);
        expect(await world.snapshot(tenant)).toBe(before);
      }
    }
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });
}

interface Place {
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

/** Every value inside of `value`. */
function placesOf(value: JsonValue, path: readonly (string | number)[] = []): readonly Place[] {
  const inner = Array.isArray(value)
    ? value.map((item: JsonValue, index): [number, JsonValue] => [index, item])
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return inner.flatMap(([name, item]) => [
    { path: [...path, name], value: item },
    ...placesOf(item, [...path, name]),
  ]);
}

/** A copy with another value at `path`; without the member when the value is undefined. */
function put(whole: JsonValue, path: readonly (string | number)[], value: JsonValue | undefined): JsonValue {
  const copy = structuredClone(whole) as any;
  const last = path.at(-1);
  if (last === undefined) return value ?? null;
  const parent = path.slice(0, -1).reduce((node, name) => node[name], copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy as JsonValue;
}

function readText(body: JsonValue, name: string): string | undefined {
  const found = placesOf(body).find(({ path }) => path.at(-1) === name)?.value;
  return typeof found === 'string' ? found : undefined;
}

// ---- hostile paths

const hostileSegments: readonly string[] = [
  '%ff',
  '%00',
  '%2e%2e%2f',
  '%2e%2e',
  '..',
  '.',
  '%2f',
  '%5c..%5c',
  '%',
  '%zz',
  '%c0%ae%c0%ae',
  '%ed%a0%80',
  '%e2%80%ae',
  '%F0%9F%98%80',
  '__proto__',
  'constructor',
  "'or'1'='1",
  '%27%20or%201%3D1--',
  '%3Cscript%3E',
  '{id}',
  '*',
  '%0d%0ax:1',
  'a;b=c',
  '%25%32%65',
  'a'.repeat(300),
  'a'.repeat(10_000),
  '%41'.repeat(400),
];

function describeHostilePaths(world: World, client: DialectClient): void {
  test('whatever stands where an id should, it is refused as documented and nothing changes', async () => {
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const before = await world.snapshot(tenant);
    const segments = [...hostileSegments, `${id}%00`, `${id}%20`, `%20${id}`, `${id}.json`, `${id}${id}`];
    for (const operation of world.operations.filter((name) => name.includes('{'))) {
      for (const segment of segments) {
        const call = world.write(tenant, operation, { id: segment });
        const answer = await world.send(world.authorize(call, tenant.live), true);
        world.check(call, answer);
        expect([400, 404], `${operation} ${segment}`).toContain(answer.status);
      }
    }
    expect(await world.snapshot(tenant)).toBe(before);
  });

  test('a method that a path does not have is refused with those that it has', async () => {
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const before = await world.snapshot(tenant);
    for (const path of new Set(world.operations.map((name) => name.split(' ')[1]))) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']) {
        if (world.operations.includes(`${method} ${path}`)) continue;
        const call = world.write(tenant, `${method} ${path}`, { id });
        const isBodied = method !== 'GET' && method !== 'TRACE';
        const sent = isBodied ? { ...call, body: Buffer.from('{') } : call;
        const answer = await world.send(world.authorize(sent, tenant.live), true);
        expectRefusal(client, answer, client.refusals.methodUnknown);
        expect(String(answer.headers['allow'])).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
        expect(String(answer.headers['allow'])).not.toContain(method);
      }
    }
    expect(await world.snapshot(tenant)).toBe(before);
  });

  test('a path that is not there is refused in the form of this dialect', async () => {
    const tenant = await world.openTenant();
    for (const target of client.unknownPaths) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const call: WireCall = { method, target, headers: {}, body: null };
        expectRefusal(client, await world.send(call, true), client.refusals.pathUnknown);
        const known = await world.send(world.authorize(call, tenant.live), true);
        expectRefusal(client, known, client.refusals.pathUnknown);
      }
    }
  });
}

// ---- bodies

function describeBodies(world: World, client: DialectClient): void {
  const { create } = client.roles;
  const jsonTypes = [
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'text/plain',
    'application/octet-stream',
  ];

  test.each(jsonTypes)('a creation called %s is read as the JSON that it is', async (type) => {
    const tenant = await world.openTenant();
    const headers = { 'content-type': type };
    expect((await world.ask(tenant, tenant.live, create, { headers })).status).toBe(client.created);
  });

  test('so is one without a content type', async () => {
    const tenant = await world.openTenant();
    const { 'content-type': _none, ...headers } = world.write(tenant, create).headers;
    const call = world.authorize({ ...world.write(tenant, create), headers }, tenant.live);
    expect((await world.send(call, true)).status).toBe(client.created);
  });

  test.each(['json', '/', 'a/b/c', ';', 'multipart/form-data; boundary=x', '\u00ff'])(
    'a content type of %j is read over or refused in the right form',
    async (type) => {
      const tenant = await world.openTenant();
      for (const operation of Object.keys(client.bodies)) {
        await world.ask(tenant, tenant.live, operation, { headers: { 'content-type': type } });
      }
    },
  );

  const crooked: readonly (readonly [string, (right: string) => string])[] = [
    ['nothing', () => ''],
    ['half of it', (right) => right.slice(0, right.length / 2)],
    ['no JSON', () => 'url=https://example.com'],
    ['JSON and more', (right) => `${right}{}`],
    ['deep nesting', (right) => `${right.slice(0, -1)},"x":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['very deep nesting', () => '{"a":'.repeat(40_000)],
    ['NaN', (right) => `${right.slice(0, -1)},"x":NaN}`],
  ];
  test.each(crooked)('a body that is %s is refused, and changes nothing', async (_what, bend) => {
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const before = await world.snapshot(tenant);
    for (const operation of Object.keys(client.bodies)) {
      const body = Buffer.from(bend(String(world.write(tenant, operation, { id }).body)));
      const answer = await world.ask(tenant, tenant.live, operation, { id, body });
      if (answer.status < 300) expect(body.length, operation).toBe(0);
      else expect(answer.status, operation).toBe(400);
    }
    const body = Buffer.from('{"');
    const refused = await world.ask(tenant, tenant.live, create, { body });
    expect(refused.status).toBe(client.refusals.bodyNoJson[0]);
    // A rotation needs no body, and without one it may change the endpoint: nothing else may.
    if (_what !== 'nothing') expect(await world.snapshot(tenant)).toBe(before);
  });

  test('a body over the limit is refused, and changes nothing', async () => {
    const tenant = await world.openTenant();
    const before = await world.snapshot(tenant);
    for (const operation of Object.keys(client.bodies)) {
      const body = Buffer.from(`{"x":"${'x'.repeat(300 * 1024)}"}`);
      const answer = await world.ask(tenant, tenant.live, operation, { body });
      expectRefusal(client, answer, client.refusals.bodyTooLong);
    }
    expect(await world.snapshot(tenant)).toBe(before);
  });

  test('of a key that stands twice the last counts', async () => {
    const tenant = await world.openTenant();
    const right = world.write(tenant, create);
    const body = Buffer.from(String(right.body).replace(/"(url|callback)":/, '"$1":7,"$1":'));
    const answer = await world.ask(tenant, tenant.live, create, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(client.created);
    const bad = Buffer.from(String(right.body).replace(/"(url|callback)":"[^"]*"/, '$&,"$1":7'));
    const before = await world.snapshot(tenant);
    expect((await world.ask(tenant, tenant.live, create, { body: bad })).status).toBe(400);
    expect(await world.snapshot(tenant)).toBe(before);
  });

  test('a host that is none is refused as documented', async () => {
    const tenant = await world.openTenant();
    for (const operation of world.operations) {
      const call = world.authorize(world.write(tenant, operation), tenant.live);
      const answer = await world.send({ ...call, headers: { ...call.headers, host: 'a b/"<>' } }, true);
      world.check(call, answer);
      expect(answer.status).toBe(400);
    }
  });
}

// ---- anything at all

/** Requests per operation and property; few where each may need a new endpoint, and that takes long. */
function countRuns(client: DialectClient, operation: OperationName): number {
  const isMirror = client.mirror?.test(operation) === true;
  const isCreation = operation === client.roles.create || (isMirror && operation.startsWith('POST '));
  if (client.isCreationSlow === true && (isCreation || removes(client, operation))) return isMirror ? 4 : 12;
  return isMirror ? 30 : 100;
}

function describeAnything(world: World, client: DialectClient): void {
  const document = readOperations(client);

  let arena: Promise<Arena> | null = null;

  /** Its own for each property, unless it takes long to furnish. */
  function nextArena(): Promise<Arena> {
    if (client.isCreationSlow !== true) return openArena(world, client);
    return (arena ??= openArena(world, client));
  }

  /** Sends what `arbitrary` makes of an operation: documented, never a failure, and refusals change nothing. */
  async function assertAlways<T>(
    operation: OperationName,
    arbitrary: (tenant: Tenant, ids: Ids) => fc.Arbitrary<T>,
    change: (made: T, ids: Ids) => Changes,
  ): Promise<void> {
    const { tenant, bystander, ids } = await nextArena();
    const untouched = await world.snapshot(bystander);
    let before = await world.snapshot(tenant);
    const property = fc.asyncProperty(arbitrary(tenant, ids), async (made) => {
      const { status } = await world.ask(tenant, tenant.live, operation, change(made, ids));
      if (status < 300) await world.harness.turn();
      const after = await world.snapshot(tenant);
      if (status >= 300) expect(after).toBe(before);
      expect(await world.snapshot(bystander)).toBe(untouched);
      before = after;
      // Removed: the next request shall have something to be about.
      if (status < 300 && removes(client, operation)) {
        ids.endpoint = client.idOf(await world.create(tenant));
        before = await world.snapshot(tenant);
      }
    });
    await fc.assert(property, { numRuns: countRuns(client, operation) });
  }

  test.each(document)('%s: any body', async (operation) => {
    const arbitrary = (tenant: Tenant, { endpoint }: Ids): fc.Arbitrary<Uint8Array> =>
      anyBody(world.write(tenant, operation, { id: endpoint }).body);
    await assertAlways(operation, arbitrary, (body, ids) => ({ id: ids.endpoint, body: renew(body, ids) }));
  });

  test.each(document)('%s: any query', async (operation) => {
    await assertAlways(
      operation,
      () => anyQuery,
      (query, { endpoint }) => ({ id: endpoint, query, isRaw: true }),
    );
  });

  test.each(document.filter((name) => name.includes('{')))('%s: any id', async (operation) => {
    await assertAlways(
      operation,
      () => anySegment,
      (id) => ({ id, isRaw: true }),
    );
  });
}

/** Who asks, with an endpoint in each mode, and who must not notice. */
interface Arena {
  readonly tenant: Tenant;
  readonly bystander: Tenant;
  readonly ids: Ids;
}

async function openArena(world: World, client: DialectClient): Promise<Arena> {
  const [tenant, bystander] = [await world.openTenant(), await world.openTenant()];
  await world.create(bystander);
  await world.create(tenant, tenant.test);
  const first = client.idOf(await world.create(tenant));
  return { tenant, bystander, ids: { first, endpoint: first } };
}

/** The endpoint that requests are about, and the one that they were about before any was removed. */
interface Ids {
  readonly first: string;
  endpoint: string;
}

/** A body that names the first endpoint names the present one. */
function renew(body: Uint8Array, { first, endpoint }: Ids): Uint8Array {
  if (first === endpoint) return body;
  return Buffer.from(Buffer.from(body).toString('latin1').replaceAll(first, endpoint), 'latin1');
}

function removes({ roles, mirror }: DialectClient, operation: OperationName): boolean {
  return operation === roles.remove || (operation.startsWith('DELETE ') && mirror?.test(operation) === true);
}

/** Known before the server runs, so that each is a test of its own; forgiving routes are not described. */
function readOperations({ name }: DialectClient): readonly OperationName[] {
  const dialect = dialects.find((each) => each.name === name);
  const names = (dialect?.operations ?? []).map(({ method, path }) => `${method} ${path}`);
  return names.filter((each) => !each.includes('//'));
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(...hostileTexts),
  fc.webUrl(),
  fc.uuid(),
);

const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  anyText,
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.array(anyText, { maxLength: 5 }),
);

/** Bytes, JSON, and right bodies with one thing about them changed, taken away or added. */
function anyBody(right: Buffer | null): fc.Arbitrary<Uint8Array> {
  const unrelated = fc.oneof(fc.uint8Array({ maxLength: 64 }), anyValue.map(toBytes));
  if (right === null) return unrelated;
  const whole: JsonValue = JSON.parse(right.toString());
  const path = fc.constantFrom(...placesOf(whole).map((place) => place.path));
  const changed = fc.tuple(path, fc.oneof(anyValue, fc.constant(undefined)));
  const added = fc.tuple(anyText, anyValue);
  return fc.oneof(
    { weight: 1, arbitrary: unrelated },
    { weight: 3, arbitrary: changed.map(([at, value]) => toBytes(put(whole, at, value))) },
    { weight: 1, arbitrary: added.map(([name, value]) => addMember(right, name, value)) },
  );
}

function addMember(right: Buffer, name: string, value: JsonValue): Buffer {
  return Buffer.from(`${right.toString().slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`);
}

const queryNames = [
  'limit',
  'offset',
  'cursor',
  'active',
  'enabled',
  'event',
  'event_type',
  'eventType',
  'state',
  'endpoint',
  'since',
  'until',
  '__proto__',
];
const queryValues = [
  '1',
  '0',
  '-1',
  '20',
  '1e3',
  '9'.repeat(40),
  'true',
  'null',
  '*',
  'checkout.failed',
  'payment.failed',
  'bz0w',
  '2026-01-02T03:04:05Z',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00%2B23:59',
];

/** Pairs that may mean something, and characters that may not; never what no HTTP client can send. */
const anyQuery: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(
      fc.tuple(
        fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom(...queryNames) },
          fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
        ),
        fc.oneof(fc.constantFrom(...queryValues), fc.string({ unit: 'grapheme' }).map(encodeURIComponent)),
      ),
      { maxLength: 4 },
    )
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
  fc
    .array(fc.constantFrom(...'%&=+;[]?/\'"<>{}|\\^`~@!$*()0aFf.:,-_'.split('')), { maxLength: 30 })
    .map((characters) => `?${characters.join('')}`),
);

/** What may stand between two slashes of a path, as it is sent. */
const anySegment: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }).map(encodeURIComponent),
  fc.uuid(),
  fc.constantFrom(...hostileSegments),
  fc
    .array(fc.constantFrom(...'%&=+;[]\'"<>{}|\\^`~@!$*()0aFf.:,-_e'.split('')), {
      minLength: 1,
      maxLength: 30,
    })
    .map((characters) => characters.join('')),
);

// ---- every sample, byte for byte

interface DeliveryFixture {
  readonly kind: string;
  readonly event: { readonly type?: string; readonly id?: string; readonly payload?: { $text: string } };
  readonly endpoint: { readonly alias?: string };
  readonly expect: { readonly payload: string };
}

/** When the events of the fixtures happened, and their usual id. */
const fixtureTime = '2026-01-02T03:04:05.678Z';
const fixtureId = 'evt_01kdytp0cd0000000000000003';

function describeSamples(world: World, client: DialectClient): void {
  test('every sample arrives byte for byte as its fixture says, and again when it was refused', async () => {
    const { harness, receiver, dialect } = world;
    const fixtures = readDeliveryFixtures(client);
    const expected = new Map<string, string>();
    receiver.answer = () => 500;
    for (const { type, payload } of dialect.events.samples) {
      const fixture = fixtures.find(({ event }) => isOf(event, type, payload));
      if (fixture === undefined) throw new Error(`no fixture says how the sample ${type} is delivered`);
      const tenant = await world.openTenant();
      const path = await subscribe(tenant, fixture);
      const event = { type, payload, id: fixtureId, occurredAt: fixtureTime };
      const published = await harness.admin('POST', `/tenants/${tenant.id}/events`, event);
      expect(published, JSON.stringify(published.body)).toMatchObject({
        status: 202,
        body: { deliveries: 1 },
      });
      expected.set(path, fixture.expect.payload);
    }
    const heard = (): Receiver['requests'] => receiver.requests.filter(({ path }) => expected.has(path));
    await harness.turn();
    receiver.answer = () => 200;
    const { delaysMs, jitter } = dialect.policy.schedule;
    harness.clock.advance(Math.ceil((delaysMs[1] ?? 0) * (1 + jitter)) + 1);
    await harness.turn();
    expect(heard()).toHaveLength(2 * expected.size);
    for (const [path, payload] of expected) {
      const [first, again] = heard().filter((request) => request.path === path);
      expect(withoutNumber(first?.body)).toBe(withoutNumber(payload));
      expect(again?.body).toBe(first?.body);
    }
    const bodies = new Set(heard().map(({ body }) => body));
    expect(bodies.size).toBe(expected.size);
  });

  /** Where the deliveries of this tenant's new endpoint arrive. */
  async function subscribe(tenant: Tenant, { endpoint }: DeliveryFixture): Promise<string> {
    const text = String(world.write(tenant, client.roles.create).body);
    const named = endpoint.alias === undefined ? text : withRequestId(text, endpoint.alias);
    const answer = await world.ask(tenant, tenant.live, client.roles.create, { body: Buffer.from(named) });
    expect(answer.status, JSON.stringify(answer.body)).toBe(client.created);
    return new URL(answer.body.url ?? answer.body.callback).pathname;
  }
}

function readDeliveryFixtures({ name }: DialectClient): readonly DeliveryFixture[] {
  const folder = `test/fixtures/${name}`;
  const files = readdirSync(folder).filter((file) => /^delivery.*[.]json$/.test(file));
  return files.map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as DeliveryFixture);
}

function isOf(event: DeliveryFixture['event'], type: string, payload: JsonObject): boolean {
  return event.type === type && event.payload?.$text === JSON.stringify(payload);
}

/** The one dialect whose deliveries repeat an id that the client chose. */
function withRequestId(body: string, requestId: string): string {
  return body.replace(/"requestId":"[^"]*"/, `"requestId":"${requestId}"`);
}

/** The same dialect numbers events by their order on the server, which no fixture can know. */
function withoutNumber(body: string | undefined): string | undefined {
  return body?.replace(/^(\{"requestId":"[^"]*","id":)\d+,/, '$10,');
}
