import type { ReplayStore } from '#store/store.ts';
import { readReplay, replayColumns, type ReplayRow, replayValues } from '../rows/replay.ts';
import { searchForReplay } from '../search.ts';
import type { Context } from './context.ts';
import { sql } from './database.ts';
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

const insertReplay = sql`
  insert into replays (${replayColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

const selectOne = sql`select ${replayColumns} from replays where tenant = $1 and id = $2`;

/** Written only when it changes hands. */
const takeRunning = sql`
  with taken as (
    update replays set owner = $1
    where state = 'running' and (owner is null or not exists (select 1 from processes p where p.id = owner))
    returning ${replayColumns}
  )
  select * from taken
  union all select ${replayColumns} from replays where state = 'running' and owner = $1
  order by id`;

const selectRunningOne = sql`select ${replayColumns} from replays where id = $1 and state = 'running' for update`;

const updateProgress = sql`update replays set done = $1, position = $2, state = $3 where id = $4`;

const updateStopped = sql`
  update replays set state = 'stopped' where tenant = $1 and id = $2 and state = 'running'`;
