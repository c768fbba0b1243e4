import { expect, test } from 'vitest';
import { createHistogram } from './histogram.ts';

test('a quantile is at most 4 % too high, from microseconds to minutes', () => {
  for (const us of [0, 1, 31, 63, 64, 65, 100, 999, 1000, 12_345, 1_000_000, 59_000_000]) {
    const histogram = createHistogram();
    histogram.record(us);
    const measured = histogram.quantileMs(0.5) ?? NaN;
    expect(measured * 1000).toBeGreaterThanOrEqual(us);
    expect(measured * 1000).toBeLessThanOrEqual(us * 1.04);
  }
});

test('a quantile includes all recorded durations, until clear', () => {
  const histogram = createHistogram();
  expect(histogram.quantileMs(0.99)).toBeNull();
  for (let us = 1000; us <= 100_000; us += 1000) histogram.record(us);
  expect(histogram.quantileMs(0.5)).toBeCloseTo(50, -1);
  expect(histogram.quantileMs(0.99)).toBeCloseTo(99, -1);
  histogram.clear();
  expect(histogram.quantileMs(0.99)).toBeNull();
});
