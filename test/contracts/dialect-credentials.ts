// A request without a credential, or with a wrong, foreign or removed one, gets no answer and changes nothing.
import type { IssuedCredential } from '#core/caller.ts';
import { systemRandom } from '#lib/random.ts';
import { expect, test } from 'vitest';
import { type DialectClient, type Refusal, type WireCall, withHeaders } from './dialect-client.ts';
import { dialectClients } from './dialect-clients.ts';
import { credentialHeaders, expectRefusal } from './dialect-wire.ts';
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

  test('a request without a credential is refused', async () => {
    await expectAllRefused((call) => call, [keyMissing]);
  });

  test('a request with a credential that was not issued is refused', async () => {
    for (const kind of world.dialect.credentialKinds) {
      const made = world.dialect.issueCredential('live', systemRandom, kind);
      await expectAllRefused((call) => world.authorize(call, made), [keyUnknown]);
    }
  });

  test('a request with malformed credential headers is refused', async () => {
    const names = ['authorization', ...credentialHeaders(world.dialect, client)];
    const texts = ['', 'Bearer', 'Bearer ', 'Basic dTpw', 'x', `Bearer ${'a'.repeat(5000)}`, 'Bearer ÿ'];
    for (const value of texts) {
      await expectAllRefused(
        (call) => withHeaders(call, Object.fromEntries(names.map((name) => [name, value]))),
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
    const overNothing = (call: WireCall): WireCall => {
      const signed = world.authorize({ ...call, body: null }, tenant.live);
      return { ...signed, body: Buffer.from('{"other":true}') };
    };
    await expectAllRefused(overNothing, refusals, tenant);
  });

  test('a removed credential stops working at once', async () => {
    const tenant = await world.openTenant();
    await world.create(tenant);
    await world.harness.admin('DELETE', `/tenants/${tenant.id}/credentials/${tenant.live.id}`);
    await expectAllRefused((call) => world.authorize(call, tenant.live), [keyUnknown], tenant);
    expect(await world.list(tenant, tenant.test)).toEqual([]);
  });

  test('credentials stop working when their tenant is removed', async () => {
    const tenant = await world.openTenant();
    await world.create(tenant);
    await world.harness.admin('DELETE', `/tenants/${tenant.id}`);
    await expectAllRefused((call) => world.authorize(call, tenant.live), [keyUnknown], tenant);
  });

  const others = dialectClients.filter(({ name }) => name !== client.name);
  test.each(others.map((other) => [other.name, other] as const))(
    'a credential of a tenant with the dialect %s is refused, in the form of either dialect',
    async (_name, other) => {
      const { live } = await world.openTenant(other);
      await expectAllRefused((call) => world.authorize(call, live), [keyUnknown, keyMissing]);
      const foreign = (call: WireCall): WireCall => other.authorize(call, live, world.harness.clock.now());
      await expectAllRefused(foreign, [keyUnknown, keyMissing]);
    },
  );
}
