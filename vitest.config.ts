import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    // The tests open real sockets and real files; two at a time keeps their timing honest on small machines.
    maxWorkers: 2,
  },
});
