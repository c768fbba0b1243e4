import type { AlertSignal } from '#core/alert.ts';
import { type Change, showReplay } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { BackfillTerms, Replay } from '#core/replay.ts';
import type { TenantId } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { type Search, searchForReplay, startAfter } from '../search.ts';
import { assignments, columnList, insertInto, sql } from '../sql.ts';
import type { AttemptResult, ReadStore, ReplayStore } from '../store.ts';
import { type Counted, countNext, walk } from '../walk.ts';
import { withoutSealed } from './archive.ts';
import { backfill, countMissing } from './backfills.ts';
import { noteSignals } from './alert-signals.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, flag, json, optionalJson, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { all, get, run, type Work } from './work.ts';

export function readReplays(reader: Reader): ReadStore['replays'] {
  return {
    get: (tenant, id) => reader.read(find(tenant, id)),
    list: (tenant, page) => reader.read(list(tenant, page)),
    count: (terms) => count(reader, terms),
    countBackfill: (terms) => countBackfill(reader, terms),
  };
}

export function createReplayStore(engine: Engine): ReplayStore {
  return {
    ...readReplays(engine),
    create: (replay) => engine.transaction(() => create(engine, replay)),
    listRunning: () => engine.read(listRunning(engine)),
    step: (id, count, now, keptSince = -Infinity) =>
      engine.transaction(
        () => step(engine, id, { count, now, keptSince }),
        ({ due }) => engine.effects.due(due),
      ),
    stop: (tenant, id) => engine.transaction(() => stop(engine, tenant, id)),
  };
}

const format = defineFormat<Replay>({
  id: plain(),
  kind: plain(),
  tenant: plain(),
  mode: plain(),
  endpoint: plain(),
  states: json(),
  eventTypes: optionalJson(),
  since: plain(),
  until: plain(),
  ratePerSecond: plain(),
  includeDisabled: flag(),
  total: plain(),
  done: plain(),
  delivered: plain(),
  failed: plain(),
  state: plain(),
  createdAt: plain(),
});

/**
 * `position` is the id of the last delivery that was redelivered, or the number of the event at which a backfill goes on;
 * empty at the start.
 */
type ReplayRow = StoredRow & { readonly position: string };

const columns = columnList([...format.columns, 'position']);

function* create(engine: Engine, replay: Replay): Work<void> {
  const [since, until] = [Math.ceil(replay.since), Math.ceil(replay.until)];
  yield* run(insertInto('replays', { ...format.write({ ...replay, since, until }), position: '' }));
  yield* engine.audit({ ...ofReplay(replay), before: null, after: showReplay(replay) });
}

function* find(tenant: TenantId, id: string): Work<Replay | null> {
  if (hasNul(id)) return null;
  const row = yield* get<ReplayRow>(sql`
    select ${columns} from replays where tenant = ${tenant} and id = ${id}`);
  return row === undefined ? null : format.read(row);
}

function* list(tenant: TenantId, { cursor, limit }: PageRequest): Work<Page<Replay>> {
  const before = readCursor('replay', cursor) ?? '~';
  const rows = yield* all<StoredRow>(sql`
    select ${columns} from replays where tenant = ${tenant} and id < ${before}
    order by id desc limit ${limit + 1}`);
  return makePage('replay', rows, limit, (row) => String(row['id']), format.read);
}

/** Adds to its replay how each attempt ended that a replay asked for: in the transaction that records them. */
export function* countReplayed(results: readonly AttemptResult[]): Work<void> {
  const replayed = Map.groupBy(results, ({ claim }) => claim.replay);
  // In one order for all transactions, which avoids deadlocks.
  for (const [id, own] of [...replayed].toSorted(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))) {
    if (id === null) continue;
    const delivered = own.filter(({ settlement }) => settlement.outcome === 'accepted').length;
    yield* run(sql`
      update replays set delivered = delivered + ${delivered}, failed = failed + ${own.length - delivered}
      where id = ${id}`);
  }
}

function* listRunning(engine: Engine): Work<Replay[]> {
  return (yield* all<StoredRow>(engine.takeRunningReplays(columns))).map(format.read);
}

type Stepped = Awaited<ReturnType<ReplayStore['step']>>;

interface StepTerms {
  readonly count: number;
  readonly now: number;
  readonly keptSince: number;
}

