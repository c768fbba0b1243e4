// Circuit breaker of an egress proxy: while it cannot be reached, one connection at a time tries, and all others are told at
// once. Otherwise those that wait for a silent proxy would hold the slots of endpoints that have nothing to do with it.
export class Breaker {
  #isOpen = false;
  #isTrying = false;

  /** False while another connection tries. */
  tryEnter(): boolean {
    if (this.#isOpen && this.#isTrying) return false;
    this.#isTrying = true;
    return true;
  }

  succeeded(): void {
    this.#isOpen = false;
    this.#isTrying = false;
  }

  failed(): void {
    this.#isOpen = true;
    this.#isTrying = false;
  }
}
