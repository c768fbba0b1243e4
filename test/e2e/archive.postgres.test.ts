// archive.test.ts on Postgres.
import { useStore } from '../support/harness.ts';

useStore('postgres');
await import('./archive.test.ts');
