// Copies rows of tenants, in pages. The transaction that writes a page also notes how far copying has come, under the number of its run:
// no page is written twice, and none by a run that was replaced.
import { modes, type TenantId } from '#core/tenant.ts';
import type { Database, Queries, Transaction } from '../postgres/database.ts';
import { sql, StoreError, word } from '../sql.ts';
import { type Arrivals, lastPass, type Position, readPosition } from './arrivals.ts';
import {
  copyMissingEvents,
  numbered,
  type Owner,
  findNewEvents,
  readEventRows,
  readKnown,
  syncEvents,
  writeEvents,
} from './copy-events.ts';
import { numbersPerDay } from '../event-numbers.ts';
import { Columns, insertRows, rowOf, type TextRow } from './rows.ts';

export interface CopyOptions {
  readonly source: Database;
  readonly target: Database;
  readonly tenants: readonly TenantId[];
  readonly run: number;
  readonly now: number;
  /** Counts of minutes from then on are copied in the last pass. Unix ms. */
  readonly statsFrom: number;
  /** After each page, with the rows of it. May throw. */
  readonly onPage: (rows: number) => Promise<void>;
}

interface Page {
  readonly rows: number;
  /** Null when it is the last of its step. */
  readonly next: string | null;
  readonly write: (tx: Transaction) => Promise<void>;
}

interface Context {
  readonly source: Queries;
  readonly target: Queries;
  readonly columns: Columns;
  readonly arrivals: Arrivals;
  readonly now: number;
  readonly statsFrom: number;
}

type Step = (context: Context, tenant: TenantId, after: string) => Promise<Page>;

