// Every dialect of the server. `npm run new:dialect` adds an import and an entry.
import { calypso } from './calypso/index.ts';
import { chip } from './chip/index.ts';
import { diddo } from './diddo/index.ts';
import type { Dialect } from './dialect.ts';
import { spritz } from './spritz/index.ts';
import { standard } from './standard/index.ts';

export const dialects: readonly Dialect[] = [standard, calypso, chip, diddo, spritz];
