/** A number that is raised by each change of something, and that others wait for (long polling). */
export class Revision {
  #value = 0;
  #next = Promise.withResolvers<number>();

  raise(): void {
    this.#value += 1;
    this.#next.resolve(this.#value);
    this.#next = Promise.withResolvers<number>();
  }

  /** Resolves with the number when it is another one than `known`: at once, or after the next change. */
  after(known: number): Promise<number> {
    return known === this.#value ? this.#next.promise : Promise.resolve(this.#value);
  }
}
