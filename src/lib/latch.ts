/**
 * A latch that counts work in progress, as Go's `WaitGroup` does: `wait` resolves when the count is zero. It can be
 * used again and again.
 */
export class Latch {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** One piece of work begins. */
  begin(): void {
    this.#count++;
  }

  /** One piece of work has ended. Work that follows from it must have begun before. */
  end(): void {
    if (--this.#count > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves at once when nothing is in progress. */
  async wait(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
