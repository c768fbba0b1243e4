// All tests of settings on Postgres.
import { useStore } from '../../support/harness.ts';

useStore('postgres');
await import('./event-types.test.ts');
await import('./filter.test.ts');
await import('./headers.test.ts');
await import('./schedule.test.ts');
await import('./disabling.test.ts');
await import('./rate.test.ts');
await import('./secrets.test.ts');
await import('./notices.test.ts');
await import('./tls.test.ts');
await import('./egress.test.ts');
await import('./transform.test.ts');
await import('./hostile-transforms.test.ts');
