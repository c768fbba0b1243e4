// The life of an endpoint, and a right request of every operation.
import type { JsonObject } from '#lib/json.ts';
import { expect, test } from 'vitest';
import type { DialectClient } from './dialect-client.ts';
import { expectRefusal } from './dialect-wire.ts';
import { naming, removes, type Tenant, type World } from './dialect-world.ts';

export function describeLife(world: World, client: DialectClient): void {
  const { roles } = client;

  /** The endpoint as the wire shows it, by the list where there is no other way; null when it does not exist. */
  async function read(tenant: Tenant, id: string): Promise<JsonObject | null> {
    const listed = (await world.list(tenant)).find((item) => client.idOf(item) === id) ?? null;
    if (roles.read === null) return listed;
    const answer = await world.ask(tenant, tenant.live, roles.read, { id });
    if (answer.status === 200) {
      expect(listed).toEqual(client.itemOf(answer.body));
      return listed;
    }
    expectRefusal(client, answer, client.refusals.notFound);
    expect(listed).toBeNull();
    return null;
  }

  async function pulled(tenant: Tenant): Promise<string> {
    const body = { kind: 'pull', eventTypes: ['*'] };
    return (await world.harness.admin('POST', `/tenants/${tenant.id}/endpoints`, body)).body.id;
  }

  test('an endpoint is created, read and listed', async () => {
    const tenant = await world.openTenant();
    expect(await world.list(tenant)).toEqual([]);
    const created = await world.create(tenant);
    await world.create(tenant);
    const shown = await read(tenant, client.idOf(created));
    expect(shown).not.toBeNull();
    expect(created).toMatchObject(shown ?? {});
    expect(await world.list(tenant)).toHaveLength(2);
  });

  test('a change shows when the endpoint is read, and changes no other endpoint', async (context) => {
    const { change } = roles;
    if (change === null) {
      context.skip('no operation of this dialect changes an endpoint');
      return;
    }
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const other = client.idOf(await world.create(tenant));
    const untouched = await read(tenant, other);
    const changed = await world.ask(tenant, tenant.live, change, { id });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    expect(client.itemOf(changed.body)).toMatchObject(client.changed);
    expect(await read(tenant, id)).toEqual(client.itemOf(changed.body));
    expect(await read(tenant, other)).toEqual(untouched);
  });

  test('a removed endpoint is gone, and the other endpoint stays', async (context) => {
    const { remove } = roles;
    if (remove === null) {
      context.skip('no operation of this dialect removes an endpoint');
      return;
    }
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const other = client.idOf(await world.create(tenant));
    const removed = await world.ask(tenant, tenant.live, remove, { id });
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

  test('a right request of every documented operation succeeds', async () => {
    const tenant = await world.openTenant();
    let id = client.idOf(await world.create(tenant));
    for (const operation of world.operations) {
      const { namingDelivery, namingEvent = [], namingCheck = [], streaming = [] } = client;
      if ([...namingDelivery, ...namingEvent, ...namingCheck, ...streaming].includes(operation)) continue;
      const about = client.pulling?.includes(operation) ? await pulled(tenant) : id;
      const answer = await world.ask(tenant, tenant.live, operation, { id: about });
      expect(answer.status, `${operation} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
      if (removes(client, operation)) id = client.idOf(await world.create(tenant));
    }
    await world.harness.turn();
  });
}
