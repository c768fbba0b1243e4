// admin-keys.test.ts on Postgres.
import { useStore } from '../support/harness.ts';

useStore('postgres');
await import('./admin-keys.test.ts');
