import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import type { Replay, ReplayStore } from '#store/store.ts';
import { searchForReplay } from '../search.ts';
import { parseJson, sql } from './database.ts';
import type { Context } from './memory.ts';
import { orderAgain } from './redeliver.ts';
import { countDeliveries, findDeliveries } from './search.ts';

export function createReplayStore(context: Context): ReplayStore {
  const { db } = context;
  return {
    async create(replay) {
      db.run(insertReplay, ...replayValues(replay));
    },
    async get(tenant, id) {
      const row = db.get<ReplayRow>(selectOne, tenant, id);
      return row === undefined ? null : readReplay(row);
    },
    listRunning: async () => db.all<ReplayRow>(selectRunning).map(readReplay),
    count: async (terms) => countDeliveries(context, searchForReplay(terms, '')),
    step: async (id, count, now) => step(context, id, count, now),
    stop: async (tenant, id) => db.run(updateStopped, tenant, id) === 1,
  };
}

/** What is ordered starts its schedule anew; where the replay stands is written with the orders. */
function step(
  context: Context,
  id: string,
  count: number,
  now: number,
): Awaited<ReturnType<ReplayStore['step']>> {
  return context.db.transaction(() => {
    const row = context.db.get<ReplayRow>(selectRunningOne, id);
    if (row === undefined) return { ordered: 0, woken: [] };
    const found = findDeliveries(context, searchForReplay(readReplay(row), row.position), 'asc', count);
    const woken = orderAgain(context, found, 0, now);
    const position = found.at(-1)?.id ?? row.position;
    const state = found.length < count ? 'finished' : 'running';
    context.db.run(updateProgress, row.done + found.length, position, state, id);
    return { ordered: found.length, woken };
  });
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
function replayValues(replay: Replay): (string | number | null)[] {
  const { id, tenant, mode, endpoint, states, eventTypes, since, until, ratePerSecond } = replay;
  // prettier-ignore
  return [
    id, tenant, mode, endpoint, JSON.stringify(states), eventTypes === null ? null : JSON.stringify(eventTypes),
    Math.ceil(since), Math.ceil(until), ratePerSecond, replay.total, replay.done, replay.state,
    replay.createdAt, '',
  ];
}

const insertReplay = sql`
  insert into replays (${columns}) values (${columns.replaceAll(/\w+/g, '?')})`;

const selectOne = sql`select ${columns} from replays where tenant = ? and id = ?`;

const selectRunning = sql`
  select ${columns} from replays indexed by replays_running where state = 'running' order by id`;

const selectRunningOne = sql`select ${columns} from replays where id = ? and state = 'running'`;

const updateProgress = sql`update replays set done = ?, position = ?, state = ? where id = ?`;

const updateStopped = sql`
  update replays set state = 'stopped' where tenant = ? and id = ? and state = 'running'`;
