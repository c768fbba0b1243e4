// archive.test.ts on three databases.
import { useStore } from '../support/harness.ts';

useStore('partitions');
await import('./archive.test.ts');
