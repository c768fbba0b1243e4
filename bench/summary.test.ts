import { expect, test } from 'vitest';
import { combinedLimit, judge, type Sample, spread, summarize } from './summary.ts';

const bounds = { post: 10_000, ingest: 10_000, sign: 2000 };
const sample = (round: number, name: string, figures: Sample['figures']): Sample => ({
  round,
  name,
  figures,
});

test('the combined limit counts one ingest and `fanOut` requests', () => {
  expect(combinedLimit(20_000, 20_000, 1)).toBe(10_000);
  expect(combinedLimit(20_000, 10_000, 100)).toBeCloseTo(196.08, 2);
});

test('the median of an even number of values is the mean of the middle two', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
});

test('summarize computes ratios within a round', () => {
  const samples = [
    sample(1, 'sqlite', { eventsPerSecond: 4000, ...bounds }),
    sample(1, 'endpoints-10000', { eventsPerSecond: 2000, base: 4000, ...bounds }),
    sample(2, 'sqlite', { eventsPerSecond: 2000, ...bounds, ingest: 2500 }),
    sample(2, 'endpoints-10000', { eventsPerSecond: 2000, base: 2000, ...bounds, ingest: 2500 }),
  ];
  const summary = summarize(samples, 2);
  expect(summary['sqlite']?.['ofLimit']).toEqual({ median: 0.9, min: 0.8, max: 1 });
  expect(summary['endpoints-10000']?.['ofBase']).toEqual({ median: 0.75, min: 0.5, max: 1 });
  expect(summary['limit']?.['eventsPerSecond']?.max).toBe(5000);
});

test('the processor time of several databases is compared with one within a round', () => {
  const samples = [
    sample(1, 'tenants-3', { cpuUs: 300, databaseCpuUs: 100 }),
    sample(1, 'partitions-3', { cpuUs: 320, databaseCpuUs: 120 }),
  ];
  expect(summarize(samples, 2)['partitions-3']?.['cpuOfOne']?.median).toBeCloseTo(1.1, 5);
});

test('the signing limit subtracts the other costs of a delivery', () => {
  const samples = [
    sample(1, 'sqlite', { eventsPerSecond: 4000, cpuUs: 150, benchCpuUs: 50, ...bounds }),
    sample(1, 'rsa', { eventsPerSecond: 1500, ...bounds }),
  ];
  // 2 cores at 1000 µs per signature and 200 µs of other costs: 1667/s.
  expect(summarize(samples, 2)['rsa']?.['ofSigning']?.median).toBeCloseTo(0.9, 5);
});

test('judge says of a target that it is reached, missed, or not measured', () => {
  const [ofLimit, accept, delivered] = judge(
    summarize([sample(1, 'sqlite', { eventsPerSecond: 4000, acceptP99At50: 16, ...bounds })], 2),
  );
  expect(ofLimit).toMatchObject({ measured: 0.8, isReached: true });
  expect(accept).toMatchObject({ measured: 16, isReached: false });
  expect(delivered).toMatchObject({ measured: null, isReached: null });
});
