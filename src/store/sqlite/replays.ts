import type { ReplayStore } from '#store/store.ts';
import { readReplay, replayColumns, type ReplayRow, replayValues } from '../rows/replay.ts';
import { searchForReplay } from '../search.ts';
import { sql } from './database.ts';
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

const insertReplay = sql`
  insert into replays (${replayColumns}) values (${replayColumns.replaceAll(/\w+/g, '?')})`;

const selectOne = sql`select ${replayColumns} from replays where tenant = ? and id = ?`;

const selectRunning = sql`
  select ${replayColumns} from replays indexed by replays_running where state = 'running' order by id`;

const selectRunningOne = sql`select ${replayColumns} from replays where id = ? and state = 'running'`;

const updateProgress = sql`update replays set done = ?, position = ?, state = ? where id = ?`;

const updateStopped = sql`
  update replays set state = 'stopped' where tenant = ? and id = ? and state = 'running'`;
