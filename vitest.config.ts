import { defineConfig } from 'vitest/config';

/** Tests that measure. They run one at a time after all others, so that other tests do not affect the figures. */
const measuring = [
  'test/e2e/fairness.test.ts',
  'test/e2e/rate-limit.test.ts',
  'test/chaos/chaos.test.ts',
  'test/attack/attack.test.ts',
  'test/bench/ratio.test.ts',
];

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // What is waited for comes at once on a quiet machine.
  expect: { poll: { timeout: 20_000 } },
  // Tests use real sockets and files, and wait for them: three files at a time keep two cores busy.
  maxWorkers: 3,
};

/** Tests that import other tests, to run them on another store, or that replace modules: each file has its modules for itself. */
const alone = ['test/**/*.{postgres,partitions}.test.ts', 'test/contracts/*.test.ts'];

/** Everything else neither changes globals nor keeps state in modules: files share a process, which loads each module once. */
const units = ['{src,web,packages,scripts}/**/*.test.ts'];

export default defineConfig({
  test: {
    // Temporary folders in memory, one Postgres server for all test files, of which each test gets a database of its own, and one bundle
    // of the server.
    globalSetup: ['test/support/memory-disk.ts', 'test/support/postgres.ts', 'test/support/bundle.ts'],
    reporters: ['default'],
    projects: [
      {
        test: {
          ...shared,
          name: 'units',
          include: units,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'tests',
          include: ['{test,bench,examples}/**/*.test.ts'],
          exclude: [...measuring, ...alone],
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: alone,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'measuring',
          include: measuring,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
