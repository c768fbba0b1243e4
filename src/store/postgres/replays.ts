import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { Replay, ReplayStore } from '#store/store.ts';
import { searchForReplay } from '../search.ts';
import type { Context } from './context.ts';
import { parseJson, sql, type Value } from './database.ts';
import { orderAgain } from './redeliver.ts';
import { countDeliveries, findDeliveries } from './search.ts';

export function createReplayStore(context: Context): ReplayStore {
  const { db } = context;
  return {
    async create(replay) {
      await db.run(insertReplay, replayValues(replay));
    },
    async get(tenant, id) {
      const row = await db.get<ReplayRow>(selectOne, [tenant, id]);
      return row === undefined ? null : readReplay(row);
    },
    // One process runs a replay, or its rate would be that of all together. It takes what has no owner.
    listRunning: async () => (await db.all<ReplayRow>(takeRunning, [context.process])).map(readReplay),
    count: (terms) => countDeliveries(db, searchForReplay(terms, '')),
    step: (id, count, now) => step(context, id, count, now),
    stop: async (tenant, id) => (await db.run(updateStopped, [tenant, id])) === 1,
  };
}

/** What is ordered starts its schedule anew; where the replay stands is written with the orders. */
async function step(
  context: Context,
  id: string,
  count: number,
  now: number,
): Promise<Awaited<ReturnType<ReplayStore['step']>>> {
  const stepped = await context.db.transaction(async (tx) => {
    const row = await tx.get<ReplayRow>(selectRunningOne, [id]);
    if (row === undefined) return { ordered: 0, woken: [] };
    const found = await findDeliveries(tx, searchForReplay(readReplay(row), row.position), 'asc', count);
    const woken = await orderAgain(tx, found, 0, now);
    const position = found.at(-1)?.id ?? row.position;
    const state = found.length < count ? 'finished' : 'running';
    await tx.run(updateProgress, [row.done + found.length, position, state, id]);
    return { ordered: found.length, woken };
  });
  context.tell.woken(stepped.woken);
  return stepped;
}

interface ReplayRow {
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode | null;
  readonly endpoint: EndpointId | null;
  readonly states: string;
  readonly event_types: string | null;
  readonly since: number;
  readonly until: number;
  readonly rate_per_second: number;
  readonly total: number;
  readonly done: number;
  readonly position: string;
  readonly state: Replay['state'];
  readonly created_at: number;
}

function readReplay(row: ReplayRow): Replay {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    endpoint: row.endpoint,
    states: parseJson(row.states),
    eventTypes: row.event_types === null ? null : parseJson(row.event_types),
    since: row.since,
    until: row.until,
    ratePerSecond: row.rate_per_second,
    total: row.total,
    done: row.done,
    state: row.state,
    createdAt: row.created_at,
  };
}

const columns = sql`
  id, tenant, mode, endpoint, states, event_types, since, until, rate_per_second, total,
  done, state, created_at, position`;

/** In the order of `columns`. */
function replayValues(replay: Replay): Value[] {
  const { id, tenant, mode, endpoint, states, eventTypes, since, until, ratePerSecond } = replay;
  // prettier-ignore
  return [
    id, tenant, mode, endpoint, JSON.stringify(states), eventTypes === null ? null : JSON.stringify(eventTypes),
    Math.ceil(since), Math.ceil(until), ratePerSecond, replay.total, replay.done, replay.state,
    replay.createdAt, '',
  ];
}

const insertReplay = sql`
  insert into replays (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

const selectOne = sql`select ${columns} from replays where tenant = $1 and id = $2`;

/** Written only when it changes hands. */
const takeRunning = sql`
  with taken as (
    update replays set owner = $1
    where state = 'running' and (owner is null or not exists (select 1 from processes p where p.id = owner))
    returning ${columns}
  )
  select * from taken
  union all select ${columns} from replays where state = 'running' and owner = $1
  order by id`;

const selectRunningOne = sql`select ${columns} from replays where id = $1 and state = 'running' for update`;

const updateProgress = sql`update replays set done = $1, position = $2, state = $3 where id = $4`;

const updateStopped = sql`
  update replays set state = 'stopped' where tenant = $1 and id = $2 and state = 'running'`;
