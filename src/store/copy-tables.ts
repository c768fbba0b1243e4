// Which columns a copy from SQLite to Postgres takes over: derived from both catalogs, which must be the same but for the
// differences named here. A column that one of them lacks stops the copy instead of being lost.
import type { Database as Server } from './postgres/database.ts';
import { dayAt, firstNumber, numberBase } from './postgres/partitions.ts';
import { toStored, withoutNul } from './postgres/text.ts';
import { sql, StoreError, type Value } from './sql.ts';
import type { Database as File } from './sqlite/database.ts';

/** A row of the file; of one with an event, with what the event's number is made of. */
export type SourceRow = Readonly<Record<string, string | number | Uint8Array | null>>;

export interface CopiedTable {
  readonly name: string;
  readonly columns: readonly CopiedColumn[];
}

export interface CopiedColumn {
  readonly name: string;
  /** The name of its type in Postgres; that of an array begins with an underscore. */
  readonly type: string;
  /** True when the database numbers its rows. */
  readonly isIdentity: boolean;
  /** What is written for a row. */
  readonly convert: (row: SourceRow, now: number) => Value;
}

/**
 * Deferred indexes and numbers of SQLite: Postgres has indexes of its own, and other numbers. The types of endpoints are kept
 * by triggers. Publications in pieces are finished before a copy.
 */
const onlyInFile = new Set([
  'endpoint_types',
  'fan_outs',
  'filed',
  'events_by_tenant',
  'deliveries_by_endpoint',
  'deliveries_by_tenant',
  'deliveries_by_type',
  'attempts_by_endpoint',
  'deliveries_ended.seq',
  'deliveries_waiting.is_claimed',
]);

/** What many processes on one database need. The ids of events are copied from the events. */
const onlyInServer = new Set([
  'endpoint_types',
  'event_ids',
  'processes',
  'deliveries_waiting.claimed_by',
  'replays.owner',
  'fan_outs',
  'slot_map',
  'unfinished_tenants',
  'closed_slots',
  'slot_move',
  'slot_arrivals',
  'moved_events',
]);

/** Each database has seen migrations of its own. */
const notCopied = 'migrations';

interface CatalogRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly is_identity: boolean;
}

/** The tables to copy, each after those that it refers to. Throws `StoreError` when the catalogs differ. */
export async function matchTables(file: File, server: Server): Promise<CopiedTable[]> {
  const given = file
    .all<{ table: string; name: string }>(fileCatalog)
    .filter((row) => !isListed(onlyInFile, row));
  const taken = (await server.all<CatalogRow>(serverCatalog)).filter((row) => !isListed(onlyInServer, row));
  const [givenNames, takenNames] = [new Set(given.map(nameOf)), new Set(taken.map(nameOf))];
  const missing = [
    ...[...givenNames].filter((name) => !takenNames.has(name)).map((name) => `Postgres has no ${name}`),
    ...[...takenNames].filter((name) => !givenNames.has(name)).map((name) => `SQLite has no ${name}`),
  ];
  if (missing.length > 0) {
    throw new StoreError(`the schemas differ (${missing.join(', ')}); nothing was copied.`);
  }
  const tables = [...new Set(given.map((row) => row.table))];
  return tables.map((name) => ({
    name,
    columns: taken.filter((row) => row.table === name).map(toColumn),
  }));
}

function isListed(names: ReadonlySet<string>, row: { table: string; name: string }): boolean {
  return names.has(row.table) || names.has(nameOf(row));
}

function nameOf({ table, name }: { table: string; name: string }): string {
  return `${table}.${name}`;
}

function toColumn(row: CatalogRow): CopiedColumn {
  const { name, type, is_identity: isIdentity } = row;
  const convert = conversions[nameOf(row)] ?? byType[type] ?? ((value) => value ?? null);
  return { name, type, isIdentity, convert: (given, now) => convert(given[name], given, now) };
}

type Conversion = (value: SourceRow[string] | undefined, row: SourceRow, now: number) => Value;

const byType: Readonly<Record<string, Conversion>> = {
  bool: (value) => value === 1,
  text: (value) => (typeof value === 'string' ? withoutNul(value) : null),
  _text: (value) => toArray(value),
  _int8: (value) => toArray(value),
};

/** An event's number begins with its day in Postgres; see the migration. */
const toNumber: Conversion = (value, row) => {
  const first = row['event_first_delivery'];
  return (
    numberBase(Number(row['event_created_at']), typeof first === 'string' ? first : null) + Number(value)
  );
};

/** Texts that may hold anything, NUL included. */
const toText: Conversion = (value) => (typeof value === 'string' ? toStored(value) : null);

/** The bounds of the sealed day, by its time: see `eventBoundary`. Below the first day, there is none. */
const toArchiveAfter: Conversion = (value, { sealed_until: until }) =>
  value === -1 ? -1 : firstNumber(dayAt(Number(until)) - 1) - 1;
const toArchiveUntil: Conversion = (_value, { sealed_until: until }) => firstNumber(dayAt(Number(until)));

const conversions: Readonly<Record<string, Conversion>> = {
  'events.seq': toNumber,
  'events.id': toText,
  'events.ordering_key': toText,
  'archive.events_after': toArchiveAfter,
  'archive.events_until': toArchiveUntil,
  'deliveries_ended.event_seq': toNumber,
  'deliveries_waiting.event_seq': toNumber,
  'deliveries_waiting.ordering_key': toText,
  // The claims of the stopped process end: what it was sending is due at once, with another fencing number.
  'deliveries_waiting.due_at': (value, row, now) => (row['is_claimed'] === 1 ? now : (value ?? null)),
  'deliveries_waiting.lease': (value) => Number(value) + 1,
};

/** A list, which is JSON in SQLite, as the text of an array in Postgres. */
function toArray(json: unknown): string {
  const items = JSON.parse(String(json)) as readonly (string | number)[];
  return `{${items.map((item) => `"${String(item).replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** In the order in which the tables were created: a table follows those that it refers to. */
const fileCatalog = sql`
  select t.name as "table", c.name from sqlite_schema t, pragma_table_info(t.name) c
  where t.type = 'table' and t.name not like 'sqlite_%' and t.name <> ${notCopied} order by t.rowid, c.cid`;

const serverCatalog = sql`
  select t.relname as table, c.attname as name, y.typname as type, c.attidentity <> '' as is_identity
  from pg_class t join pg_attribute c on c.attrelid = t.oid join pg_type y on y.oid = c.atttypid
  where t.relnamespace = current_schema()::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
    and t.relname <> ${notCopied} and c.attnum > 0 and not c.attisdropped
  order by t.relname, c.attnum`;
