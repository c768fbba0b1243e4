// Copies all rows of some tenants, which nobody changes meanwhile, in pages. The transaction that writes a page also notes how far copying
// has come, under the number of its run: no page is written twice, and none by a run that was replaced.
import { modes, type TenantId } from '#core/tenant.ts';
import type { Database, Queries, Transaction } from '../postgres/database.ts';
import { type Sql, sql, StoreError, word } from '../sql.ts';
import { Columns, insertRows, rowOf, type TextRow } from './rows.ts';

export interface CopyOptions {
  readonly source: Database;
  readonly target: Database;
  readonly tenants: readonly TenantId[];
  readonly run: number;
  readonly now: number;
  /** After each page, with the rows of it. May throw. */
  readonly onPage: (rows: number) => Promise<void>;
}

/** Where copying goes on: behind `after` in a step of a tenant. */
interface Position {
  readonly tenant: string;
  readonly step: number;
  readonly after: string;
}

/** How numbers change that count up in each database. */
export interface Shifts {
  readonly waiting_shift: number;
  readonly attempts_shift: number;
}

interface Page {
  readonly rows: number;
  /** Null when it is the last of its step. */
  readonly next: string | null;
  readonly write: (tx: Transaction) => Promise<void>;
}

interface Context {
  readonly source: Queries;
  readonly columns: Columns;
  readonly shifts: Shifts;
  readonly now: number;
}

type Step = (context: Context, tenant: TenantId, after: string) => Promise<Page>;

/** `tenants` in order. Throws `StoreError` when another run goes on with the move. */
export async function copyTenants(options: CopyOptions, arrivals: Arrivals): Promise<void> {
  const { source, target, run, now } = options;
  const context = { source, columns: new Columns(target), shifts: arrivals, now };
  const from = JSON.parse(arrivals.position) as Position;
  for (const tenant of options.tenants) {
    if (tenant < from.tenant) continue;
    const isHere = tenant === from.tenant;
    for (let step = isHere ? from.step : 0; step < steps.length; step++) {
      let after: string | null = isHere && step === from.step ? from.after : '';
      while (after !== null) {
        const page: Page | undefined = await steps[step]?.(context, tenant, after);
        if (page === undefined) break;
        const next: Position = { tenant, step: page.next === null ? step + 1 : step, after: page.next ?? '' };
        if (page.rows > 0) await target.transaction((tx) => writePage(tx, page, next, run));
        await options.onPage(page.rows);
        after = page.next;
      }
    }
  }
}

async function writePage(tx: Transaction, page: Page, next: Position, run: number): Promise<void> {
  const noted = await tx.run(sql`
    update slot_arrivals set position = ${JSON.stringify(next)} where id = 1 and run = ${run}`);
  if (noted === 0) throw new StoreError('another process goes on with this move.');
  await page.write(tx);
}

export interface Arrivals extends Shifts {
  readonly position: string;
}

/** Takes over what is noted in the target, or begins. No other run can write from then on. */
export async function takeArrivals(
  { source, target, tenants }: Pick<CopyOptions, 'source' | 'target' | 'tenants'>,
  run: number,
): Promise<Arrivals> {
  const [known] = await target.write<Arrivals>(sql`
    update slot_arrivals set run = ${run} where id = 1 returning position, waiting_shift, attempts_shift`);
  if (known !== undefined) return known;
  const waiting = await reserveWaiting(source, target, tenants);
  const attempts = Math.min(0, (await lastNumber(target)) - (await lastNumber(source)));
  const position = JSON.stringify({ tenant: '', step: 0, after: '' } satisfies Position);
  await target.run(sql`
    insert into slot_arrivals (id, run, position, waiting_shift, attempts_shift)
    values (1, ${run}, ${position}, ${waiting}, ${attempts})`);
  return { position, waiting_shift: waiting, attempts_shift: attempts };
}

/** No run writes what belongs to this copying any more. */
export async function closeArrivals(target: Queries): Promise<void> {
  await target.run(sql`update slot_arrivals set run = 0 where id = 1`);
}

export async function forgetArrivals(target: Database): Promise<void> {
  await target.transaction(async (tx) => {
    await tx.run(sql`delete from slot_arrivals`);
    await tx.run(sql`truncate moved_events`);
  });
}

