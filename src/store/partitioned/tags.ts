// What is claimed has the number of its partition: its number and its lease mean something there alone.
import type { Partition } from './partition.ts';

export function tag<Claimed extends object>(
  claimed: readonly Claimed[],
  { number }: Pick<Partition<unknown>, 'number'>,
): (Claimed & { readonly partition: number })[] {
  return claimed.map((one) => ({ ...one, partition: number }));
}
