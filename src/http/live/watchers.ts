// Who waits for what: one question to the engine thread is open while anybody waits, and its answer wakes those that it
// concerns. A watcher keeps that it was woken, so that nothing is lost between looking and waiting.
import type { Backend, News } from '#core/backend.ts';
import type { Clock } from '#lib/clock.ts';
import { createFailureLog, type LogFailure } from '#lib/failure-log.ts';
import type { Logger } from '#lib/log.ts';

export interface Watcher {
  /** Resolves when there has been news since the call before, at `until` (Unix ms), or when `signal` aborts. */
  wait(until: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

interface Entry {
  readonly concerns: (news: News) => boolean;
  isWoken: boolean;
  wake: () => void;
}

/** Pause before the engine is asked again when it could not be asked. */
const retryMs = 1_000;

export class Watchers {
  readonly #deps: { readonly backend: Pick<Backend, 'news'>; readonly clock: Clock };
  readonly #failed: LogFailure;
  readonly #entries = new Set<Entry>();
  #isAsking = false;

  constructor(deps: { backend: Pick<Backend, 'news'>; clock: Clock; log: Logger }) {
    this.#deps = deps;
    this.#failed = createFailureLog(deps);
  }

  watch(concerns: (news: News) => boolean): Watcher {
    const entry: Entry = { concerns, isWoken: false, wake: () => {} };
    this.#entries.add(entry);
    if (!this.#isAsking) void this.#ask();
    return {
      wait: (until, signal) => this.#wait(entry, until, signal),
      close: () => void this.#entries.delete(entry),
    };
  }

  async #wait(entry: Entry, until: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const woken = new Promise<void>((resolve) => (entry.wake = resolve));
    if (!entry.isWoken && !signal.aborted) {
      const sleeping = new AbortController();
      const both = AbortSignal.any([signal, sleeping.signal]);
      await Promise.race([woken, clock.sleep(Math.max(0, until - clock.now()), both)]);
      sleeping.abort();
    }
    entry.isWoken = false;
  }

  /** Ends when nobody waits; the answer that is open then is for the next one. */
  async #ask(): Promise<void> {
    const { backend, clock } = this.#deps;
    this.#isAsking = true;
    while (this.#entries.size > 0) {
      try {
        const news = await backend.news();
        for (const entry of this.#entries) {
          if (!entry.concerns(news)) continue;
          entry.isWoken = true;
          entry.wake();
        }
      } catch (error) {
        this.#failed('live.news_failed', error);
        await clock.sleep(retryMs);
      }
    }
    this.#isAsking = false;
  }
}
