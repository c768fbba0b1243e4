// What the dialect suite runs in: one server with one receiver, tenants with keys, and a client that asks.
import { Agent } from 'node:http';
import { dialects } from '#dialects/index.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { IssuedCredential } from '#core/caller.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { expect } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { checkResponse } from '../support/openapi-check.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import type { DialectClient, OperationName, Scene, WireCall } from './dialect-clients.ts';
import { type Answer, expectErrorForm, inject, sendRaw, toBytes } from './dialect-wire.ts';

/** A credential with the id by which the operator removes it. */
export type Key = IssuedCredential & { readonly id: string };

export interface Tenant {
  readonly id: string;
  readonly live: Key;
  readonly test: Key;
}

/** What a request has in place of what is right. */
export interface Changes {
  readonly id?: string;
  readonly body?: JsonValue | Uint8Array;
  /** With the question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** By a socket and not injected: nobody tidies the URL on its way. */
  readonly isRaw?: boolean;
}

/** One server with one receiver, and a client that asks it. */
export interface World {
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
  /** All that refused requests could have changed: the endpoints and secrets of these tenants in both modes. */
  snapshot(...tenants: readonly Tenant[]): Promise<string>;
}

export async function openWorld(
  client: DialectClient,
): Promise<{ world: World; close: () => Promise<void> }> {
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
      const kept = tenants.flatMap(({ id }) => [
        readKept(harness, id, 'live'),
        readKept(harness, id, 'test'),
      ]);
      return JSON.stringify(await Promise.all(kept));
    },
  };
  const close = async (): Promise<void> => {
    agent.destroy();
    await harness.close();
    await receiver.close();
  };
  return { world, close };
}

/** All that a tenant has in one mode; from the store and not over HTTP, for it is asked thousands of times. */
async function readKept({ engine: { store } }: Harness, id: string, mode: Mode): Promise<readonly unknown[]> {
  const tenant = id as TenantId;
  const query = { limit: 200, cursor: null, offset: 0 };
  const { items, total } = await store.endpoints.list({ tenant, mode }, query);
  expect(total).toBe(items.length);
  return [items, await store.tenantSecrets.get(tenant, mode)];
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

// ---- which operations do what

/** The one dialect that shows deliveries names them in their paths. */
export function isOfDelivery(operation: OperationName): boolean {
  return /\/deliveries\/\{/.test(operation);
}

/** The operations about one endpoint. */
export function naming({ operations }: World, { namedInBody }: DialectClient): readonly OperationName[] {
  const isAboutOne = (name: OperationName): boolean =>
    namedInBody.includes(name) || (name.includes('{') && !isOfDelivery(name));
  return operations.filter(isAboutOne);
}

export function removes({ roles, mirror }: DialectClient, operation: OperationName): boolean {
  return operation === roles.remove || (operation.startsWith('DELETE ') && mirror?.test(operation) === true);
}
