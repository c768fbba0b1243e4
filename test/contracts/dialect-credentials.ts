// Whoever has no credential, or a wrong, foreign or ended one, gets no answer and changes nothing.
import type { IssuedCredential } from '#core/caller.ts';
import { systemRandom } from '#lib/random.ts';
import { expect, test } from 'vitest';
import { type DialectClient, dialectClients, type Refusal, type WireCall } from './dialect-clients.ts';
import { expectRefusal } from './dialect-wire.ts';
import type { Tenant, World } from './dialect-world.ts';

export function describeCredentials(world: World, client: DialectClient): void {
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
