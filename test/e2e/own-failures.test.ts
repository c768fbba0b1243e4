// What this process could not send for a reason of its own is no attempt: it waits, the operator is told, and nothing is
// held against the receiver.
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import type { Resolve } from '#sending/resolve.ts';
import { boot, type Harness, type StoreKind, testKeys } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const stores: readonly StoreKind[] = ['sqlite', 'postgres'];

describe.each(stores)('on %s', (kind) => {
  let harness: Harness;
  let receiver: Receiver;
  let lines: { msg: string; unsent?: number; code?: string }[];
  let shortage: string | null;

  const resolve: Resolve = async () => {
    if (shortage !== null) throw Object.assign(new Error('no socket'), { code: shortage });
    return [{ address: '127.0.0.1', family: 4 }];
  };

  async function start(code: string): Promise<void> {
    shortage = code;
    lines = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    harness = await boot({}, { resolve, log }, kind);
    receiver = await startReceiver();
    await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const url = receiver.url.replace('127.0.0.1', 'shop.example');
    const endpoint = { url: `${url}/hook`, eventTypes: ['*'] };
    expect((await harness.admin('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
  }

  afterEach(async () => {
    await harness.close();
    await receiver.close();
  });

  const publish = async (id: string): Promise<void> => {
    const event = { id, type: 'a.b', payload: { id } };
    expect((await harness.admin('POST', '/tenants/acme/events', event)).status).toBe(202);
  };
  const deliveries = async (): Promise<any[]> =>
    (await harness.admin('GET', '/tenants/acme/deliveries')).body.data;
  const readiness = () => harness.call('GET', '/readyz', { token: testKeys.adminKeys[0] });
  const unsent = async (what: string): Promise<number> => {
    const text = (await harness.engine.http.inject('/metrics')).body;
    return Number(
      new RegExp(`^carillon_requests_unsent_total\\{shortage="${what}"\\} (\\d+)$`, 'm').exec(text)?.[1],
    );
  };

  test('out of file descriptors, nothing is attempted, and all is delivered at the first attempt later', async () => {
    await start('EMFILE');
    for (const id of ['one', 'two', 'three']) await publish(id);
    // Twenty seconds without a descriptor.
    for (let second = 0; second < 20; second++) {
      await harness.turn();
      harness.clock.advance(1000);
    }
    await harness.turn();
    for (const delivery of await deliveries())
      expect(delivery).toMatchObject({ state: 'pending', attemptCount: 0 });
    const [endpoint] = (await harness.admin('GET', '/tenants/acme/endpoints')).body.data;
    expect(endpoint).toMatchObject({ enabled: true, failureCount: 0, lastFailureAt: null });
    // About one request of the endpoint each second.
    expect(await unsent('descriptors')).toBeGreaterThanOrEqual(20);
    expect(await unsent('descriptors')).toBeLessThanOrEqual(30);
    expect(await readiness()).toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/out of file descriptors: raise the limit/) },
    });
    const told = lines.filter(({ msg }) => msg === 'delivery.not_sent');
    expect(told).toMatchObject([{ code: 'EMFILE', shortage: 'descriptors', unsent: 1 }]);

    shortage = null;
    harness.clock.advance(1000);
    await harness.turn();
    await receiver.until(() => receiver.requests.length >= 3);
    await harness.turn();
    for (const delivery of await deliveries())
      expect(delivery).toMatchObject({ state: 'delivered', attemptCount: 1 });
    harness.clock.advance(6_000);
    expect((await readiness()).status).toBe(200);
  });

  test('one line a minute says how many were not sent', async () => {
    await start('ENOBUFS');
    await publish('one');
    for (let second = 0; second < 130; second++) {
      await harness.turn();
      harness.clock.advance(1000);
    }
    const told = lines.filter(({ msg }) => msg === 'delivery.not_sent');
    expect(told).toHaveLength(3);
    for (const { unsent: count } of told.slice(1)) expect(count).toBeGreaterThanOrEqual(58);
  });

  test('the ports to one receiver are no reason against readiness, and a redelivery stays one', async () => {
    await start('EADDRNOTAVAIL');
    // Each delivery needs a new connection.
    receiver.answer = () => ({ status: 200, headers: { connection: 'close' } });
    await publish('one');
    await harness.turn();
    expect(await unsent('ports')).toBe(1);
    expect((await readiness()).status).toBe(200);
    shortage = null;
    harness.clock.advance(1000);
    await harness.turn();
    const [{ id }] = await deliveries();
    shortage = 'EADDRNOTAVAIL';
    expect((await harness.admin('POST', `/tenants/acme/deliveries/${id}/redeliver`)).status).toBe(202);
    await harness.turn();
    expect(await unsent('ports')).toBe(2);
    shortage = null;
    harness.clock.advance(1000);
    await harness.turn();
    const { attempts } = (await harness.admin('GET', `/tenants/acme/deliveries/${id}`)).body;
    expect(attempts).toMatchObject([
      { number: 1, trigger: 'schedule', outcome: 'accepted' },
      { number: 2, trigger: 'redelivery', outcome: 'accepted' },
    ]);
  });
});
