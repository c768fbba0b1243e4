// What the dialect contract runs on: one server with one receiver, tenants with keys, and a client.
import { Agent } from 'node:http';
import { dialects } from '#dialects/index.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { IssuedCredential } from '#core/caller.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { JsonObject } from '#lib/json.ts';
import type { Resolve } from '#sending/resolve.ts';
import { expect } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { checkResponse } from '../support/openapi-check.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import type { DialectClient, OperationName, Scene, WireCall } from './dialect-client.ts';
import {
  type Answer,
  type CallChanges,
  expectErrorForm,
  inject,
  sendRaw,
  writeCall,
} from './dialect-wire.ts';

/** A credential with the id by which the operator removes it. */
export type Key = IssuedCredential & { readonly id: string };

export interface Tenant {
  readonly id: string;
  readonly live: Key;
  readonly test: Key;
}

export interface Changes extends CallChanges {
  /** The endpoint that the request is about. */
  readonly id?: string;
  /** The client's own id of the endpoint that the request creates. */
  readonly newId?: string;
  /** By a socket and not injected, so that the URL arrives as it is. */
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
  /** Sends an operation and checks the answer against the served document. */
  ask(tenant: Tenant, key: Key, operation: OperationName, changes?: Changes): Promise<Answer>;
  /** A right request of `operation`, with these changes, not yet authorized. */
  write(tenant: Tenant, operation: OperationName, changes?: Changes): WireCall;
  send(call: WireCall, isRaw?: boolean): Promise<Answer>;
  authorize(call: WireCall, key: IssuedCredential): WireCall;
  check(call: WireCall, answer: Answer): void;
  /** A new endpoint, as its creation answers it. */
  create(tenant: Tenant, key?: Key): Promise<JsonObject>;
  list(tenant: Tenant, key?: Key): Promise<readonly JsonObject[]>;
  /** What refused requests could have changed: the endpoints and secrets of these tenants in both modes. */
  snapshot(...tenants: readonly Tenant[]): Promise<string>;
}

/** The only host that the name servers know. Its address is public. */
export const publicHost = 'public.example';

function knowOnly(name: string): Resolve {
  return (host) =>
    host === name
      ? Promise.resolve([{ address: '93.184.216.34', family: 4 }])
      : Promise.reject(new Error(`${host} is unknown`));
}

export async function openWorld(
  dialect: Dialect,
  client: DialectClient,
  flags: Record<string, string> = {},
): Promise<{ world: World; close: () => Promise<void> }> {
  const harness = await boot(flags, {
    dialects: [...dialects.filter(({ name }) => name !== dialect.name), dialect],
    resolve: knowOnly(publicHost),
  });
  const receiver = await startReceiver();
  const baseUrl = await harness.engine.http.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true });
  const { body: document } = await harness.call('GET', `/openapi/${client.name}.json`);
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
      const id = pickId(client, operation, changes);
      const scene: Scene = { tenant: tenant.id, now: harness.clock.now(), url: nextUrl(), id };
      return writeCall(client, operation, scene, changes);
    },
    authorize: (call, key) => client.authorize(call, key, harness.clock.now()),
    send: (call, isRaw = false) => (isRaw ? sendRaw(baseUrl, agent, call) : inject(harness, call)),
    check(call, { status, headers, body }) {
      checkResponse(document, call.method, call.target, status, body);
      // Any of them may hold a secret, as creations, rotations and some lists do.
      expect(headers['cache-control'], `${call.method} ${call.target}`).toBe('no-store');
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
      return client.itemOf(body);
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

/** The id that a request is about. A creation gets a new one where the client chooses the ids. */
function pickId(client: DialectClient, operation: OperationName, { id, newId }: Changes): string {
  const { roles, unknownId } = client;
  const makeId = (): string => client.newId?.() ?? unknownId;
  if (operation === roles.upsert) return newId ?? id ?? makeId();
  return operation === roles.create ? (newId ?? makeId()) : (id ?? unknownId);
}

// ---- which operations do what

/** The operations about one endpoint that exists. */
export function naming({ operations }: World, client: DialectClient): readonly OperationName[] {
  const { namedInBody, namingDelivery, namingEvent = [], namingCheck = [], roles } = client;
  const others = [...namingDelivery, ...namingEvent, ...namingCheck];
  const isAboutOne = (name: OperationName): boolean =>
    namedInBody.includes(name) || (name.includes('{') && !others.includes(name) && name !== roles.upsert);
  return operations.filter(isAboutOne);
}

export function removes({ roles, isMirror }: DialectClient, operation: OperationName): boolean {
  return operation === roles.remove || (operation.startsWith('DELETE ') && isMirror?.(operation) === true);
}