/** Others take numbers between two statements here: never so many. */
const numbersAhead = 1_000_000;

/** Numbers for all that waits, in the order that it has: parked deliveries follow each other by their numbers. */
async function reserveWaiting(
  source: Database,
  target: Database,
  tenants: readonly TenantId[],
): Promise<number> {
  const row = await source.get<{ first: number | null; last: number | null }>(sql`
    select min(seq) as first, max(seq) as last from deliveries_waiting where tenant = any(${tenants})`);
  if (row === undefined || row.first === null || row.last === null) return 0;
  const sequence = sql`pg_get_serial_sequence('deliveries_waiting', 'seq')`;
  const count = row.last - row.first + 1;
  const moved = await target.get<{ last: number }>(sql`
    select setval(${sequence}, nextval(${sequence}) + ${numbersAhead + count}::bigint) as last`);
  return (moved?.last ?? 0) - row.last;
}

/** Attempts get numbers below those to come in the target; those that watch it are shown none of them as new. */
async function lastNumber(db: Database): Promise<number> {
  const row = await db.get<{ last: number }>(sql`select last_value as last from attempt_numbers`);
  return row?.last ?? 0;
}

const rowsPerPage = 100;
const statsPerPage = 1_000;

function isLast(rows: readonly unknown[], limit: number): boolean {
  return rows.length < limit;
}

/** The tenant with what a command has set: some rows each. */
const copySettings: Step = async ({ source, columns, now }, tenant) => {
  const read = (table: string, column = 'tenant') =>
    source.all<TextRow>(sql`
      select ${rowOf(table)} from ${word(table)} where ${word(column)} = ${tenant}`);
  const [own, secrets, endpoints] = [
    await read('tenants', 'id'),
    await read('tenant_secrets'),
    await read('endpoints'),
  ];
  const [replays, checks] = [await read('replays'), await read('endpoint_checks')];
  return {
    rows: own.length,
    next: null,
    async write(tx) {
      await insertRows(tx, columns, {
        table: 'tenants',
        rows: own,
        omitted: ['seq'],
        // What is cached of its endpoints, from when it was here before, is old.
        changed: { revision: sql`r.revision + 1` },
        conflict: sql`
          on conflict (id) do update set events_numbered = excluded.events_numbered,
            revision = greatest(excluded.revision, tenants.revision + 1)`,
      });
      await insertRows(tx, columns, { table: 'tenant_secrets', rows: secrets });
      await insertRows(tx, columns, { table: 'endpoints', rows: endpoints });
      // A backfill finds out again where to go on: its position is the number of an event.
      const position = sql`case when r.kind = 'backfill' then '' else r.position end`;
      await insertRows(tx, columns, {
        table: 'replays',
        rows: replays,
        changed: { owner: sql`null`, position },
      });
      const dueAt = sql`case when r.state <> 'finished' then ${now}::bigint end`;
      await insertRows(tx, columns, { table: 'endpoint_checks', rows: checks, changed: { due_at: dueAt } });
    },
  };
};

const copyStats: Step = async ({ source, columns }, tenant, after) => {
  const [endpoint = '', minute = -1] = after === '' ? [] : (JSON.parse(after) as [string, number]);
  const rows = await source.all<TextRow & { endpoint: string; minute: number }>(sql`
    select ${rowOf('stats')}, endpoint, minute from stats
    where tenant = ${tenant} and (endpoint, minute) > (${endpoint}, ${minute}::bigint)
    order by endpoint, minute limit ${statsPerPage}`);
  const last = rows.at(-1);
  return {
    rows: rows.length,
    next:
      last === undefined || isLast(rows, statsPerPage) ? null : JSON.stringify([last.endpoint, last.minute]),
    write: async (tx) => void (await insertRows(tx, columns, { table: 'stats', rows })),
  };
};

type EventRow = TextRow & { readonly seq: number; readonly has_id: boolean };

