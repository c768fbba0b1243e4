import { defineConfig } from 'vitest/config';

/** Tests that measure: they run alone, after all others, so that they measure the server and not the neighbours. */
const measuring = ['test/e2e/fairness.test.ts', 'test/chaos/chaos.test.ts', 'test/bench/ratio.test.ts'];

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // The tests open real sockets and real files; two files at a time keep their timing honest on small machines.
  maxWorkers: 2,
};

export default defineConfig({
  test: {
    // One Postgres server for all that need one; each test gets a database of its own.
    globalSetup: ['test/support/postgres.ts'],
    reporters: ['default'],
    projects: [
      {
        test: {
          ...shared,
          name: 'tests',
          include: ['{src,test,bench,examples,scripts}/**/*.test.ts'],
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
