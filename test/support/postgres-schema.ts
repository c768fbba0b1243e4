// Dumps the schema of a Postgres database as text, because pg_dump may not be installed where tests run.
import { runSql as run } from './postgres.ts';

const runSql = (url: string, text: string) => run(url, text) as Promise<Record<string, string | null>[]>;

export async function listSchema(url: string): Promise<string> {
  const parts: string[] = [];
  const relations = await runSql(url, selectRelations);
  for (const { name, kind, options, partitioned, bound } of relations) {
    if (kind === 'v') {
      parts.push(`create view ${name} as\n${options}`);
      continue;
    }
    if (bound !== null) {
      parts.push(`create table ${name} partition of ${partitioned} ${bound};`);
      continue;
    }
    const columns = await runSql(url, selectColumns(String(name)));
    const constraints = await runSql(url, selectConstraints(String(name)));
    const lines = [...columns, ...constraints].map(({ line }) => `  ${line}`).join(',\n');
    const tail = `${partitioned === null ? '' : ` partition by ${partitioned}`}${options === null ? '' : ` with (${options})`}`;
    parts.push(`create table ${name} (\n${lines}\n)${tail};`);
    const indexes = await runSql(url, selectIndexes(String(name)));
    for (const { line } of indexes) parts.push(`${line};`);
  }
  for (const { line } of await runSql(url, selectSequences)) parts.push(`${line};`);
  return parts.join('\n\n');
}

const selectRelations = `
  select c.relname as name, c.relkind as kind,
    case when c.relkind = 'v' then pg_get_viewdef(c.oid) else array_to_string(c.reloptions, ', ') end as options,
    case when c.relkind = 'p' then pg_get_partkeydef(c.oid) when c.relispartition then p.relname end as partitioned,
    case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end as bound
  from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
  order by c.relkind = 'v', c.relname`;

const selectColumns = (table: string): string => `
  select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when a.attcollation <> t.typcollation then ' collate "C"' else '' end
    || case when a.attnotnull then ' not null' else '' end
    || case when a.attidentity <> '' then ' generated always as identity' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = '${table}'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`;

/** Newer servers list `not null` among the constraints too; the columns have it already. */
const selectConstraints = (table: string): string => `
  select pg_get_constraintdef(oid) as line from pg_constraint
  where conrelid = '${table}'::regclass and contype in ('c', 'f', 'p', 'u') order by contype, conname`;

const selectIndexes = (table: string): string => `
  select pg_get_indexdef(i.indexrelid) as line from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = '${table}'::regclass
    and not exists (select 1 from pg_constraint where conindid = i.indexrelid)
  order by c.relname`;

const selectSequences = `
  select 'create sequence ' || sequencename || ' maxvalue ' || max_value || case when cycle then ' cycle' else '' end
    as line
  from pg_sequences where schemaname = 'public' order by sequencename`;