/** Each gets the next number of its day in the target. The lock is that of whoever publishes: see `feedBound`. */
function copyEvents(mode: string): Step {
  return async ({ source, columns }, tenant, after) => {
    const rows = await source.all<EventRow>(sql`
      select ${rowOf('events')}, seq, exists (
        select 1 from event_ids i
        where i.id = events.id and i.tenant = events.tenant and i.mode = events.mode and i.seq = events.seq
      ) as has_id
      from events where tenant = ${tenant} and mode = ${mode} and seq > ${after === '' ? -1 : Number(after)}
      order by seq limit ${rowsPerPage}`);
    const last = rows.at(-1);
    const known = rows.filter(({ has_id: hasId }) => hasId).map(({ seq }) => seq);
    return {
      rows: rows.length,
      next: last === undefined || isLast(rows, rowsPerPage) ? null : String(last.seq),
      async write(tx) {
        await numberEvents(tx, rows);
        await insertRows(tx, columns, {
          table: 'events',
          rows,
          changed: { seq: sql`m.seq` },
          joined: numbered('seq'),
        });
        await tx.run(sql`
          insert into event_ids (id, tenant, mode, seq)
          select v.id, v.tenant, v.mode, v.seq from moved_events m join events v on v.seq = m.seq
          where m.was = any(${known}::bigint[])`);
      },
    };
  };
}

async function numberEvents(tx: Queries, rows: readonly EventRow[]): Promise<void> {
  const seqs = rows.map(({ seq }) => seq);
  await tx.run(sql`
    with bound as materialized (
      select pg_advisory_xact_lock_shared(${dayOf(sql`${Math.min(...seqs)}::bigint`)} + last_value)::text as lock
      from event_numbers
    )
    insert into moved_events (was, seq)
    select g.was, ${dayOf(sql`g.was`)} + nextval('event_numbers')
    from bound cross join unnest(${seqs}::bigint[]) with ordinality as g(was, place)
    where bound.lock is not null order by g.place`);
}

/** Where the numbers of the day of this one begin. */
function dayOf(number: Sql): Sql {
  return sql`(${number} - ${number} % 274877906944)`;
}

function numbered(column: string): Sql {
  return sql`join moved_events m on m.was = r.${word(column)}`;
}

type DeliveryRow = TextRow & { readonly id: string };

async function readDeliveries(
  source: Queries,
  table: string,
  { tenant, mode, after }: { tenant: TenantId; mode: string; after: string },
) {
  const rows = await source.all<DeliveryRow>(sql`
    select ${rowOf(table)}, id from ${word(table)}
    where tenant = ${tenant} and mode = ${mode} and id > ${after} order by id limit ${rowsPerPage}`);
  const ids = rows.map(({ id }) => id);
  const attempts =
    ids.length === 0
      ? []
      : await source.all<TextRow>(sql`
          select ${rowOf('attempts')} from attempts where delivery = any(${ids}) order by delivery, seq`);
  return { rows, attempts, next: isLast(rows, rowsPerPage) ? null : (ids.at(-1) ?? null) };
}

async function writeAttempts(
  tx: Queries,
  { columns, shifts }: Context,
  rows: readonly TextRow[],
): Promise<void> {
  const seq = sql`r.seq + ${shifts.attempts_shift}::bigint`;
  await insertRows(tx, columns, { table: 'attempts', rows, changed: { seq } });
}

/** With their attempts. A delivery that waits without its event is refused: nothing of it could be sent. */
function copyDeliveries(table: 'deliveries_ended' | 'deliveries_waiting', mode: string): Step {
  return async (context, tenant, after) => {
    const { rows, attempts, next } = await readDeliveries(context.source, table, { tenant, mode, after });
    const given =
      table === 'deliveries_ended'
        ? { changed: { event_seq: sql`m.seq` }, joined: numbered('event_seq') }
        : {
            changed: {
              seq: sql`r.seq + ${context.shifts.waiting_shift}::bigint`,
              event_seq: sql`m.seq`,
              claimed_by: sql`null`,
            },
            joined: sql`left ${numbered('event_seq')}`,
          };
    return {
      rows: rows.length,
      next,
      async write(tx) {
        await insertRows(tx, context.columns, { table, rows, ...given });
        await writeAttempts(tx, context, attempts);
      },
    };
  };
}

const steps: readonly Step[] = [
  copySettings,
  ...modes.map(copyEvents),
  ...modes.map((mode) => copyDeliveries('deliveries_ended', mode)),
  ...modes.map((mode) => copyDeliveries('deliveries_waiting', mode)),
  copyStats,
];
