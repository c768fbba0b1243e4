// The platforms of the demo. To add one, add a file like these and a line here.
import { calypso } from './calypso.ts';
import { chip } from './chip.ts';
import { diddo } from './diddo.ts';
import type { DemoPlatform } from './platform.ts';
import { spritz } from './spritz.ts';
import { standard } from './standard.ts';

export const demoPlatforms: readonly DemoPlatform[] = [standard, diddo, calypso, chip, spritz];
