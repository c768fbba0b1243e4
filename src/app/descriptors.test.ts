import { expect, test } from 'vitest';
import { readConfig } from '#config.ts';
import { divideDescriptors, readOpenFilesMax } from './descriptors.ts';

const postgres = {
  DATABASE_URL: 'postgres://127.0.0.1/carillon',
  CARILLON_ADMIN_KEY: 'k'.repeat(20),
  CARILLON_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
};

test.each([
  ['much', Infinity, {}, { connectionsMax: 10_000, inFlightMax: 2000, socketsKeptMax: 4096 }],
  ['what systemd is told', 65_536, {}, { connectionsMax: 10_000, inFlightMax: 2000, socketsKeptMax: 4096 }],
  ['4096: half for each side', 4096, {}, { connectionsMax: 2000, inFlightMax: 1000, socketsKeptMax: 1000 }],
  ['1024', 1024, {}, { connectionsMax: 464, inFlightMax: 232, socketsKeptMax: 232 }],
  [
    '1024 and few requests in flight: the rest is for connections',
    1024,
    { CARILLON_IN_FLIGHT_MAX: '50' },
    { connectionsMax: 464, inFlightMax: 50, socketsKeptMax: 414 },
  ],
  [
    '1024 and a number of connections',
    1024,
    { CARILLON_CONNECTIONS_MAX: '100' },
    { connectionsMax: 100, inFlightMax: 414, socketsKeptMax: 414 },
  ],
  [
    '1024 and a pool of connections to Postgres',
    1024,
    { ...postgres, CARILLON_DATABASE_POOL: '100' },
    { connectionsMax: 414, inFlightMax: 207, socketsKeptMax: 207 },
  ],
  [
    '1024 and a process that only delivers',
    1024,
    { ...postgres, CARILLON_ROLE: 'worker' },
    { connectionsMax: 64, inFlightMax: 427, socketsKeptMax: 427 },
  ],
  [
    '1024 and a process that delivers nothing',
    1024,
    { ...postgres, CARILLON_ROLE: 'api' },
    { connectionsMax: 918, inFlightMax: 1, socketsKeptMax: 1 },
  ],
  ['fewer than the server needs', 64, {}, { connectionsMax: 1, inFlightMax: 1, socketsKeptMax: 1 }],
])('open files: %s', (_case, openFilesMax, settings, shares) => {
  expect(divideDescriptors(openFilesMax, readConfig(settings, {}))).toEqual(shares);
});

test('the limit of this process is found', () => {
  expect(readOpenFilesMax()).toBeGreaterThan(100);
});
