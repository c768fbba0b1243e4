// What happened in this process that a client may be waiting for: something is due, published or attempted. It is collected
// between two questions of the API thread, which asks again after each answer: one call is open at a time.
import type { News } from '#core/backend.ts';
import type { EndpointId } from '#core/endpoint.ts';

/** Beyond so many endpoints between two questions, all that wait are woken. */
const endpointsMax = 10_000;

export class NewsDesk {
  /** Nothing is collected before the first question. */
  #isAsked = false;
  readonly #due = new Set<EndpointId>();
  #isEverything = false;
  #isPublished = false;
  #isAttempted = false;
  #answer: (() => void) | null = null;

  /** These endpoints have something due, or were changed. */
  due(endpoints: readonly EndpointId[]): void {
    if (!this.#isAsked || endpoints.length === 0) return;
    for (const endpoint of endpoints) this.#due.add(endpoint);
    if (this.#due.size > endpointsMax) {
      this.#due.clear();
      this.#isEverything = true;
    }
    this.#tell();
  }

  published(): void {
    if (!this.#isAsked) return;
    this.#isPublished = true;
    this.#tell();
  }

  attempted(): void {
    if (!this.#isAsked) return;
    this.#isAttempted = true;
    this.#tell();
  }

  /** Resolves when there is something that the answer before did not have. A question ends the one before it. */
  async next(): Promise<News> {
    this.#isAsked = true;
    this.#tell();
    if (!this.#hasNews()) await new Promise<void>((resolve) => (this.#answer = resolve));
    const news: News = {
      due: [...this.#due],
      isEverything: this.#isEverything,
      isPublished: this.#isPublished,
      isAttempted: this.#isAttempted,
    };
    this.#due.clear();
    this.#isEverything = this.#isPublished = this.#isAttempted = false;
    return news;
  }

  #hasNews(): boolean {
    return this.#due.size > 0 || this.#isEverything || this.#isPublished || this.#isAttempted;
  }

  #tell(): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.();
  }
}
