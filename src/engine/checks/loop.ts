// Makes the checks of receivers that wait in the store. A check survives the process that makes it: its lease ends, and another
// process begins it anew.
import { checkItemNames, type CheckItem, checkMs } from '#core/check.ts';
import { Latch } from '#lib/latch.ts';
import type { Logger } from '#lib/log.ts';
import { Poll, repeat } from '#lib/poll.ts';
import type { ClaimedCheck, Store } from '#store/store.ts';
import type { Targets } from '../targets.ts';
import { makeItems } from './items.ts';
import { skip } from './judge.ts';
import { createRequests, type RequestDeps } from './requests.ts';

export interface CheckDeps extends RequestDeps {
  readonly store: Pick<Store, 'checks'>;
  readonly targets: Pick<Targets, 'get'>;
  readonly log: Logger;
}

/** Checks that a process makes at once. */
const runningMax = 4;
const stepMs = 200;
/** How often the store is polled for checks that other processes have taken in. */
const pollMs = 2_000;

export class CheckLoop {
  readonly #deps: CheckDeps;
  readonly #running = new Latch();
  readonly #poll = new Poll(pollMs);
  #count = 0;
  #isEnding = false;

  constructor(deps: CheckDeps) {
    this.#deps = deps;
  }

  /** Begins what waits. Returns how many that was. */
  async step(): Promise<number> {
    const { store, clock } = this.#deps;
    const now = clock.now();
    if (!this.#poll.begin(now)) return 0;
    let begun = 0;
    for (; this.#count < runningMax; begun++) {
      const claimed = await store.checks.claim(now);
      if (claimed === null) return begun;
      void this.#make(claimed);
    }
    this.#poll.notify();
    return begun;
  }

  /** Repeats `step` until `signal` aborts. What is not finished then is left to another process, or the next start. */
  async run(signal: AbortSignal): Promise<void> {
    await repeat(() => this.step(), { ...this.#deps, everyMs: stepMs, failure: 'check.step_failed' }, signal);
    this.#isEnding = true;
  }

  /** A check was taken in by this process. */
  notify(): void {
    this.#poll.notify();
  }

  /** Resolves when no check is being made. */
  settled(): Promise<void> {
    return this.#running.wait();
  }

  async #make(claimed: ClaimedCheck): Promise<void> {
    const { store, clock, log } = this.#deps;
    this.#count++;
    this.#running.begin();
    try {
      const items = await this.#makeItems(claimed);
      if (!this.#isEnding) await store.checks.finish(claimed, items, clock.now());
    } catch (error) {
      log.error({ err: error, check: claimed.check.id }, 'check.not_finished');
    }
    this.#count--;
    this.#running.end();
  }

  async #makeItems(claimed: ClaimedCheck): Promise<readonly CheckItem[]> {
    const { store, targets, clock, log } = this.#deps;
    const { check } = claimed;
    try {
      const target = await targets.get(check.tenant, check.endpoint, 0);
      if (target === null) return [];
      const requests = createRequests(this.#deps, check, target, clock.now() + checkMs);
      return await makeItems(requests, async (items) => {
        if (!this.#isEnding) await store.checks.note(claimed, items);
      });
    } catch (error) {
      log.error({ err: error, check: check.id }, 'check.failed');
      const finding = skip('The check could not be made; the log of the server has the details.');
      return checkItemNames.map((name) => ({ name, ...finding }));
    }
  }
}
