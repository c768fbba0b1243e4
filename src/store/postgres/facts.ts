import type { DatabaseFacts } from '#core/server.ts';
import { all, get, type Work } from '../records/work.ts';
import { sql } from '../sql.ts';
import { lockClass } from './context.ts';

export function* databaseFacts(): Work<DatabaseFacts> {
  const row = yield* get<Omit<DatabaseFacts, 'processes'>>(sql`
    select current_setting('server_version') as version, (select max(number) from migrations) as schema,
      pg_database_size(current_database()) as "sizeBytes"`);
  return { version: '', schema: 0, sizeBytes: 0, ...row, processes: yield* all(selectProcesses()) };
}

/** A process that has a row but not its lock is dead; its connection says which one it is. See presence.ts. */
function selectProcesses() {
  return sql`
    select a.application_name as name, p.started_at as "startedAt"
    from processes p
    join pg_locks l on l.locktype = 'advisory' and l.granted and l.objsubid = 2
      and l.database = (select oid from pg_database where datname = current_database())
      and l.classid = ${lockClass.process}::int::oid and l.objid = p.id::oid
    left join pg_stat_activity a on a.pid = l.pid
    order by p.id`;
}
