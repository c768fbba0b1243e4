// Every sample of a dialect is delivered byte for byte as its fixture says.
import { readdirSync, readFileSync } from 'node:fs';
import type { JsonObject } from '#lib/json.ts';
import { expect, test } from 'vitest';
import type { Receiver } from '../support/receiver.ts';
import type { DialectClient } from './dialect-client.ts';
import type { Tenant, World } from './dialect-world.ts';

interface DeliveryFixture {
  readonly kind: string;
  readonly event: { readonly type?: string; readonly id?: string; readonly payload?: { $text: string } };
  readonly endpoint: { readonly alias?: string };
  readonly expect: { readonly payload: string };
}

/** When the events of the fixtures happened, and their usual id. */
const fixtureTime = '2026-01-02T03:04:05.678Z';
const fixtureId = 'evt_01kdytp0cd0000000000000003';

export function describeSamples(world: World, client: DialectClient, fixturesFolder: string): void {
  test('every sample arrives byte for byte as its fixture says, and again when it was refused', async () => {
    const { harness, receiver, dialect } = world;
    const { comparable = (text: string) => text } = client;
    const fixtures = readDeliveryFixtures(fixturesFolder);
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
    const received = (): Receiver['requests'] => receiver.requests.filter(({ path }) => expected.has(path));
    await harness.turn();
    receiver.answer = () => 200;
    const { delaysMs, jitter } = dialect.policy.schedule;
    harness.clock.advance(Math.ceil((delaysMs[1] ?? 0) * (1 + jitter)) + 1);
    await harness.turn();
    expect(received()).toHaveLength(2 * expected.size);
    for (const [path, payload] of expected) {
      const [first, again] = received().filter((request) => request.path === path);
      expect(comparable(first?.body ?? '')).toBe(comparable(payload));
      expect(again?.body).toBe(first?.body);
    }
    const bodies = new Set(received().map(({ body }) => body));
    expect(bodies.size).toBe(expected.size);
  });

  /** Where the deliveries of this tenant's new endpoint arrive. */
  async function subscribe(tenant: Tenant, { endpoint }: DeliveryFixture): Promise<string> {
    const changes = endpoint.alias === undefined ? {} : { newId: endpoint.alias };
    const answer = await world.ask(tenant, tenant.live, client.roles.create, changes);
    expect(answer.status, JSON.stringify(answer.body)).toBe(client.created);
    return new URL(String(client.repeated[client.urlMember]?.(client.itemOf(answer.body)))).pathname;
  }
}

function readDeliveryFixtures(folder: string): readonly DeliveryFixture[] {
  const files = readdirSync(folder).filter((file) => /^delivery.*[.]json$/.test(file));
  return files.map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as DeliveryFixture);
}

function isOf(event: DeliveryFixture['event'], type: string, payload: JsonObject): boolean {
  return event.type === type && event.payload?.$text === JSON.stringify(payload);
}
