// Every platform that the demo shows, each with a tenant and an endpoint of its own. Another one is a file like
// these and a line here.
import { calypso } from './demo-calypso.ts';
import { chip } from './demo-chip.ts';
import { diddo } from './demo-diddo.ts';
import type { DemoPlatform } from './demo-platform.ts';
import { spritz } from './demo-spritz.ts';
import { standard } from './demo-standard.ts';

export const demoPlatforms: readonly DemoPlatform[] = [standard, diddo, calypso, chip, spritz];
