// The outbox relay: publishes the rows of an outbox table in their order, and deletes each after its event is on disk. When it dies
// between, the row is published again under the same id, which publishes nothing twice. One relay of a table works at a time; others
// stand by.
import type pg from 'pg';
import type { Clock } from '#lib/clock.ts';
import { connect } from './connection.ts';
import { channelOf, type OutboxEvent, type OutboxRow, toEvent } from './table.ts';

/** What the server says of a publication of events of one tenant: all of them, or none. */
export type Published =
  { readonly kind: 'published' } | { readonly kind: 'refused'; readonly reason: string };

export interface RelayOptions {
  /** Of the platform's database. */
  readonly url: string;
  readonly table: string;
  /** Rejects when it should be tried again later. */
  readonly publish: (tenant: string, events: readonly OutboxEvent[]) => Promise<Published>;
  readonly clock: Clock;
  readonly report: (news: RelayNews) => void;
  /** When the oldest row that waits was inserted, at each look; null when none waits, or another relay publishes. */
  readonly waiting?: (oldestAt: number | null) => void;
}

export type RelayNews =
  | { readonly kind: 'leading' }
  | { readonly kind: 'standing_by' }
  | { readonly kind: 'published'; readonly count: number; readonly lagMs: number }
  | { readonly kind: 'refused'; readonly row: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly againMs: number };

/** Rows of one transaction. Half of the bytes that one publication may have, since a payload may have 1 MiB. */
const rowsMax = 500;
const bytesMax = 4 * 1024 * 1024;
/** How often the table is read without a notification, and how often a relay that stands by tries to lead. */
const pollMs = 1_000;
const retryMs = { min: 500, max: 30_000 } as const;

/** Repeats until `signal` aborts: rows are published within milliseconds of their commit. */
export async function runRelay(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const { clock, report } = options;
  let againMs: number = retryMs.min;
  while (!signal.aborted) {
    let relay: Relay | null = null;
    try {
      relay = new Relay(options, await connect(options.url));
      await relay.listen();
      while (!signal.aborted) {
        const count = await relay.step();
        againMs = retryMs.min;
        if (count === 0) await relay.wait(signal);
      }
    } catch (error) {
      report({ kind: 'failed', reason: messageOf(error), againMs });
      await clock.sleep(againMs, signal);
      againMs = Math.min(againMs * 2, retryMs.max);
    } finally {
      await relay?.close();
    }
  }
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #client: pg.Client;
  #isLeading = false;
  #isStandingBy = false;
  /** Resolves the present wait. */
  #wake: () => void = () => {};
  #isNotified = false;

  constructor(options: RelayOptions, client: pg.Client) {
    this.#options = options;
    this.#client = client;
    // A lost connection also fails the statement that is under way, or the next one.
    this.#client.on('error', () => this.#notified());
    this.#client.on('notification', () => this.#notified());
  }

  async listen(): Promise<void> {
    await this.#client.query(`listen ${channelOf(this.#options.table)}`);
  }

  /** Publishes the next rows. Returns how many were published or refused. Rejects when they should be tried again later. */
  async step(): Promise<number> {
    const { report, clock, waiting = () => {} } = this.#options;
    if (!(await this.#lead())) {
      waiting(null);
      return 0;
    }
    const client = this.#client;
    await client.query('begin');
    try {
      const rows = await this.#readRows();
      waiting(rows.events.length === 0 ? null : rows.oldestAt);
      for (const [tenant, events] of Map.groupBy(rows.events, (event) => event.tenant)) {
        await this.#publish(tenant, events);
      }
      await client.query('commit');
      if (rows.events.length > 0) {
        const lagMs = Math.max(0, clock.now() - rows.oldestAt);
        report({ kind: 'published', count: rows.events.length, lagMs });
      }
      return rows.events.length;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  }

  /** Until a row is inserted, or for the time of a poll. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#isNotified) {
      this.#isNotified = false;
      return;
    }
    const waited = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.race([woken, this.#options.clock.sleep(pollMs, AbortSignal.any([signal, waited.signal]))]);
    waited.abort();
    this.#isNotified = false;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  #notified(): void {
    this.#isNotified = true;
    this.#wake();
  }

  /** The lock ends with the connection, so that another relay goes on when this one dies. */
  async #lead(): Promise<boolean> {
    if (this.#isLeading) return true;
    const { table, report } = this.#options;
    const { rows } = await this.#client.query<{ leads: boolean }>(
      'select pg_try_advisory_lock(hashtext($1), hashtext($2)) as leads',
      ['carillon outbox', table],
    );
    this.#isLeading = rows[0]?.leads === true;
    if (this.#isLeading) report({ kind: 'leading' });
    else if (!this.#isStandingBy) report({ kind: 'standing_by' });
    this.#isStandingBy = !this.#isLeading;
    return this.#isLeading;
  }

  /** A row that somebody is changing is left for the next time. */
  async #readRows(): Promise<{ events: readonly OutboxEvent[]; oldestAt: number }> {
    const { table } = this.#options;
    const { rows } = await this.#client.query<OutboxRow>(
      // Not by the column of the result, which is text.
      `select o.id::text as id, tenant, type, mode, ordering_key, payload::text, metadata::text,
         to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at
       from ${table} o where refused is null order by o.id limit ${rowsMax} for update skip locked`,
    );
    let bytes = 0;
    const events: OutboxEvent[] = [];
    for (const row of rows) {
      const event = toEvent(table, row);
      bytes += Buffer.byteLength(event.json);
      if (events.length > 0 && bytes > bytesMax) break;
      events.push(event);
    }
    return { events, oldestAt: Date.parse(rows[0]?.occurred_at ?? '') };
  }

  /** A publication that is refused is halved, so that one wrong row does not keep the others back. */
  async #publish(tenant: string, events: readonly OutboxEvent[]): Promise<void> {
    const { table, publish, report } = this.#options;
    const published = await publish(tenant, events);
    if (published.kind === 'published') {
      await this.#client.query(`delete from ${table} where id = any($1::bigint[])`, [
        events.map(({ row }) => row),
      ]);
      return;
    }
    const [first] = events;
    if (events.length > 1) {
      const half = Math.ceil(events.length / 2);
      await this.#publish(tenant, events.slice(0, half));
      await this.#publish(tenant, events.slice(half));
    } else if (first !== undefined) {
      const { reason } = published;
      await this.#client.query(`update ${table} set refused = $2 where id = $1`, [first.row, reason]);
      report({ kind: 'refused', row: first.row, reason });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
