// Wrong bodies: mislabelled, cut off, nested, too long, contradictory.
import { expect, test } from 'vitest';
import type { DialectClient } from './dialect-client.ts';
import { expectRefusal } from './dialect-wire.ts';
import type { World } from './dialect-world.ts';

export function describeBodies(world: World, client: DialectClient): void {
  const { urlMember } = client;
  const { create } = client.roles;
  const jsonTypes = [
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'text/plain',
    'application/octet-stream',
  ];

  test.each(jsonTypes)('a creation with the content type %s is read as JSON', async (type) => {
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
    'a content type of %j is ignored or refused in the documented form',
    async (type) => {
      const tenant = await world.openTenant();
      for (const operation of Object.keys(client.bodies)) {
        await world.ask(tenant, tenant.live, operation, { headers: { 'content-type': type } });
      }
    },
  );

  const wrong: readonly (readonly [string, (right: string) => string])[] = [
    ['nothing', () => ''],
    ['half of it', (right) => right.slice(0, right.length / 2)],
    ['no JSON', () => 'url=https://example.com'],
    ['JSON and more', (right) => `${right}{}`],
    ['deep nesting', (right) => `${right.slice(0, -1)},"x":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['very deep nesting', () => '{"a":'.repeat(6_000)],
    ['the deepest nesting', () => '{"a":'.repeat(40_000)],
    ['NaN', (right) => `${right.slice(0, -1)},"x":NaN}`],
  ];
  test.each(wrong)('a body that is %s is refused, and changes nothing', async (_what, bend) => {
    const tenant = await world.openTenant();
    const id = client.idOf(await world.create(tenant));
    const before = await world.snapshot(tenant);
    for (const operation of Object.keys(client.bodies)) {
      const body = Buffer.from(bend(String(world.write(tenant, operation, { id }).body)));
      const answer = await world.ask(tenant, tenant.live, operation, { id, body });
      const { bodyNoJson, bodyTooLong } = client.refusals;
      // Of a signed request, more is not read: its sender is not known before all of the body is there.
      const isLong = client.refusals.signatureWrong !== null && body.length > 32 * 1024;
      if (answer.status < 300) expect(body.length, operation).toBe(0);
      else expect(answer.status, operation).toBe(isLong ? bodyTooLong[0] : bodyNoJson[0]);
    }
    const body = Buffer.from('{"');
    const refused = await world.ask(tenant, tenant.live, create, { body });
    expect(refused.status).toBe(client.refusals.bodyNoJson[0]);
    // A rotation needs no body, and without one it changes the endpoint; no other operation may.
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

  test('the last of a repeated key counts', async () => {
    const tenant = await world.openTenant();
    const right = world.write(tenant, create);
    const body = Buffer.from(String(right.body).replace(`"${urlMember}":`, `"${urlMember}":7,$&`));
    const answer = await world.ask(tenant, tenant.live, create, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(client.created);
    const bad = Buffer.from(
      String(right.body).replace(new RegExp(`"${urlMember}":"[^"]*"`), `$&,"${urlMember}":7`),
    );
    const before = await world.snapshot(tenant);
    expect((await world.ask(tenant, tenant.live, create, { body: bad })).status).toBe(client.invalid);
    expect(await world.snapshot(tenant)).toBe(before);
  });

  test('an invalid Host header is refused as documented', async () => {
    const tenant = await world.openTenant();
    for (const operation of world.operations) {
      const call = world.authorize(world.write(tenant, operation), tenant.live);
      const answer = await world.send({ ...call, headers: { ...call.headers, host: 'a b/"<>' } }, true);
      world.check(call, answer);
      expect(answer.status).toBe(client.invalid);
    }
  });
}
