import { expect, test } from 'vitest';
import { readMetrics } from '#web/lib/metrics-text.ts';
import { checksOf, describeProcess } from './checks.ts';

const statusOf = (text: string): readonly (readonly [string, string])[] =>
  checksOf(readMetrics(text)).map(({ name, status }) => [name, status]);

test('a healthy process passes all checks', () => {
  const text = [
    'carillon_database_usable 1',
    'carillon_paused 0',
    'carillon_oldest_waiting_seconds 0.4',
    'carillon_disk_free_bytes 5e10',
    'carillon_retention_behind_seconds 12',
  ].join('\n');
  expect(checksOf(readMetrics(text)).every(({ status, advice }) => status === 'ok' && advice === '')).toBe(
    true,
  );
  expect(statusOf(text)).toHaveLength(5);
});

test.each([
  ['carillon_database_usable 0', 'database', 'fail'],
  ['carillon_paused 1', 'deliveries', 'warn'],
  ['carillon_oldest_waiting_seconds 60', 'oldest due delivery', 'warn'],
  ['carillon_oldest_waiting_seconds 600', 'oldest due delivery', 'fail'],
  ['carillon_disk_free_bytes 2147483647', 'disk', 'warn'],
  ['carillon_disk_free_bytes 100', 'disk', 'fail'],
  ['carillon_retention_behind_seconds 86400', 'retention', 'fail'],
])('%s: %s is %s', (text, name, status) => {
  expect(statusOf(text)).toEqual([[name, status]]);
  expect(checksOf(readMetrics(text))[0]?.advice).not.toBe('');
});

test('a process tells its role and its versions', () => {
  const text = 'carillon_build_info{version="0.1.0",node="24.1.0",role="worker",process="2"} 1';
  expect(describeProcess(readMetrics(text))).toBe('worker, version 0.1.0, Node 24.1.0');
});
