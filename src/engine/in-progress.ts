// Publications in progress: those that are too large for the commit of their batch. They are written one transaction at a
// time, in turn (round robin over the tenants, then over what each of them has), so that the commits of all others come
// between: what is deferred as it stands, what is fanned out in pieces. A fan-out is certain from its first commit: it is tried again after an error, and resumed after a
// crash.
import { Fault } from '#core/fault.ts';
import type { Publication, PublicationInProgress, PublicationResult } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import { nextTurn } from '#lib/event-loop.ts';
import { createFailureLog, type LogFailure } from '#lib/failure-log.ts';
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

interface Deferred {
  readonly kind: 'deferred';
  readonly publication: Publication;
  readonly ending: Ending;
}

interface Piecewise {
  readonly kind: 'fan-out';
  readonly fanOut: FanOut;
  /** The result once all is on disk, and its caller; null for one that is resumed. */
  readonly answer: { readonly result: PublicationResult; readonly ending: Ending } | null;
}

type Turn = Deferred | Piecewise;

/** More deferred publications do not fit into one transaction; see `lightMax` in store/decide.ts. */
const deferredMax = 64;
/** Deliveries of a piece: as many as are written in the time that the commits of others may wait for it. */
const piece = { first: 1000, min: 500, max: 8000, targetMs: 30 } as const;
const retryAfterMs = 1000;
/** How often fan-outs of ended processes are looked for. */
const pollMs = 5_000;

export class InProgress {
  readonly #deps: InProgressDeps;
  readonly #failed: LogFailure;
  readonly #results = new Map<number, Promise<PublicationResult>>();
  readonly #stopping = new AbortController();
  /** What each tenant has in progress, in the order of the turns of the tenants. */
  readonly #turns = new Map<TenantId, Turn[]>();
  #running: Promise<void> | null = null;
  #lastId = 0;
  #pieceSize: number = piece.first;

  constructor(deps: InProgressDeps) {
    this.#deps = deps;
    this.#failed = createFailureLog(deps);
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
    const { store, clock } = this.#deps;
    while (!signal.aborted) {
      const left = await store.events.takeFanOuts().catch((error: unknown) => {
        this.#failed('publish.resume_failed', error);
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
    this.#turnsOf(tenantOf(turn)).push(turn);
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#turns.size > 0 && !this.#stopping.signal.aborted) {
      // What has arrived during the last transaction is written before the next one.
      await nextTurn();
      const turn = this.#take();
      if (turn?.kind === 'deferred') await this.#publishDeferred(turn);
      else if (turn !== null) await this.#writePiece(turn);
      if (turn !== null) this.#putLast(tenantOf(turn));
    }
    this.#running = null;
  }

  #turnsOf(tenant: TenantId): Turn[] {
    const known = this.#turns.get(tenant);
    if (known !== undefined) return known;
    const turns: Turn[] = [];
    this.#turns.set(tenant, turns);
    return turns;
  }

  /** Takes the next turn, with `kind` the next one of a tenant whose next turn is of that kind. */
  #take(kind?: Turn['kind']): Turn | null {
    for (const [tenant, turns] of this.#turns) {
      const [turn] = turns;
      if (turn === undefined || (kind !== undefined && turn.kind !== kind)) continue;
      turns.shift();
      this.#putLast(tenant);
      return turn;
    }
    return null;
  }

  /** All other tenants have their turns before this one. */
  #putLast(tenant: TenantId): void {
    const turns = this.#turns.get(tenant) ?? [];
    this.#turns.delete(tenant);
    if (turns.length > 0) this.#turns.set(tenant, turns);
  }

  async #publishDeferred(first: Deferred): Promise<void> {
    const deferred = [first];
    while (deferred.length < deferredMax) {
      const next = this.#take('deferred');
      if (next?.kind !== 'deferred') break;
      deferred.push(next);
    }
    try {
      const { results, fanOuts } = await this.#deps.write(deferred.map(({ publication }) => publication));
      const again: Deferred[] = [];
      for (const [index, turn] of deferred.entries()) {
        const result = results[index];
        if (result === undefined || result.kind === 'deferred') again.push(turn);
        else this.#continue(turn.publication, result, fanOuts.get(index), turn.ending);
      }
      for (const turn of again.toReversed()) this.#turnsOf(tenantOf(turn)).unshift(turn);
    } catch (error) {
      for (const { ending } of deferred) ending.reject(error);
    }
  }

  async #writePiece(turn: Piecewise): Promise<void> {
    const { store, clock, notify } = this.#deps;
    const { fanOut, answer } = turn;
    const startedAt = clock.now();
    try {
      const written = await store.events.fanOut(fanOut, this.#pieceSize, startedAt);
      this.#adapt(clock.now() - startedAt);
      notify(written?.due ?? []);
      if (written === null) answer?.ending.reject(taken());
      else if (written.rest === null) answer?.ending.resolve(answer.result);
      else this.#enqueue({ ...turn, fanOut: written.rest });
    } catch (error) {
      answer?.ending.reject(error);
      this.#failed('publish.piece_failed', error);
      this.#enqueue({ ...turn, answer: null });
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

/** All events of a publication are those of one tenant. */
function tenantOf(turn: Turn): TenantId {
  const [event] = turn.kind === 'deferred' ? turn.publication : turn.fanOut.events;
  if (event === undefined) throw new Error('a publication without events is in progress');
  return event.tenant;
}
