// The same suite on Postgres.
import { useStore } from '../support/harness.ts';

useStore('postgres');
await import('./chip.test.ts');
