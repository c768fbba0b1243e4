// What the directory has answered, for as long as it cannot be asked: publishing needs to know a key, a credential and the event catalogue.
// Nobody can change them meanwhile. What another process changed just before is not known here, hence the bound.
import { BoundedMap } from '#lib/bounded-map.ts';
import { systemClock } from '#lib/clock.ts';
import { isUnavailable } from './partition.ts';

/** How long an answer counts after it was given. */
const ageMsMax = 15 * 60_000;
const answersMax = 10_000;

export class Remembered {
  readonly #answers = new BoundedMap<string, { readonly value: unknown; readonly at: number }>(answersMax);

  /** Asks; when the directory does not answer, what it answered last. */
  async ask<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    try {
      const value = await work();
      if (value === null) this.#answers.delete(key);
      else this.#answers.set(key, { value, at: systemClock.now() });
      return value;
    } catch (error) {
      const known = isUnavailable(error) ? this.#answers.get(key) : undefined;
      if (known === undefined || systemClock.now() - known.at > ageMsMax) throw error;
      return known.value as Value;
    }
  }

  /** Something was changed: what is asked next must be read. */
  forget(): void {
    this.#answers.clear();
  }
}
