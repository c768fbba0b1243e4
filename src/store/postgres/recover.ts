// What dead processes had claimed is given back: nobody else holds the lock of such a process.
import { lockClass } from './context.ts';
import { type Database, sql } from './database.ts';
import { releaseAll } from './claim.ts';

/** Answers how many claims were given back. The locks taken here keep others from doing the same meanwhile. */
export async function recover(db: Database, now: number): Promise<number> {
  const isAlone = (await db.all(selectOthers)).length === 0;
  if (isAlone) return 0;
  return db.transaction(async (tx) => {
    const dead = (await tx.all<{ id: number }>(selectDead, [lockClass.process])).map((row) => row.id);
    if (dead.length === 0) return 0;
    const released = await releaseAll(tx, dead, now);
    await tx.run(deleteProcesses, [dead]);
    return released;
  });
}

const selectOthers = sql`select 1 from processes limit 2`;

/**
 * The lock of this process is held by its own connection, so it is not among them. A server that has just come
 * back has nobody's locks: the living get some seconds to take theirs again (see `reconnectAfterMs`).
 */
const selectDead = sql`
  select id from (
    select id from processes where clock_timestamp() - pg_postmaster_start_time() > interval '3 s' offset 0
  ) as p where pg_try_advisory_xact_lock($1::int, id)`;

const deleteProcesses = sql`delete from processes where id = any($1)`;
