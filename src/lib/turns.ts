// Turns: of several queues that write, so many write at once, and the others gather more meanwhile: as large batches as one queue
// would have. One that takes long is not waited for, so that it delays no other by more than that.
import type { Clock } from './clock.ts';

export interface Turns {
  /** Resolves with what ends the turn. */
  take(): Promise<() => void>;
}

export function createTurns({
  atOnce,
  longMs,
  clock,
}: {
  readonly atOnce: number;
  readonly longMs: number;
  readonly clock: Clock;
}): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  const begin = (): (() => void) => {
    const ended = new AbortController();
    const end = (): void => {
      if (ended.signal.aborted) return;
      ended.abort();
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    };
    void clock.sleep(longMs, ended.signal).then(end);
    return end;
  };
  return {
    async take() {
      if (running < atOnce) running++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return begin();
    },
  };
}
