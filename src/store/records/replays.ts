import type { Page, PageRequest } from '#core/commands.ts';
import type { Replay } from '#core/replay.ts';
import type { TenantId } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { searchForReplay } from '../search.ts';
import { assignments, columnList, insertInto, sql } from '../sql.ts';
import type { AttemptResult, ReplayStore } from '../store.ts';
import type { Engine } from './engine.ts';
import { defineFormat, flag, json, optionalJson, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { all, get, run, type Work } from './work.ts';

export function createReplayStore(engine: Engine): ReplayStore {
  return {
    create: (replay) => engine.read(create(replay)),
    get: (tenant, id) => engine.read(find(tenant, id)),
    list: (tenant, page) => engine.read(list(tenant, page)),
    listRunning: () => engine.read(listRunning(engine)),
    count: (terms) =>
      engine.read(engine.find.deliveryCount(searchForReplay(terms, ''), Number.MAX_SAFE_INTEGER)),
    step: (id, count, now) =>
      engine.transaction(
        () => step(engine, id, count, now),
        ({ due }) => engine.effects.due(due),
      ),
    stop: (tenant, id) => engine.read(stop(tenant, id)),
  };
}

const format = defineFormat<Replay>({
  id: plain(),
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

/** `position` is the id of the last delivery that was redelivered; empty at the start. */
type ReplayRow = StoredRow & { readonly position: string };

const columns = columnList([...format.columns, 'position']);

function* create(replay: Replay): Work<void> {
  const [since, until] = [Math.ceil(replay.since), Math.ceil(replay.until)];
  yield* run(insertInto('replays', { ...format.write({ ...replay, since, until }), position: '' }));
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

/** A delivery starts its schedule anew; how far the replay has come is written in the same transaction. */
function* step(engine: Engine, id: string, count: number, now: number): Work<Stepped> {
  const row = yield* get<ReplayRow>(sql`
    select ${columns} from replays where id = ${id} and state = 'running' ${engine.fragments.lockRows}`);
  if (row === undefined) return { redelivered: 0, due: [] };
  const replay = format.read(row);
  const found = yield* engine.find.deliveries(searchForReplay(replay, row.position), 'asc', count);
  const { count: ordered, due } = yield* engine.redeliver(found, { replay: id, now });
  const done = replay.done + ordered;
  const progress = {
    // A delivery that was in flight at the order may have come to match since.
    total: Math.max(replay.total, done),
    done,
    position: found.at(-1)?.id ?? row.position,
    state: found.length < count ? 'finished' : 'running',
  };
  yield* run(sql`update replays set ${assignments(progress)} where id = ${id}`);
  return { redelivered: ordered, due };
}

function* stop(tenant: TenantId, id: string): Work<boolean> {
  if (hasNul(id)) return false;
  const stopped = yield* run(sql`
    update replays set state = 'stopped' where tenant = ${tenant} and id = ${id} and state = 'running'`);
  return stopped === 1;
}
