// Failed authentications by address, and the limits of a tenant per second and per day.
import { describe, expect, onTestFinished, test } from 'vitest';
import { boot, type Harness, testKeys } from '../support/harness.ts';

async function open(flags: Record<string, string>): Promise<{ harness: Harness; token: string }> {
  const harness = await boot(flags);
  onTestFinished(() => harness.close());
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const { body } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
  return { harness, token: body.token };
}

const wrongKey = `adm_${'a'.repeat(43)}`;

describe('an address with too many failed authentications', () => {
  const flags = { CARILLON_AUTH_FAILURES_PER_MINUTE: '3' };
  const from = (address: string) => ({ 'x-forwarded-for': address });

  test.each([
    ['the admin API', '/admin/v1/tenants', wrongKey],
    ['a dialect', '/v1/endpoints', null],
    ['the portal', '/portal/api/session', 'pst_wrong'],
  ])('is refused by %s until the minute is over, and others are not', async (_, path, given) => {
    const { harness } = await open(flags);
    const { body } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
    await harness.admin('DELETE', `/tenants/acme/credentials/${body.id}`);
    const token = given ?? body.token;
    const ask = (address: string) => harness.call('GET', path, { token, headers: from(address) });
    for (let n = 0; n < 3; n++) expect((await ask('203.0.113.1')).status).toBe(401);
    const refused = await ask('203.0.113.1');
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    expect((await ask('203.0.113.2')).status).toBe(401);
    harness.clock.advance(59_000);
    expect(await ask('203.0.113.1')).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    harness.clock.advance(1000);
    expect((await ask('203.0.113.1')).status).toBe(401);
    const { payload } = await harness.engine.http.inject({ method: 'GET', url: '/metrics' });
    expect(payload).toMatch(/^carillon_authentications_refused_total 2$/m);
  });

  test('passes with a key that was found before, and not with a right one that was not', async () => {
    const { harness, token } = await open(flags);
    const headers = from('203.0.113.1');
    const { body: made } = await harness.admin('POST', '/keys', { name: 'a', scopes: ['read'] });
    const { body: other } = await harness.admin('POST', '/keys', { name: 'b', scopes: ['read'] });
    const { body: late } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
    const statuses = async (): Promise<number[]> => {
      const answers = [
        await harness.call('GET', '/admin/v1/tenants', { token: made.key, headers }),
        await harness.call('GET', '/v1/endpoints', { token, headers }),
        await harness.call('GET', '/admin/v1/tenants', { token: testKeys.adminKeys[0] ?? '', headers }),
      ];
      return answers.map(({ status }) => status);
    };
    expect(await statuses()).toEqual([200, 200, 200]);
    for (let n = 0; n < 3; n++) await harness.call('GET', '/admin/v1/tenants', { token: wrongKey, headers });
    harness.clock.advance(20_000);
    expect(await statuses()).toEqual([200, 200, 200]);
    expect((await harness.call('GET', '/admin/v1/tenants', { token: other.key, headers })).status).toBe(429);
    expect((await harness.call('GET', '/v1/endpoints', { token: late.token, headers })).status).toBe(429);
    harness.clock.advance(40_000);
    expect((await harness.call('GET', '/admin/v1/tenants', { token: other.key, headers })).status).toBe(200);
  });
});

test('a tenant publishes as many events a day as it may, and again after midnight', async () => {
  const { harness } = await open({ CARILLON_EVENTS_PER_DAY: '5' });
  await harness.admin('POST', '/tenants', { id: 'other', name: 'Other', dialect: 'standard' });
  const publish = (count: number, tenant = 'acme') => {
    const events = Array.from({ length: count }, () => ({ type: 'a', payload: {} }));
    return harness.admin('POST', `/tenants/${tenant}/events/batch`, { events });
  };
  expect((await publish(4)).status).toBe(202);
  const refused = await publish(2);
  const untilMidnight = 86_400 - Math.floor((harness.clock.now() % 86_400_000) / 1000);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(Number(refused.headers['retry-after'])).toBe(untilMidnight);
  const wrong = await harness.admin('POST', '/tenants/nobody/events', { type: 'a', payload: {} });
  expect(wrong.status).toBe(404);
  expect((await publish(1)).status).toBe(202);
  expect((await publish(1)).status).toBe(429);
  expect((await publish(5, 'other')).status).toBe(202);
  harness.clock.advance(untilMidnight * 1000);
  expect((await publish(5)).status).toBe(202);
});

test('a tenant makes twice as many requests at once as per second', async () => {
  const { harness, token } = await open({ CARILLON_REQUESTS_PER_SECOND: '2' });
  const ask = async () => harness.call('GET', '/v1/endpoints', { token });
  for (let n = 0; n < 4; n++) expect((await ask()).status).toBe(200);
  expect(await ask()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  harness.clock.advance(1000);
  expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429]);
});
