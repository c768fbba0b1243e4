import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { harness, openClient, publish, receiver, register, useServer } from './world.ts';

useServer();

const own = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(64, 8).toString('base64')}`;
const day = 86_400_000;

function lastRequest() {
  const request = receiver.requests.at(-1);
  if (request === undefined) throw new Error('nothing was received');
  return request;
}

/** The secrets that have signed the last request. */
function signersOf(secrets: readonly string[]): string[] {
  const { headers, body } = lastRequest();
  const signatures = String(headers['webhook-signature']).split(' ');
  const over = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return secrets.filter((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return signatures.includes(`v1,${createHmac('sha256', key).update(over).digest('base64')}`);
  });
}

async function deliverOne(): Promise<void> {
  await publish();
  await harness.turn();
}

const at = (id: string, tenant = 'acme') => `/tenants/${tenant}/endpoints/${id}`;
const rotate = (id: string, body: object, tenant?: string) =>
  harness.admin('POST', `${at(id, tenant)}/rotate-secret`, body);
const reveal = (id: string, tenant?: string) => harness.admin('POST', `${at(id, tenant)}/secret/reveal`);

describe('the secret of an endpoint', () => {
  test('can be brought at creation and at rotation, and signs', async () => {
    const { id, secret, previousSecretEndsAt } = await register({ secret: own });
    expect([secret, previousSecretEndsAt]).toEqual([own, null]);
    await deliverOne();
    expect(signersOf([own, other])).toEqual([own]);

    const endsAt = new Date(harness.clock.now() + day).toISOString();
    const rotated = await rotate(id, { secret: other });
    expect(rotated.body).toMatchObject({ secret: other, previousSecretEndsAt: endsAt });
    expect((await harness.admin('GET', at(id))).body).toMatchObject({ previousSecretEndsAt: endsAt });
    await deliverOne();
    expect(signersOf([own, other])).toEqual([own, other]);
    harness.clock.advance(day);
    await deliverOne();
    expect(signersOf([own, other])).toEqual([other]);
    expect((await rotate(id, { overlapSeconds: 0 })).body.previousSecretEndsAt).toBeNull();
  });

  test('is shown again by a request of its own, and by no other', async () => {
    const { id, secret } = await register();
    const shown = await reveal(id);
    expect(shown).toMatchObject({ status: 200, body: { endpoint: id, secret, previousSecretEndsAt: null } });
    expect(shown.headers['cache-control']).toBe('no-store');
    expect((await rotate(id, { secret: own })).body.secret).toBe(own);
    expect((await reveal(id)).body).toMatchObject({ secret: own, previousSecretEndsAt: expect.any(String) });
    expect(JSON.stringify((await harness.admin('GET', at(id))).body)).not.toContain(own);
    expect((await reveal('ep_01kdytp0cd0000000000000001')).status).toBe(404);
    const audit = (await harness.admin('GET', '/audit?command=revealSecret')).body.data;
    expect(audit).toHaveLength(2);
    expect(audit[0]).toMatchObject({ tenant: 'acme', noun: 'endpoint', target: id });
    expect(JSON.stringify(audit)).not.toContain(own);
  });

  test('that does not fit is refused by name with its form, is not repeated, and changes nothing', async () => {
    const { id, secret } = await register();
    const wrong = [
      Buffer.alloc(32).toString('base64'),
      `whsec_${Buffer.alloc(23).toString('base64')}`,
      `whsec_${Buffer.alloc(65).toString('base64')}`,
      `whsec_${'!'.repeat(40)}`,
      'whsec_',
    ];
    const body = { url: `${receiver.url}/b`, eventTypes: ['*'] };
    for (const given of wrong) {
      const refusals = [
        await rotate(id, { secret: given }),
        await harness.admin('POST', '/tenants/acme/endpoints', { ...body, secret: given }),
      ];
      for (const { status, body: problem } of refusals) {
        expect([status, problem.errors[0].field], given).toEqual([400, 'secret']);
        expect(problem.errors[0].message).toContain('24 to 64 bytes in base64');
        if (given.length > 6) expect(JSON.stringify(problem)).not.toContain(given);
      }
    }
    const tooLong = await rotate(id, { secret: 'x'.repeat(1025) });
    expect([tooLong.status, tooLong.body.errors[0].field]).toEqual([400, 'secret']);
    expect((await reveal(id)).body.secret).toBe(secret);
    expect((await harness.admin('GET', '/tenants/acme/endpoints')).body.data).toHaveLength(1);
  });

  test('is brought and shown by the standard dialect', async () => {
    const client = await openClient();
    const made = await client('POST', '/endpoints', {
      url: `${receiver.url}/a`,
      eventTypes: ['*'],
      secret: own,
    });
    expect(made.body.secret).toBe(own);
    const path = `/endpoints/${made.body.id}`;
    const rotated = await client('POST', `${path}/rotate-secret`, { secret: other, overlapSeconds: 60 });
    const endsAt = new Date(harness.clock.now() + 60_000).toISOString();
    expect(rotated.body).toEqual({ id: made.body.id, secret: other, previousSecretEndsAt: endsAt });
    expect((await client('POST', `${path}/secret/reveal`)).body).toEqual(rotated.body);
    expect((await client('GET', path)).body.previousSecretEndsAt).toBe(endsAt);
    const refused = await client('POST', `${path}/rotate-secret`, { secret: 'mine' });
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, 'secret']);
  });

  test('follows the rules of each dialect', async () => {
    for (const dialect of ['chip', 'calypso', 'diddo', 'spritz']) {
      await harness.admin('POST', '/tenants', { id: dialect, name: dialect, dialect });
    }
    const create = (tenant: string, secret: string) =>
      harness.admin('POST', `/tenants/${tenant}/endpoints`, {
        url: `${receiver.url}/${tenant}`,
        eventTypes: ['*'],
        secret,
      });
    expect((await create('diddo', own)).body.secret).toBe(own);
    const merchant = await create('calypso', 'a-secret-of-the-merchant');
    expect(merchant.body).toMatchObject({ secret: 'a-secret-of-the-merchant', previousSecretEndsAt: null });
    // Only the newest key pair signs: there is no overlap to show.
    expect((await rotate(merchant.body.id, {}, 'calypso')).body.previousSecretEndsAt).toBeNull();
    expect((await create('calypso', 'too short')).body.errors[0].message).toContain('16 to 128 characters');
    expect((await create('chip', own)).body.errors[0].message).toContain('RSA key pair');
    expect((await create('spritz', own)).body.errors[0].message).toContain("the tenant's own secret");

    const key = await register({}, 'chip');
    expect((await reveal(key.id, 'chip')).body.detail).toContain('public key');
    const shared = await register({}, 'spritz');
    expect((await reveal(shared.id, 'spritz')).body.detail).toContain("the tenant's own secret");
  });
});

describe('the secret of a tenant', () => {
  const tenant = '/tenants/acme-integrator';
  const payload = { userId: 'u', id: 'acc' };
  const secretOf = (verb: string, body?: object) => harness.admin('POST', `${tenant}/${verb}`, body);

  async function signature() {
    await publish(
      { type: 'account.created', payload, id: `e${receiver.requests.length}` },
      'acme-integrator',
    );
    await harness.turn();
    const { headers, body } = lastRequest();
    const by = (secret: string) => createHmac('sha256', secret).update(body).digest('hex');
    return { header: headers['signature'], by };
  }

  test('is set, made and shown by the operator, and signs for all endpoints of a mode', async () => {
    await harness.admin('POST', '/tenants', { id: 'acme-integrator', name: 'A', dialect: 'spritz' });
    await register({}, 'acme-integrator');
    expect((await secretOf('secret/reveal')).body).toEqual({ mode: 'live', secret: null });
    expect((await signature()).header).toBeUndefined();

    const set = await secretOf('rotate-secret', { secret: 'mine' });
    expect(set).toMatchObject({ status: 200, body: { mode: 'live', secret: 'mine' } });
    const signed = await signature();
    expect(signed.header).toBe(signed.by('mine'));

    const made = (await secretOf('rotate-secret')).body.secret;
    expect(made).toMatch(/^whsec_/);
    const again = await signature();
    expect(again.header).toBe(again.by(made));
    const shown = await secretOf('secret/reveal', { mode: 'live' });
    expect(shown).toMatchObject({ body: { mode: 'live', secret: made } });
    expect(shown.headers['cache-control']).toBe('no-store');
    expect((await secretOf('secret/reveal', { mode: 'test' })).body.secret).toBeNull();
    const audit = (await harness.admin('GET', '/audit?command=revealTenantSecret')).body.data;
    expect(audit).toMatchObject([{ noun: 'tenant-secret', mode: 'live' }]);
  });

  test('is refused where each endpoint has its own, and where it is no secret', async () => {
    for (const verb of ['secret/reveal', 'rotate-secret']) {
      const refused = await harness.admin('POST', `/tenants/acme/${verb}`);
      expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('of its own')]);
      expect((await harness.admin('POST', `/tenants/nobody/${verb}`)).status).toBe(404);
    }
    await harness.admin('POST', '/tenants', { id: 'acme-integrator', name: 'A', dialect: 'spritz' });
    for (const secret of ['', 'x'.repeat(1025)]) {
      const { status, body } = await secretOf('rotate-secret', { secret });
      expect([status, body.errors[0].field]).toEqual([400, 'secret']);
    }
  });
});
