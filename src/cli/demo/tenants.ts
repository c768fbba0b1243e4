// The demo's requests to the admin API: a tenant for each platform, its events and its deliveries.
import type { Clock } from '#lib/clock.ts';
import type { JsonValue } from '#lib/json.ts';
import type { AdminClient } from '../client.ts';
import type { DemoPlatform, Verify } from './platform.ts';

/** Counts from the server's delivery log, for one platform. */
export interface DeliveryCount {
  readonly deliveries: number;
  readonly delivered: number;
  readonly attempts: number;
}

/** Creates a tenant and a credential; the platform's client then creates an endpoint with it. */
export async function enroll(
  client: AdminClient,
  platform: DemoPlatform,
  place: { readonly hookUrl: string; readonly clock: Clock },
): Promise<Verify> {
  const tenant = tenantOf(platform);
  const { name } = platform;
  await client.call('createTenant', { body: { id: tenant, name: `Demo of ${name}`, dialect: name } });
  const credential = await client.call('createCredential', { params: { tenant }, body: { mode: 'live' } });
  const { hookUrl, clock } = place;
  return platform.register({
    serverUrl: client.origin,
    tenant,
    credential,
    hookUrl,
    now: () => clock.now(),
  });
}

/** One event by one call, as a platform would. */
export async function publishSample(
  client: AdminClient,
  platform: DemoPlatform,
  type: string,
): Promise<void> {
  const payload = await samplePayload(client, platform, type);
  await client.call('publishEvent', { params: { tenant: tenantOf(platform) }, body: { type, payload } });
}

/** The example of the catalogue; where the operator's is empty, that of the dialect. */
async function samplePayload(client: AdminClient, { name }: DemoPlatform, type: string): Promise<JsonValue> {
  const { data } = await client.call('listEventTypes', { query: { dialect: name, limit: 200 } });
  return (
    data.find((one) => one.name === type)?.examples[0] ??
    (await import('#app/samples.ts')).samplePayload(name, type)
  );
}

export async function countDeliveries(client: AdminClient, platform: DemoPlatform): Promise<DeliveryCount> {
  const params = { tenant: tenantOf(platform) };
  const { data } = await client.call('listDeliveries', { params, query: { limit: 200 } });
  return {
    deliveries: data.length,
    delivered: data.filter(({ state }) => state === 'delivered').length,
    attempts: data.reduce((sum, { attemptCount }) => sum + attemptCount, 0),
  };
}

function tenantOf({ name }: DemoPlatform): string {
  return `demo-${name}`;
}
