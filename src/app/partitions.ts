// The databases over which tenants are spread, as the configuration names them: listed, and one more entered.
import type { Config } from '#config.ts';
import { systemClock } from '#lib/clock.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { addPartition, listPartitions, type NamedPlace, type Overview } from '#store/open.ts';
import { placeOf, toStartError } from './database.ts';

export type { Overview };

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
