// A loop that looks for work: at once after a notification, and else as often as others may have left some.
import type { Clock } from './clock.ts';
import { createFailureLog } from './failure-log.ts';
import type { Logger } from './log.ts';

/** Says when to look. At the start there may be work. */
export class Poll {
  readonly #everyMs: number;
  #isNotified = true;
  #at = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** There is work. */
  notify(): void {
    this.#isNotified = true;
  }

  /** True when it is time to look. Clears the notification before the look: one that comes meanwhile counts again. */
  begin(now: number): boolean {
    if (!this.#isNotified && now < this.#at) return false;
    this.#at = now + this.#everyMs;
    this.#isNotified = false;
    return true;
  }
}

export interface RepeatTerms {
  readonly clock: Clock;
  readonly log: Logger;
  /** Between two steps. */
  readonly everyMs: number;
  /** What the log calls a step that fails; the next one is made as usual. */
  readonly failure: string;
}

/** Repeats `step` until `signal` aborts. */
export async function repeat(
  step: () => Promise<unknown>,
  { clock, log, everyMs, failure }: RepeatTerms,
  signal: AbortSignal,
): Promise<void> {
  const failed = createFailureLog({ clock, log });
  while (!signal.aborted) {
    await step().catch((error: unknown) => failed(failure, error));
    await clock.sleep(everyMs, signal);
  }
}
