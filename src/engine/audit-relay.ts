// Tells of each entry of the audit log as an event of the operator, for endpoints that name its type. Its id is that of the entry,
// so that several processes, and a second look at the same entries, make one event.
import type { AuditEntry } from '#core/audit.ts';
import type { PublicationResult, Publication } from '#core/event.ts';
import { type Mode, operatorTenant } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import { repeat } from '#lib/poll.ts';
import type { Store } from '#store/store.ts';
import { noticeAudit } from './notices.ts';

export interface AuditRelayDeps {
  readonly store: {
    readonly audit: Pick<Store['audit'], 'list'>;
    readonly endpoints: Pick<Store['endpoints'], 'list'>;
  };
  readonly publish: (publication: Publication) => Promise<PublicationResult>;
  readonly clock: Clock;
  readonly log: Logger;
}

const stepMs = 1_000;
/** A start looks so far back: for what was recorded and not told when the process before it ended. */
const lookBackMs = 24 * 3_600_000;
/** An entry of another process may become visible this much after it was made. */
const lateMs = 60_000;
const pageSize = 200;
/** A start with more entries than these pages tells of the newest. */
const pagesMax = 50;

export class AuditRelay {
  readonly #deps: AuditRelayDeps;
  /** What is told, by id, with its time; those alone that a step may find again. */
  readonly #told = new Map<string, number>();
  /** Null before the first step. */
  #since: number | null = null;

  constructor(deps: AuditRelayDeps) {
    this.#deps = deps;
  }

  /** Returns how many entries were told. */
  async step(): Promise<number> {
    const since = (this.#since ??= await this.#findStart());
    const entries = await this.#findUntold(since);
    const modes = entries.length > 0 ? await this.#findModes() : [];
    for (const entry of entries) {
      const notice = noticeAudit(entry);
      if (modes.includes(notice.mode)) await this.#deps.publish([notice]);
      this.#told.set(entry.id, entry.at);
    }
    const newest = entries.at(-1)?.at ?? 0;
    this.#since = Math.max(since, newest - lateMs);
    for (const [id, at] of this.#told) if (at < this.#since) this.#told.delete(id);
    return entries.length;
  }

  /** Repeats `step` until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await repeat(() => this.step(), { ...this.#deps, everyMs: stepMs, failure: 'audit.step_failed' }, signal);
  }

  /** Where nobody is told, a start looks at the entries alone that the next step finds again. */
  async #findStart(): Promise<number> {
    const modes = await this.#findModes();
    return this.#deps.clock.now() - (modes.length > 0 ? lookBackMs : lateMs);
  }

  /** Those in which an endpoint of the operator may get it: mostly there is none, and publishing to nobody costs a transaction. */
  async #findModes(): Promise<readonly Mode[]> {
    const { endpoints } = this.#deps.store;
    const found: Mode[] = [];
    for (const mode of ['live', 'test'] as const) {
      const query = { eventType: 'audit.recorded', cursor: null, offset: 0, limit: 1 };
      const { items } = await endpoints.list({ tenant: operatorTenant, mode }, query);
      if (items.length > 0) found.push(mode);
    }
    return found;
  }

  /** Oldest first. */
  async #findUntold(since: number): Promise<readonly AuditEntry[]> {
    const found: AuditEntry[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < pagesMax; pages++) {
      const page: Awaited<ReturnType<Store['audit']['list']>> = await this.#deps.store.audit.list(
        { since },
        { cursor, limit: pageSize },
      );
      found.push(...page.items.filter(({ id }) => !this.#told.has(id)));
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    return found.toReversed();
  }
}
