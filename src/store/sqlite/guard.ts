// Keeps an open database from acknowledging what the next start would not find: after each commit its files must still be
// at their paths, inside each transaction the file must still be this process's, and no page may be known to be damaged.
import { Fault } from '#core/fault.ts';
import { systemClock } from '#lib/clock.ts';
import { StoreError } from '../sql.ts';
import type { StoreListener, StoreNotice } from '../store.ts';
import type { Database } from './database.ts';
import { OpenFiles } from './files.ts';
import type { Owner } from './owner.ts';

/** How often is looked without a transaction. A process that is asked whether it lives answers within this. */
const tickMs = 250;
const retryAfterSeconds = 1;

export class Guard {
  readonly #db: Database;
  readonly #owner: Owner;
  readonly #files: OpenFiles;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #listeners: StoreListener[] = [];
  #notices: StoreNotice[] = [];
  /** Why nothing may be written; null when it may. */
  #trouble: string | null = null;
  /** Trouble that does not pass while this process runs. */
  #lasting: string | null = null;

  constructor(db: Database, owner: Owner) {
    this.#db = db;
    this.#owner = owner;
    this.#files = new OpenFiles(db.path);
    this.#running = this.#tick();
  }

  /** Inside each transaction, first. Throws the fault `unavailable`. */
  begun(): void {
    if (!this.#owner.holds()) this.fail('another Carillon process has taken over the database');
    this.#refuse();
  }

  /** After each commit. Throws the fault `unavailable`: what was committed may be lost. */
  committed(): void {
    this.#look();
    this.#refuse();
  }

  /** Throws `StoreError` with what is wrong. */
  check(): void {
    this.#look();
    if (this.#trouble !== null) throw new StoreError(this.#trouble);
  }

  /** From now on nothing is written. */
  fail(reason: string): void {
    this.#lasting ??= reason;
    this.#look();
  }

  /** True when the file may be closed as one that is in order. */
  get isSound(): boolean {
    return this.#trouble === null;
  }

  listen(listener: StoreListener): void {
    this.#listeners.push(listener);
    for (const notice of this.#notices.splice(0)) listener.noticed(notice);
  }

  notice(notice: StoreNotice): void {
    if (this.#listeners.length === 0) this.#notices.push(notice);
    for (const listener of this.#listeners) listener.noticed(notice);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #refuse(): void {
    if (this.#trouble === null) return;
    throw new Fault('unavailable', 'the database cannot be written now; see the log of the server', {
      retryAfterSeconds,
      cause: new Error(this.#trouble),
    });
  }

  #look(): void {
    const missing = this.#files.findMissing();
    const trouble =
      this.#lasting ?? (missing === null ? null : 'a file of the database was deleted or replaced');
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === null) {
      this.notice({ level: 'info', event: 'database.usable_again', detail: this.#db.path });
      return;
    }
    const detail = missing === null ? `${this.#db.path}: ${trouble}` : `${missing}: ${trouble}; ${advice}`;
    this.notice({ level: 'error', event: 'database.unusable', detail });
    // What cannot be recorded is not sent: the next process would send it again.
    for (const listener of this.#listeners) listener.leasesLost();
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await systemClock.sleep(tickMs, signal);
      if (signal.aborted) return;
      try {
        this.#look();
        if (this.#trouble === null && this.#owner.hasNews()) this.#db.transaction(() => {});
      } catch {
        // The trouble is known, or the disk fails: the next transaction reports it.
      }
    }
  }
}

const advice =
  'put it back, then the server goes on; or stop the server, run carillon restore <file> with a backup, and start it';
