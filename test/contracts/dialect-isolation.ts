// Isolation: endpoints and deliveries of another tenant or mode look like ones that do not exist, and stay unchanged.
import { expect, test } from 'vitest';
import type { DialectClient } from './dialect-client.ts';
import { type Answer, expectRefusal } from './dialect-wire.ts';
import { type Key, naming, type Tenant, type World } from './dialect-world.ts';

export function describeIsolation(world: World, client: DialectClient): void {
  const { notFound, idMalformed } = client.refusals;

  /** Asks about `id` and about an id that does not exist: the caller cannot distinguish the answers. */
  async function expectUnknown(tenant: Tenant, key: Key, id: string): Promise<void> {
    for (const operation of naming(world, client)) {
      const missing = await world.ask(tenant, key, operation, { id: client.unknownId });
      const foreign = await world.ask(tenant, key, operation, { id });
      expectRefusal(client, foreign, notFound);
      expectRefusal(client, missing, notFound);
      const shown = textWithoutTrace(foreign).replaceAll(id, client.unknownId);
      expect(shown).toBe(textWithoutTrace(missing));
      expect(withoutTrace(foreign.headers)).toEqual(withoutTrace(missing.headers));
    }
  }

  test("another tenant's endpoint looks like one that does not exist, and stays as it is", async () => {
    const [owner, other] = [await world.openTenant(), await world.openTenant()];
    const id = client.idOf(await world.create(owner));
    await world.create(other);
    const before = await world.snapshot(owner, other);
    await expectUnknown(other, other.live, id);
    await expectUnknown(other, other.test, id);
    expect(await world.snapshot(owner, other)).toBe(before);
    expect((await world.list(other)).map(client.idOf)).not.toContain(id);
    expect((await world.list(owner)).map(client.idOf)).toEqual([id]);
  });

  test('a key of one mode sees nothing of the other mode', async () => {
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

  test("another tenant's delivery looks like one that does not exist, and stays as it is", async (context) => {
    const operations = client.namingDelivery;
    if (operations.length === 0) context.skip('no operation of this dialect names a delivery');
    const [owner, other] = [await world.openTenant(), await world.openTenant()];
    await world.create(owner);
    const [sample] = world.dialect.events.samples;
    await world.harness.admin('POST', `/tenants/${owner.id}/events`, sample);
    await world.harness.turn();
    const deliveries = `/tenants/${owner.id}/deliveries`;
    const before = (await world.harness.admin('GET', deliveries)).body;
    const [{ id }] = before.data;
    const missing = `${id.slice(0, -4)}0000`;
    for (const operation of operations) {
      const mine = await world.ask(owner, owner.live, operation, { id });
      expect(mine.status).toBeLessThan(300);
    }
    await world.harness.turn();
    const after = (await world.harness.admin('GET', deliveries)).body;
    for (const operation of operations) {
      for (const [tenant, key] of [
        [other, other.live],
        [owner, owner.test],
      ] as const) {
        const foreign = await world.ask(tenant, key, operation, { id });
        expect(foreign.status).toBe(notFound[0]);
        const unknown = await world.ask(tenant, key, operation, { id: missing });
        expect(JSON.stringify(foreign.body).replaceAll(id, missing)).toBe(JSON.stringify(unknown.body));
      }
    }
    await world.harness.turn();
    expect((await world.harness.admin('GET', deliveries)).body).toEqual(after);
  });

  test("another tenant's event looks like one that does not exist", async (context) => {
    const { namingEvent = [] } = client;
    if (namingEvent.length === 0) context.skip('no operation of this dialect names an event');
    const [owner, other] = [await world.openTenant(), await world.openTenant()];
    await world.create(owner);
    const [sample] = world.dialect.events.samples;
    await world.harness.admin('POST', `/tenants/${owner.id}/events`, { id: 'known', ...sample });
    for (const operation of namingEvent) {
      expect((await world.ask(owner, owner.live, operation, { id: 'known' })).status).toBeLessThan(300);
      for (const [tenant, key] of [
        [other, other.live],
        [owner, owner.test],
      ] as const) {
        const foreign = await world.ask(tenant, key, operation, { id: 'known' });
        expect(foreign.status).toBe(notFound[0]);
        const unknown = await world.ask(tenant, key, operation, { id: 'other' });
        expect(JSON.stringify(foreign.body).replaceAll('known', 'other')).toBe(JSON.stringify(unknown.body));
      }
    }
  });

  test('an id of another form is refused as documented', async () => {
    const tenant = await world.openTenant();
    for (const operation of naming(world, client)) {
      const answer = await world.ask(tenant, tenant.live, operation, { id: 'No_Id!' });
      expectRefusal(client, answer, idMalformed);
    }
  });
}

/** Headers without what differs from one answer to the next. */
function withoutTrace({ ...headers }: Answer['headers']): unknown {
  return { ...headers, 'x-request-id': '', date: '', 'content-length': '' };
}

/** The body without the request id, which some platforms repeat there. */
function textWithoutTrace({ headers, body }: Answer): string {
  return JSON.stringify(body).replaceAll(String(headers['x-request-id']), '');
}