/** One pass. `tenants` in order. Throws `StoreError` when another run goes on with the move. */
export async function copyTenants(options: CopyOptions, arrivals: Arrivals): Promise<void> {
  const { source, target, run, now, statsFrom } = options;
  const context = { source, target, columns: new Columns(target), arrivals, now, statsFrom };
  const from = readPosition(arrivals);
  const { pass } = from;
  const steps = pass === lastPass ? lastSteps : passSteps(pass === 0);
  for (const tenant of options.tenants) {
    if (tenant < from.tenant) continue;
    const isHere = tenant === from.tenant;
    for (let step = isHere ? from.step : 0; step < steps.length; step++) {
      let after: string | null = isHere && step === from.step ? from.after : '';
      while (after !== null) {
        const page: Page | undefined = await steps[step]?.(context, tenant, after);
        if (page === undefined) break;
        const next: Position = {
          pass,
          tenant,
          step: page.next === null ? step + 1 : step,
          after: page.next ?? '',
        };
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

const rowsPerPage = 200;
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

/** Minutes from before the move began; later ones, to which counts are still added, in the last pass. */
function copyStats(isLastPass: boolean): Step {
  return async ({ source, columns, statsFrom }, tenant, after) => {
    const [endpoint = '', minute = -1] = after === '' ? [] : (JSON.parse(after) as [string, number]);
    const isOfPass = isLastPass ? sql`minute >= ${statsFrom}` : sql`minute < ${statsFrom}`;
    const rows = await source.all<TextRow & { endpoint: string; minute: number }>(sql`
      select ${rowOf('stats')}, endpoint, minute from stats
      where tenant = ${tenant} and (endpoint, minute) > (${endpoint}, ${minute}::bigint) and ${isOfPass}
      order by endpoint, minute limit ${statsPerPage}`);
    const last = rows.at(-1);
    return {
      rows: rows.length,
      next:
        last === undefined || isLast(rows, statsPerPage)
          ? null
          : JSON.stringify([last.endpoint, last.minute]),
      write: async (tx) => void (await insertRows(tx, columns, { table: 'stats', rows })),
    };
  };
}

/**
 * Those that are new since the pass before: of the numbers from then on, and of the two days before, which a process whose clock is late
 * may still give, what is not there.
 */
function copyEvents(mode: string, isFirst: boolean): Step {
  return async ({ source, target, columns, arrivals }, tenant, after) => {
    const owner = { tenant, mode };
    const { events_from: first, events_to: before } = arrivals;
    const from = isFirst ? first : first - (first % numbersPerDay) - numbersPerDay;
    const range = { after: after === '' ? from - 1 : Number(after), before };
    const { seqs, next } = await findNewEvents(source, target, owner, range, rowsPerPage);
    const rows = await readEventRows(source, seqs);
    const known = await readKnown(source, owner, rows);
    return {
      rows: rows.length,
      next: next === null ? null : String(next),
      write: (tx) => writeEvents(tx, columns, owner, rows, known),
    };
  };
}

interface DeliveryRow extends TextRow {
  readonly id: string;
  readonly event_seq: number;
}

interface DeliveryPage {
  readonly rows: readonly DeliveryRow[];
  readonly attempts: readonly TextRow[];
  readonly next: string | null;
}

/** Rows of these ids, with their attempts. */
async function readDeliveries(
  source: Queries,
  table: 'deliveries_ended' | 'deliveries_waiting',
  { tenant, mode }: Owner,
  { ids, next }: IdPage,
): Promise<DeliveryPage> {
  if (ids.length === 0) return { rows: [], attempts: [], next };
  const rows = await source.all<DeliveryRow>(sql`
    select ${rowOf(table)}, id, event_seq from ${word(table)}
    where tenant = ${tenant} and mode = ${mode} and id = any(${ids}) order by id`);
  const attempts = await source.all<TextRow>(sql`
    select ${rowOf('attempts')} from attempts where delivery = any(${ids}) order by delivery, seq`);
  return { rows, attempts, next };
}

interface IdPage {
  readonly ids: readonly string[];
  /** Null at the end. */
  readonly next: string | null;
}

/** One statement looks at so many rows, however few of them it finds. */
const idsScanned = 5_000;

/** The next deliveries that wait. */
async function readWaitingIds(source: Queries, { tenant, mode }: Owner, after: string): Promise<IdPage> {
  const rows = await source.all<{ id: string }>(sql`
    select id from deliveries_waiting
    where tenant = ${tenant} and mode = ${mode} and id > ${after} order by id limit ${rowsPerPage}`);
  const ids = rows.map(({ id }) => id);
  return { ids, next: isLast(rows, rowsPerPage) ? null : (ids.at(-1) ?? null) };
}

/** The next deliveries that have ended since a time and are not in the target as they are now. */
async function findEnded(
  { source, target }: Pick<Context, 'source' | 'target'>,
  { tenant, mode }: Owner,
  after: string,
  endedFrom: number,
): Promise<IdPage> {
  const found = await source.get<{
    count: number;
    last: string | null;
    ids: string[] | null;
    states: string[] | null;
  }>(sql`
    select count(*) as count, max(id) as last,
      array_agg(id order by id) filter (where ended_at >= ${endedFrom}::bigint) as ids,
      array_agg(${endState} order by id) filter (where ended_at >= ${endedFrom}::bigint) as states
    from (
      select id, state, attempts, ended_at from deliveries_ended
      where tenant = ${tenant} and mode = ${mode} and id > ${after} order by id limit ${idsScanned}
    ) as scanned`);
  const rows = await target.all<{ id: string }>(sql`
    select g.id from unnest(${found?.ids ?? []}::text[], ${found?.states ?? []}::text[]) with ordinality as g(id, ended, place)
    where not exists (
      select 1 from deliveries_ended d
      where d.tenant = ${tenant} and d.mode = ${mode} and d.id = g.id and ${endState} = g.ended
    ) order by g.place limit ${rowsPerPage}`);
  const ids = rows.map(({ id }) => id);
  const end = found === undefined || found.count < idsScanned ? null : found.last;
  return { ids, next: ids.length < rowsPerPage ? end : (ids.at(-1) ?? null) };
}

/** How and when a delivery has ended: another one when it was made due again since. */
const endState = sql`(state || ' ' || attempts || ' ' || ended_at)`;

async function writeAttempts(
  tx: Queries,
  { columns, arrivals }: Context,
  rows: readonly TextRow[],
): Promise<void> {
  const seq = sql`r.seq + ${arrivals.attempts_shift}::bigint`;
  await insertRows(tx, columns, { table: 'attempts', rows, changed: { seq } });
}

/** What an earlier pass has copied as ended: it was made due again since. */
async function dropEnded(tx: Queries, { tenant, mode }: Owner, rows: readonly DeliveryRow[]): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await tx.run(sql`delete from attempts where delivery = any(${ids})`);
  await tx.run(sql`
    delete from deliveries_ended where tenant = ${tenant} and mode = ${mode} and id = any(${ids})`);
}

/** All in the first pass, from the time 0, and then what has ended since the pass before began. */
function copyEnded(mode: string, isFirst: boolean): Step {
  return async (context, tenant, after) => {
    const { source, columns, arrivals } = context;
    const owner = { tenant, mode };
    const page = await findEnded(context, owner, after, arrivals.ended_from);
    const { rows, attempts, next } = await readDeliveries(source, 'deliveries_ended', owner, page);
    const seqs = rows.map((row) => row.event_seq);
    return {
      rows: rows.length,
      next,
      async write(tx) {
        if (!isFirst) await dropEnded(tx, owner, rows);
        const given = { changed: { event_seq: sql`m.seq` }, joined: numbered('event_seq') };
        await insertRows(tx, columns, { table: 'deliveries_ended', rows, ...given });
        await writeAttempts(tx, context, attempts);
        if (!isFirst) await syncEvents(tx, source, seqs);
      },
    };
  };
}

/** A delivery without its event is refused: nothing of it could be sent. */
function copyWaiting(mode: string): Step {
  return async (context, tenant, after) => {
    const { source, columns, arrivals } = context;
    const owner = { tenant, mode };
    const page = await readWaitingIds(source, owner, after);
    const { rows, attempts, next } = await readDeliveries(source, 'deliveries_waiting', owner, page);
    const seqs = rows.map((row) => row.event_seq);
    return {
      rows: rows.length,
      next,
      async write(tx) {
        await dropEnded(tx, owner, rows);
        await copyMissingEvents(tx, source, columns, owner, seqs);
        const seq = sql`r.seq + ${arrivals.waiting_shift}::bigint`;
        const changed = { seq, event_seq: sql`m.seq`, claimed_by: sql`null` };
        const joined = sql`left ${numbered('event_seq')}`;
        await insertRows(tx, columns, { table: 'deliveries_waiting', rows, changed, joined });
        await writeAttempts(tx, context, attempts);
        await syncEvents(tx, source, seqs);
      },
    };
  };
}

/** While the tenants are served. */
function passSteps(isFirst: boolean): readonly Step[] {
  return [
    ...modes.map((mode) => copyEvents(mode, isFirst)),
    ...modes.map((mode) => copyEnded(mode, isFirst)),
    ...(isFirst ? [copyStats(false)] : []),
  ];
}

/** What waits comes before what has ended, so that nothing deletes the events of it. */
const lastSteps: readonly Step[] = [
  copySettings,
  ...modes.map((mode) => copyEvents(mode, false)),
  ...modes.map(copyWaiting),
  ...modes.map((mode) => copyEnded(mode, false)),
  copyStats(true),
];
