// engine.test.ts on three databases; with PARTITIONS=long.
import { test } from 'vitest';
import { useStore } from '../support/harness.ts';

if (process.env['PARTITIONS'] === 'long') {
  useStore('partitions');
  await import('./engine.test.ts');
} else test.skip('with PARTITIONS=long');
