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
  // Tests use real sockets and files, and wait for them: three files at a time keep two cores busy.
  maxWorkers: 3,
};

/** Rooms whose tests neither change globals nor keep state in modules: they share a process, which loads each module once. */
const units = ['{src,web,packages,scripts}/**/*.test.ts'];

export default defineConfig({
  test: {
    // One Postgres server for all test files, of which each test gets a database of its own, and one bundle of the server.
    globalSetup: ['test/support/postgres.ts', 'test/support/bundle.ts'],
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
          exclude: measuring,
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
