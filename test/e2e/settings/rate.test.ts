import { expect, test } from 'vitest';
import { change, harness, openClient, publish, receiver, refusal, register, useServer } from './world.ts';

useServer();

async function publishMany(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({ type: 'a', payload: { index } }));
  const { status } = await harness.admin('POST', '/tenants/acme/events/batch', { events });
  expect(status).toBe(202);
}

/** Steps the clock, and returns how many requests arrive in each of so many seconds. */
async function perSecond(seconds: number, stepMs = 10): Promise<number[]> {
  const counts: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const before = receiver.requests.length;
    for (let ms = 0; ms < 1000; ms += stepMs) {
      await harness.turn();
      harness.clock.advance(stepMs);
    }
    counts.push(receiver.requests.length - before);
  }
  return counts;
}

const isNear = (counts: readonly number[], rate: number): boolean =>
  counts.every((count) => Math.abs(count - rate) <= 1);

test('rateLimit holds the rate while much waits, with little of it in memory', async () => {
  const { rateLimit } = await register({ rateLimit: { perSecond: 10 } });
  expect(rateLimit).toEqual({ perSecond: 10, burst: 1 });
  await publishMany(200);
  const counts = await perSecond(5);
  expect(isNear(counts, 10), counts.join(' ')).toBe(true);
  expect(harness.engine.worker.counts.buffered).toBeLessThanOrEqual(20);
});

test('a lane that waits has a time, so that the loop sleeps until then', async () => {
  await register({ rateLimit: { perSecond: 0.1 } });
  await publishMany(5);
  await harness.turn();
  expect(receiver.requests).toHaveLength(1);
  expect(harness.engine.worker.counts).toMatchObject({ inFlight: 0, buffered: 1 });
  const due = await harness.engine.worker.tick();
  expect(due).toBe(0);
  harness.clock.advance(4999);
  await harness.turn();
  expect(receiver.requests).toHaveLength(1);
  for (let index = 0; index < 3; index++) {
    harness.clock.advance(10_000);
    await harness.turn();
  }
  expect(receiver.requests).toHaveLength(4);
});

test('burst is how many start at once after a quiet time', async () => {
  await register({ rateLimit: { perSecond: 2, burst: 6 } });
  await publishMany(30);
  await perSecond(3);
  expect(receiver.requests.length).toBeGreaterThanOrEqual(10);
  expect(receiver.requests.length).toBeLessThanOrEqual(13);
});

test('retries and redeliveries count', async () => {
  receiver.answer = () => 500;
  await register({ rateLimit: { perSecond: 2 }, retry: { delaysMs: [1000, 1000, 1000], jitter: 0 } });
  await publishMany(10);
  const counts = await perSecond(20, 50);
  expect(Math.max(...counts)).toBeLessThanOrEqual(3);
  expect(receiver.requests).toHaveLength(40);
  receiver.answer = () => 200;
  const { data } = (await harness.admin('GET', '/tenants/acme/deliveries')).body;
  for (const { id } of data) await harness.admin('POST', `/tenants/acme/deliveries/${id}/redeliver`);
  expect(Math.max(...(await perSecond(6, 50)))).toBeLessThanOrEqual(3);
  expect(receiver.requests).toHaveLength(50);
});

test('a change applies to what waits; without a limit all of it is sent', async () => {
  const { id } = await register({ rateLimit: { perSecond: 1 } });
  await publishMany(100);
  expect(isNear(await perSecond(3), 1)).toBe(true);
  await change(id, { rateLimit: { perSecond: 20 } });
  await perSecond(1);
  const counts = await perSecond(2);
  expect(isNear(counts, 20), counts.join(' ')).toBe(true);
  expect((await change(id, { rateLimit: null })).body.rateLimit).toBeNull();
  await perSecond(1);
  expect(receiver.requests).toHaveLength(100);
  await change(id, { rateLimit: { perSecond: 5 } });
  await publishMany(100);
  await perSecond(1);
  const limited = await perSecond(2);
  expect(isNear(limited, 5), limited.join(' ')).toBe(true);
});

test('a limited endpoint does not delay another one of its tenant', async () => {
  await register({ url: `${receiver.url}/slow`, rateLimit: { perSecond: 1 } });
  await register({ url: `${receiver.url}/fast` });
  await publishMany(300);
  await harness.turn();
  const fast = receiver.requests.filter(({ path }) => path === '/fast');
  expect([fast.length, receiver.requests.length]).toEqual([300, 301]);
});

test('inFlightMax bounds the requests in flight', async () => {
  let inFlight = 0;
  const seen: number[] = [];
  receiver.answer = async () => {
    seen.push(++inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
    return 200;
  };
  const { id, inFlightMax } = await register({ inFlightMax: 2 });
  expect(inFlightMax).toBe(2);
  await publishMany(60);
  await harness.turn();
  expect([seen.length, Math.max(...seen)]).toEqual([60, 2]);
  await change(id, { inFlightMax: 1 });
  await publish();
  await harness.turn();
  seen.length = 0;
  await publishMany(60);
  await harness.turn();
  expect([seen.length, Math.max(...seen)]).toEqual([60, 1]);
});

test('what is wrong is refused by name with its limit; both are set by the standard dialect', async () => {
  const { id } = await register();
  const wrong: [object, string][] = [
    [{ rateLimit: {} }, 'rateLimit.perSecond'],
    [{ rateLimit: { perSecond: 0.09 } }, 'rateLimit.perSecond'],
    [{ rateLimit: { perSecond: 1001 } }, 'rateLimit.perSecond'],
    [{ rateLimit: { perSecond: 1, burst: 0 } }, 'rateLimit.burst'],
    [{ rateLimit: { perSecond: 1, burst: 1.5 } }, 'rateLimit.burst'],
    [{ inFlightMax: 0 }, 'inFlightMax'],
    [{ inFlightMax: 1001 }, 'inFlightMax'],
  ];
  for (const [fields, field] of wrong) {
    const [[name, message] = []] = await refusal(id, { ...fields });
    expect(name, JSON.stringify(fields)).toBe(field);
    expect(message).toBeTruthy();
  }
  const client = await openClient();
  const told = { rateLimit: { perSecond: 100, burst: 3 }, inFlightMax: 4 };
  const made = await client('POST', '/endpoints', { url: `${receiver.url}/a`, eventTypes: ['*'], ...told });
  expect(made.body).toMatchObject(told);
  const other = await client('PATCH', `/endpoints/${made.body.id}`, { rateLimit: { perSecond: 100 } });
  expect(other.body.rateLimit).toEqual({ perSecond: 100, burst: 5 });
});
