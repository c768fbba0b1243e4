// Publications in progress: those that are too large for the commit of their batch. They are written one transaction at a
// time, in turn (round robin), so that the commits of all others come between: what is deferred as it stands, what is
// fanned out in pieces. A fan-out is certain from its first commit: it is tried again after an error, and resumed after a
// crash.
import { Fault } from '#core/fault.ts';
import type { Publication, PublicationInProgress, PublicationResult } from '#core/event.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { FanOut, PublishOutcome, Store } from '#store/store.ts';
import type { EndpointId } from '#core/endpoint.ts';

export interface InProgressDeps {
  readonly store: Pick<Store, 'events'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Publishes in a transaction of its own, and hands over what is due. */
  readonly write: (publications: readonly Publication[]) => Promise<PublishOutcome>;
  /** These endpoints have something due in the store. */
  readonly notify: (endpoints: readonly EndpointId[]) => void;
}

type Ending = PromiseWithResolvers<PublicationResult>;

type Turn =
  | { readonly kind: 'deferred'; readonly publication: Publication; readonly ending: Ending }
  | {
      readonly kind: 'fan-out';
      readonly fanOut: FanOut;
      /** The result once all is on disk, and its caller; null for one that is resumed. */
      readonly answer: { readonly result: PublicationResult; readonly ending: Ending } | null;
    };

/** More deferred publications do not fit into one transaction; see `lightMax` in store/decide.ts. */
const deferredMax = 64;
/** Deliveries of a piece: as many as are written in the time that the commits of others may wait for it. */
const piece = { first: 1000, min: 500, max: 8000, targetMs: 30 } as const;
const retryAfterMs = 1000;
/** How often fan-outs of ended processes are looked for. */
const pollMs = 5_000;

export class InProgress {
  readonly #deps: InProgressDeps;
  readonly #results = new Map<number, Promise<PublicationResult>>();
  readonly #stopping = new AbortController();
  #turns: Turn[] = [];
  #running: Promise<void> | null = null;
  #lastId = 0;
  #pieceSize: number = piece.first;

  constructor(deps: InProgressDeps) {
    this.#deps = deps;
  }

  /** Takes over what `write` has not finished. Returns a result or a number for each publication. */
  admit(
    publications: readonly Publication[],
    { results, fanOuts }: PublishOutcome,
  ): (PublicationResult | PublicationInProgress)[] {
    return results.map((result, index) => {
      const isWhole = result.kind !== 'deferred' && !fanOuts.has(index);
      if (isWhole) return result;
      const ending: Ending = Promise.withResolvers();
      // The caller may not have asked yet when it fails.
      ending.promise.catch(() => {});
      this.#results.set(++this.#lastId, ending.promise);
      this.#continue(publications[index] ?? [], result, fanOuts.get(index), ending);
      return { kind: 'in_progress', id: this.#lastId };
    });
  }

  /** See `Backend.published`. */
  async published(id: number): Promise<PublicationResult> {
    const result = this.#results.get(id);
    this.#results.delete(id);
    if (result === undefined) throw new Error(`no publication ${id} is in progress`);
    return result;
  }

  /** Continues what ended processes have left, at the start and now and then. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#deps;
    while (!signal.aborted) {
      const left = await store.events.takeFanOuts().catch((error: unknown) => {
        log.error({ err: error }, 'publish.resume_failed');
        return [];
      });
      for (const fanOut of left) this.#enqueue({ kind: 'fan-out', fanOut, answer: null });
      await clock.sleep(pollMs, signal);
    }
  }

  /** Resolves when nothing is being written. What is left is resumed by the next process. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #continue(
    publication: Publication,
    result: PublishOutcome['results'][number],
    fanOut: FanOut | undefined,
    ending: Ending,
  ): void {
    if (result.kind === 'deferred') this.#enqueue({ kind: 'deferred', publication, ending });
    else if (fanOut === undefined) ending.resolve(result);
    else this.#enqueue({ kind: 'fan-out', fanOut, answer: { result, ending } });
  }

  #enqueue(turn: Turn): void {
    this.#turns.push(turn);
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#turns.length > 0 && !this.#stopping.signal.aborted) {
      // What has arrived during the last transaction is written before the next one.
      await new Promise((resolve) => setImmediate(resolve));
      const [turn] = this.#turns;
      if (turn?.kind === 'deferred') await this.#publishDeferred();
      else if (turn !== undefined) await this.#writePiece(turn);
    }
    this.#running = null;
  }

  async #publishDeferred(): Promise<void> {
    const deferred = this.#turns
      .flatMap((turn) => (turn.kind === 'deferred' ? [turn] : []))
      .slice(0, deferredMax);
    const taken = new Set<Turn>(deferred);
    this.#turns = this.#turns.filter((turn) => !taken.has(turn));
    try {
      const { results, fanOuts } = await this.#deps.write(deferred.map(({ publication }) => publication));
      results.forEach((result, index) => {
        const turn = deferred[index];
        if (turn !== undefined) this.#continue(turn.publication, result, fanOuts.get(index), turn.ending);
      });
    } catch (error) {
      for (const { ending } of deferred) ending.reject(error);
    }
  }

  async #writePiece(turn: Turn & { kind: 'fan-out' }): Promise<void> {
    const { store, clock, log, notify } = this.#deps;
    const { fanOut, answer } = turn;
    this.#turns.shift();
    const startedAt = clock.now();
    try {
      const written = await store.events.fanOut(fanOut, this.#pieceSize, startedAt);
      this.#adapt(clock.now() - startedAt);
      notify(written?.due ?? []);
      if (written === null) answer?.ending.reject(taken());
      else if (written.rest === null) answer?.ending.resolve(answer.result);
      else this.#turns.push({ ...turn, fanOut: written.rest });
    } catch (error) {
      answer?.ending.reject(error);
      log.error({ err: error }, 'publish.piece_failed');
      this.#turns.push({ ...turn, answer: null });
      await clock.sleep(retryAfterMs, this.#stopping.signal);
    }
  }

  /** The time includes what shares the transaction and the thread: pieces are small while both are busy. */
  #adapt(tookMs: number): void {
    const fit = (this.#pieceSize * piece.targetMs) / Math.max(tookMs, 1);
    this.#pieceSize = Math.round(Math.max(piece.min, Math.min(piece.max, fit, this.#pieceSize * 2)));
  }
}

function taken(): Fault {
  return new Fault('unavailable', 'another process writes these events now; send this again in a moment', {
    retryAfterSeconds: 1,
  });
}
