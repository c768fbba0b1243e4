// The databases over which tenants are spread, as the configuration names them: listed, and one more entered.
import type { Config } from '#config.ts';
import { systemClock } from '#lib/clock.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { version } from '#lib/version.ts';
import {
  addPartition,
  type Choice,
  listPartitions,
  type MoveDone,
  moveSlots,
  type NamedPlace,
  type Overview,
  type Plan,
  planMove,
} from '#store/open.ts';
import { placeOf, toStartError } from './database.ts';

export type { Choice, MoveDone, Overview, Plan };

/** Throws `StartError`. */
export function list(config: Config): Promise<Overview> {
  return toStartError(() => listPartitions(placeOf(config)));
}

export interface Added {
  readonly name: string;
  /** Its slots, of 4,096. */
  readonly slots: number;
  /** The names of all partitions that CARILLON_PARTITIONS must have now. */
  readonly partitions: readonly string[];
}

/** Throws `StartError`. */
export function add(config: Config, added: NamedPlace): Promise<Added> {
  return toStartError(async () => {
    const made = { ids: createIdSource(systemRandom), now: systemClock.now() };
    const { names, slots } = await addPartition(placeOf(config), added, made);
    const number = names.indexOf(added.name);
    return {
      name: added.name,
      slots: slots.filter((one) => one === number).length,
      partitions: names.slice(1),
    };
  });
}

/** Throws `StartError`. */
export function plan(config: Config, choice: Choice): Promise<Plan> {
  return toStartError(() => planMove(placeOf(config), choice));
}

interface MoveTerms {
  /** How long requests that are under way are waited for before leases are revoked. */
  readonly drainMs: number;
  readonly onStep: (step: string) => void;
}

/** Throws `StartError`. */
export function move(
  config: Config,
  asked: { readonly slots: readonly number[]; readonly to: string } | 'resume' | 'abort',
  terms: MoveTerms,
): Promise<MoveDone> {
  return toStartError(() => moveSlots(placeOf(config), asked, { clock: systemClock, version, ...terms }));
}
