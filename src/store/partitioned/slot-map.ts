// Which partition has which slots. A partition that is new gets slots that no tenant is in: those need no copying.
import { slotCount } from '#core/slot.ts';
import type { SlotMap } from '../store.ts';
import { StoreError } from '../sql.ts';

/** The name of the first partition, the database of DATABASE_URL. */
export const directoryName = 'directory';

/** The map before there is more than one partition. */
export function mapOfOne(): SlotMap {
  return { version: 0, names: [directoryName], slots: new Uint8Array(slotCount), moves: [] };
}

/** The number of a partition. Throws `StoreError`. */
export function numberOf({ names }: Pick<SlotMap, 'names'>, name: string): number {
  const number = names.indexOf(name);
  if (number !== -1) return number;
  throw new StoreError(`there is no partition ${name}; run: carillon partitions list`);
}

/** The next map, in which each of these partitions has a number; the same object when all have one. */
export function withPartitions(
  current: SlotMap | null,
  names: readonly string[],
  used: ReadonlySet<number>,
): SlotMap {
  const known = current ?? mapOfOne();
  const added = names.filter((name) => !known.names.includes(name));
  if (current !== null && added.length === 0) return current;
  const next = {
    version: known.version + 1,
    names: [...known.names, ...added],
    slots: Uint8Array.from(known.slots),
    moves: known.moves,
  };
  for (const name of added) fill(next, next.names.indexOf(name), used);
  return next;
}

/** Gives a partition its share of all slots, as far as others have slots that are empty, from those with the most. */
function fill(
  { names, slots }: Pick<SlotMap, 'names' | 'slots'>,
  number: number,
  used: ReadonlySet<number>,
): void {
  const counts = countSlots({ names, slots });
  const empty = names.map((_, from) =>
    [...slots.keys()].filter((slot) => slots[slot] === from && !used.has(slot)),
  );
  const share = Math.floor(slotCount / names.length);
  while ((counts[number] ?? 0) < share) {
    const giver = names.map((_, one) => one).filter((one) => one !== number && (empty[one]?.length ?? 0) > 0);
    const from = giver.toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))[0];
    const slot = from === undefined ? undefined : empty[from]?.pop();
    if (from === undefined || slot === undefined) return;
    slots[slot] = number;
    counts[from] = (counts[from] ?? 0) - 1;
    counts[number] = (counts[number] ?? 0) + 1;
  }
}

/** How many slots each partition has, under its number. */
export function countSlots({ names, slots }: Pick<SlotMap, 'names' | 'slots'>): number[] {
  const counts = names.map(() => 0);
  for (const number of slots) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}

/** Every partition that has slots must be configured. Throws `StoreError`. */
export function requirePartitions(map: SlotMap, configured: readonly string[]): void {
  const counts = countSlots(map);
  const missing = map.names.filter(
    (name, number) => (counts[number] ?? 0) > 0 && !configured.includes(name) && number > 0,
  );
  if (missing.length === 0) return;
  throw new StoreError(
    `the tenants are spread over partitions that CARILLON_PARTITIONS does not name: ${missing.join(', ')}; name all of them.`,
  );
}
