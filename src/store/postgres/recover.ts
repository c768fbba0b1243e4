// Recovery: releases what dead processes had claimed. A process is dead when its advisory lock is free.
import { sql } from '../sql.ts';
import { releaseAll } from './claim.ts';
import { lockClass } from './context.ts';
import type { Database } from './database.ts';

/**
 * The locks taken here keep other processes from doing the same meanwhile. The lock of this process is held by its own
 * connection, so it is not among them. After a restart of the server no process has its lock: the living ones get some
 * seconds to take theirs again (see `reconnectAfterMs`). After a fail-over neither, and that is a time that the new primary
 * does not tell: a process that has lost its own lock waits before it asks (`isSettled`).
 */
export async function recover(db: Database, now: number): Promise<void> {
  if ((await db.all(sql`select 1 from processes limit 2`)).length === 0) return;
  await db.transaction(async (tx) => {
    const rows = await tx.all<{ id: number }>(sql`
      select id from (
        select id from processes
        where clock_timestamp() - pg_postmaster_start_time() > interval '3 s' offset 0
      ) as p where pg_try_advisory_xact_lock(${lockClass.process}::int, id)`);
    const dead = rows.map((row) => row.id);
    if (dead.length === 0) return;
    await releaseAll(tx, dead, now);
    await tx.run(sql`delete from processes where id = any(${dead})`);
  });
}
