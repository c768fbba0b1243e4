import { expect, test } from 'vitest';
import { change, harness, openClient, publish, receiver, refusal, register, useServer } from './world.ts';

useServer();

async function onlyDelivery() {
  const { data } = (await harness.admin('GET', '/tenants/acme/deliveries')).body;
  return (await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}`)).body;
}

/** Advances the clock, and returns how many requests have arrived then. */
async function requestsAfter(ms: number): Promise<number> {
  harness.clock.advance(ms);
  await harness.turn();
  return receiver.requests.length;
}

test('timeoutMs ends a request that is not answered in time', async () => {
  receiver.answer = () => 'never';
  const { id, timeoutMs } = await register({ timeoutMs: 1000 });
  expect(timeoutMs).toBe(1000);
  await publish();
  await harness.turn();
  const [attempt] = (await onlyDelivery()).attempts;
  expect(attempt.error).toMatchObject({ code: 'timeout', message: expect.stringContaining('1000 ms') });
  receiver.answer = () => 200;
  expect((await change(id, { timeoutMs: 60_000 })).body.timeoutMs).toBe(60_000);
  expect(await requestsAfter(6000)).toBe(2);
  expect((await onlyDelivery()).state).toBe('delivered');
  expect((await change(id, { timeoutMs: null })).body.timeoutMs).toBeNull();
});

test('retry replaces the schedule of the dialect', async () => {
  receiver.answer = () => 500;
  const { retry } = await register({ retry: { delaysMs: [2000, 10_000], jitter: 0 } });
  expect(retry).toEqual({ delaysMs: [2000, 10_000], jitter: 0, from: 'previous' });
  await publish();
  expect(await requestsAfter(0)).toBe(1);
  expect(await requestsAfter(1999)).toBe(1);
  expect(await requestsAfter(1)).toBe(2);
  expect(await requestsAfter(9999)).toBe(2);
  expect(await requestsAfter(1)).toBe(3);
  const { state, attempts } = await onlyDelivery();
  expect([state, attempts.length]).toEqual(['exhausted', 3]);
});

test('delays can count from the first attempt; jitter is added to them', async () => {
  receiver.answer = () => 500;
  await register({ retry: { delaysMs: [10_000, 30_000], jitter: 0.5, from: 'first' } });
  await publish();
  expect(await requestsAfter(0)).toBe(1);
  expect(await requestsAfter(9999)).toBe(1);
  expect(await requestsAfter(5001)).toBe(2);
  expect(await requestsAfter(14_999)).toBe(2);
  expect(await requestsAfter(15_001)).toBe(3);
});

test('a change of the schedule applies from the next attempt on', async () => {
  receiver.answer = () => 500;
  const { id } = await register({ retry: { delaysMs: [5000, 5000, 5000], jitter: 0 } });
  await publish();
  expect(await requestsAfter(0)).toBe(1);
  await change(id, { retry: { delaysMs: [60_000, 1000], jitter: 0 } });
  expect(await requestsAfter(5000)).toBe(2);
  expect(await requestsAfter(1000)).toBe(3);
  expect((await onlyDelivery()).state).toBe('exhausted');
  expect((await change(id, { retry: { delaysMs: [] } })).body.retry.delaysMs).toEqual([]);
  await publish();
  expect(await requestsAfter(0)).toBe(4);
  expect(await requestsAfter(3_600_000)).toBe(4);
  expect((await change(id, { retry: null })).body.retry).toBeNull();
});

test('what is wrong is refused by name with its limit', async () => {
  const { id } = await register();
  for (const timeoutMs of [999, 60_001, 1000.5, '1000']) {
    expect((await refusal(id, { timeoutMs }))[0]?.[0]).toBe('timeoutMs');
  }
  const days = 86_400_000;
  const wrong: [object, string][] = [
    [{}, 'retry.delaysMs'],
    [{ delaysMs: Array.from({ length: 25 }, () => 1000) }, 'retry.delaysMs'],
    [{ delaysMs: [1000, 999] }, 'retry.delaysMs[1]'],
    [{ delaysMs: [4 * days, 3 * days] }, 'retry.delaysMs'],
    [{ delaysMs: [1000], jitter: 1.1 }, 'retry.jitter'],
    [{ delaysMs: [1000], from: 'last' }, 'retry.from'],
    [{ delaysMs: [2000, 1000], from: 'first' }, 'retry.delaysMs'],
  ];
  for (const [retry, field] of wrong) {
    expect((await refusal(id, { retry }))[0]?.[0], JSON.stringify(retry)).toBe(field);
  }
  expect((await refusal(id, { retry: { delaysMs: [7 * days] } }))[0]?.[1]).toContain('within 7 days');
  expect((await change(id, { retry: { delaysMs: [7 * days], jitter: 0 } })).status).toBe(200);
});

test('both are set by the standard dialect, and by the operator for a platform with its own schedule', async () => {
  const client = await openClient();
  const told = { timeoutMs: 5000, retry: { delaysMs: [1000] } };
  const made = await client('POST', '/endpoints', { url: `${receiver.url}/a`, eventTypes: ['*'], ...told });
  const shown = { delaysMs: [1000], jitter: 0.1, from: 'previous' };
  expect(made.body).toMatchObject({ timeoutMs: 5000, retry: shown });

  receiver.answer = () => 500;
  await harness.admin('POST', '/tenants', { id: 'chipper', name: 'Chip', dialect: 'diddo' });
  await register({ retry: { delaysMs: [1000], jitter: 0 } }, 'chipper');
  await publish({ type: 'checkout.succeeded', payload: {} }, 'chipper');
  expect(await requestsAfter(0)).toBe(1);
  expect(await requestsAfter(1000)).toBe(2);
  expect(await requestsAfter(86_400_000)).toBe(2);
});
