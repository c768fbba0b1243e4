// The same suite on Postgres.
import { useStore } from '../support/harness.ts';

useStore('postgres');
await import('./tollgate.test.ts');