/** How far the replay has come is written in the same transaction. */
function* step(engine: Engine, id: string, terms: StepTerms): Work<Stepped> {
  const row = yield* get<ReplayRow>(sql`
    select ${columns} from replays where id = ${id} and state = 'running' ${engine.fragments.lockRows}`);
  if (row === undefined) return { redelivered: 0, due: [] };
  const replay = format.read(row);
  const { ordered, due, position, isFinished } =
    replay.kind === 'backfill'
      ? yield* stepBackfill(engine, replay, row.position, terms)
      : yield* redeliverNext(engine, replay, row.position, terms);
  const done = replay.done + ordered;
  const progress = {
    // What was in flight or not published when it was counted may have come to match since.
    total: Math.max(replay.total, done),
    done,
    position,
    state: isFinished ? 'finished' : 'running',
  };
  yield* run(sql`update replays set ${assignments(progress)} where id = ${id}`);
  if (isFinished) yield* noteSignals([finishedSignal(replay, done, terms.now)]);
  return { redelivered: ordered, due };
}

interface Progress {
  readonly ordered: number;
  readonly due: Stepped['due'];
  readonly position: string;
  readonly isFinished: boolean;
}

/** A delivery starts its schedule anew. */
function* redeliverNext(
  engine: Engine,
  replay: Replay,
  position: string,
  { count, now }: StepTerms,
): Work<Progress> {
  const search = searchForReplay(replay, position);
  const parts = yield* engine.find.deliveries(search);
  const { rows, reached } = yield* walk(parts, search, 'asc', count, engine.bounds);
  const found = rows.slice(0, count);
  const last = rows.length > count ? (found.at(-1)?.id ?? null) : reached;
  const kept = yield* withoutSealed(engine, found);
  const { count: ordered, due } = yield* engine.redeliver(kept, { replay: replay.id, now });
  return { ordered, due, position: last ?? position, isFinished: last === null };
}

function* stepBackfill(
  engine: Engine,
  replay: Replay,
  position: string,
  { count, now, keptSince }: StepTerms,
): Work<Progress> {
  const { id, tenant, mode, endpoint, eventTypes, until } = replay;
  if (mode === null || endpoint === null) throw new Error(`backfill ${id} has no endpoint`);
  const since = Math.max(replay.since, keptSince);
  const terms = { tenant, mode, endpoint, eventTypes, since, until };
  const from = position === '' ? null : Number(position);
  const done = yield* backfill(engine, terms, from, { replay: id, now, count });
  return { ordered: done.count, due: done.due, position: String(done.next), isFinished: done.isFinished };
}

function finishedSignal(
  { id, tenant, mode, endpoint, createdAt }: Replay,
  done: number,
  now: number,
): AlertSignal {
  const about = { tenant, mode, endpoint: endpoint ?? null };
  return {
    type: 'replay.finished',
    subject: id,
    ...about,
    code: null,
    since: createdAt,
    at: now,
    count: done,
  };
}

/** Rows that one step counts: some ms of work. */
const countedPerStep = 2000;

/** In steps, between which others get their turns: a transaction of SQLite takes no turn of the event loop. */
async function count(engine: Reader, terms: Parameters<ReplayStore['count']>[0]): Promise<number> {
  let total = 0;
  for (let search: Search | null = searchForReplay(terms, ''); search !== null;) {
    const from: Search = search;
    const { found, reached }: Counted = await engine.read(countStep(engine, from));
    total += found;
    search = reached === null ? null : startAfter(from, 'asc', reached);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return total;
}

function* countStep(engine: Reader, search: Search): Work<Counted> {
  return yield* countNext(yield* engine.find.deliveries(search), search, countedPerStep);
}

async function countBackfill(reader: Reader, terms: BackfillTerms): Promise<number> {
  let total = 0;
  let position: number | null = null;
  do {
    const counted: { count: number; next: number | null } = await reader.read(
      countMissing(reader, terms, position),
    );
    total += counted.count;
    position = counted.next;
    await new Promise((resolve) => setImmediate(resolve));
  } while (position !== null);
  return total;
}

function* stop(engine: Engine, tenant: TenantId, id: string): Work<boolean> {
  const before = yield* find(tenant, id);
  if (before === null) return false;
  const stopped = yield* run(sql`
    update replays set state = 'stopped' where tenant = ${tenant} and id = ${id} and state = 'running'`);
  if (stopped === 1) {
    const after = showReplay({ ...before, state: 'stopped' });
    yield* engine.audit({ ...ofReplay(before), before: showReplay(before), after });
  }
  return stopped === 1;
}

function ofReplay({ id, tenant, mode }: Replay): Omit<Change, 'before' | 'after'> {
  return { tenant, mode, noun: 'replay', target: id };
}
