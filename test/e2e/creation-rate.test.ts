// Endpoints that the clients of one tenant create are limited per minute: 429 with `Retry-After`, in each wire form.
import { describe, expect, onTestFinished, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { dialectClients } from '../contracts/dialect-clients.ts';
import { openWorld } from '../contracts/dialect-world.ts';

describe.each(dialectClients.map((client) => [client.name, client] as const))('in %s', (name, client) => {
  test('the third creation of a minute is refused when two are allowed', async () => {
    const dialect = dialects.find((each) => each.name === name);
    if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
    const { world, close } = await openWorld(dialect, client, { CARILLON_ENDPOINTS_PER_MINUTE: '2' });
    onTestFinished(close);
    const { harness, receiver } = world;
    const [tenant, other] = [await world.openTenant(), await world.openTenant()];
    await world.create(tenant, tenant.live);
    await world.create(tenant, tenant.test);
    const refused = await world.ask(tenant, tenant.live, client.roles.create);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
    expect(await world.list(tenant)).toHaveLength(1);
    await world.create(other);
    const imported = { url: `${receiver.url}/operator`, eventTypes: ['*'] };
    expect((await harness.admin('POST', `/tenants/${tenant.id}/endpoints`, imported)).status).toBe(201);
    harness.clock.advance(30_000);
    await world.create(tenant);
  });
});
