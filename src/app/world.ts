// What a server is built with besides its configuration: clock, randomness, log, dialects, and what a test replaces.
import type { Dialect } from '#dialects/dialect.ts';
import { dialects } from '#dialects/index.ts';
import type { SenderOptions } from '#sending/send.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import { type Random, systemRandom } from '#lib/random.ts';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly dialects: readonly Dialect[];
  readonly resolve?: SenderOptions['resolve'];
  readonly ca?: string;
}

/** The system's clock and randomness. */
export function systemWorld(log: Logger): World {
  return { clock: systemClock, random: systemRandom, log, dialects };
}
