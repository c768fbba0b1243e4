// Hostile texts in every field, and hostile paths.
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { expect, test } from 'vitest';
import type { DialectClient, OperationName, WireCall } from './dialect-client.ts';
import { hostileSegments, hostileTexts, placesOf, put } from './dialect-values.ts';
import { expectRefusal } from './dialect-wire.ts';
import { type Changes, removes, type Tenant, type World } from './dialect-world.ts';

export function describeHostileText(world: World, client: DialectClient): void {
  const withBody = Object.keys(client.bodies).filter((name) => client.isMirror?.(name) !== true);

  test.each(withBody)(
    '%s: hostile texts in every field are kept as they are, or refused',
    async (operation) => {
      const [tenant, bystander] = [await world.openTenant(), await world.openTenant()];
      const id = client.idOf(await world.create(tenant));
      await world.create(bystander);
      for (const hostile of hostileTexts) {
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

  /** A text that is accepted is answered unchanged. */
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
    const { create, change, upsert } = client.roles;
    const isShown = [create, change, upsert].includes(operation);
    if (status >= 300 || !isShown) return;
    const item = client.itemOf(body);
    const listed = (await world.list(tenant)).find((other) => client.idOf(other) === client.idOf(item));
    expect(item).toMatchObject(listed ?? { 'not-listed': true });
    for (const [member, repeated] of Object.entries(client.repeated)) {
      const sent = readText(changes.body, member);
      if (sent !== undefined) expect(repeated(item)).toBe(sent);
    }
  }

  test.each(withBody)('%s: undocumented members', async (operation) => {
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
        expect(status, name).toBe(client.invalid);
        expect(await world.snapshot(tenant)).toBe(before);
      }
    }
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });
}

function readText(body: JsonValue, name: string): string | undefined {
  const found = placesOf(body).find(({ path }) => path.at(-1) === name)?.value;
  return typeof found === 'string' ? found : undefined;
}

export function describeHostilePaths(world: World, client: DialectClient): void {
  test('a hostile text in place of an id is refused as documented and changes nothing', async () => {
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const before = await world.snapshot(tenant);
    const segments = [...hostileSegments, `${id}%00`, `${id}%20`, `%20${id}`, `${id}.json`, `${id}${id}`];
    const { notFound, idMalformed, pathUnknown } = client.refusals;
    const statuses = [notFound[0], idMalformed[0], pathUnknown[0], client.invalid];
    const operations = world.operations.filter((name) => name.includes('{') && name !== client.roles.upsert);
    for (const operation of operations) {
      for (const segment of segments) {
        const call = world.write(tenant, operation, { id: segment });
        const answer = await world.send(world.authorize(call, tenant.live), true);
        world.check(call, answer);
        expect(statuses, `${operation} ${segment}`).toContain(answer.status);
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

  test('an unknown path is refused in the form of this dialect', async () => {
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
