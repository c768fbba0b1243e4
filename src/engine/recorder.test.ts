import { expect, test } from 'vitest';
import { pino } from 'pino';
import type { AttemptResult } from '#store/store.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { claimFor } from '../../test/support/lanes.ts';
import type { TenantId } from '#core/tenant.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { Recorder } from './recorder.ts';
import type { StatsCollector } from './stats.ts';
import type { Targets } from './targets.ts';

function open() {
  const clock = createFakeClock();
  const batches: number[] = [];
  const ignore = (): void => {};
  const metrics = { committed: ignore, stale: ignore, disabled: ignore, attempted: ignore, settled: ignore };
  const record = async (results: readonly AttemptResult[]) => {
    batches.push(results.length);
    return { stale: 0, disabled: [], due: [] };
  };
  const recorder = new Recorder(
    {
      store: { deliveries: { record } as never },
      targets: {} as Targets,
      clock,
      metrics: metrics as unknown as DeliveryMetrics,
      stats: { count: ignore } as unknown as StatsCollector,
      log: pino({ level: 'silent' }),
    },
    { notify: ignore, schedule: ignore },
  );
  const submit = async (count: number, orderingKey: string | null = null): Promise<number[]> => {
    for (let nth = 0; nth < count; nth++) void recorder.record(resultOf(orderingKey));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    return batches;
  };
  return { recorder, clock, submit };
}

function resultOf(orderingKey: string | null): AttemptResult {
  const claim = claimFor('one', 'acme' as TenantId);
  return {
    claim: { ...claim, event: { ...claim.event, orderingKey } },
    attempt: { startedAt: 0, durationMs: 5, number: 1, outcome: 'accepted', status: 200, error: null },
    settlement: { state: 'delivered', dueAt: 0 },
  } as unknown as AttemptResult;
}

test('results are written at once until the recorder gathers', async () => {
  const { submit } = open();
  expect(await submit(1)).toEqual([1]);
});

test('at a low rate results share a commit: they wait 50 ms for others', async () => {
  const { recorder, clock, submit } = open();
  recorder.gather();
  await submit(1);
  clock.advance(49);
  expect(await submit(2)).toEqual([]);
  clock.advance(1);
  expect(await submit(0)).toEqual([3]);
});

test('sixteen results, one with an ordering key, and the end of the worker do not wait', async () => {
  const { recorder, submit } = open();
  recorder.gather();
  expect(await submit(16)).toEqual([16]);
  expect(await submit(1, 'key')).toEqual([16, 1]);
  await submit(2);
  recorder.flush();
  expect(await submit(0)).toEqual([16, 1, 2]);
});
