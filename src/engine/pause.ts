// Pause: a process that takes in events and answers, and delivers nothing until it is resumed. For looking at a restored
// database before anything is sent. It belongs to the process, and is not stored.
import { aborted } from '#lib/deadline.ts';

export class Pause {
  readonly #resumed = Promise.withResolvers<void>();
  #isPaused: boolean;

  constructor(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (!isPaused) this.#resumed.resolve();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** False when it was not paused. */
  resume(): boolean {
    const wasPaused = this.#isPaused;
    this.#isPaused = false;
    this.#resumed.resolve();
    return wasPaused;
  }

  /** Runs a loop from the end of the pause until `signal` aborts. */
  async run(loop: { run(signal: AbortSignal): Promise<void> }, signal: AbortSignal): Promise<void> {
    await Promise.race([this.#resumed.promise, aborted(signal)]);
    if (!signal.aborted) await loop.run(signal);
  }
}
