// How each table of a SQLite file becomes one of Postgres: what is read, what is written, and what changes.
import type { SQLOutputValue } from 'node:sqlite';
import { numberBase } from './postgres/slices.ts';
import { toStored } from './postgres/text.ts';
import { sql } from './sql.ts';

export type SourceRow = Readonly<Record<string, SQLOutputValue>>;

export interface CopiedTable {
  readonly name: string;
  /** Read from the file, in the order in which it is written. */
  readonly select: string;
  /** The columns in Postgres with their types. */
  readonly columns: Readonly<Record<string, string>>;
  /** What is not written as it is read. */
  readonly change?: (row: SourceRow, now: number) => Record<string, unknown>;
  /** What is said in the insert before its values: columns that number themselves are given here. */
  readonly overriding?: string;
}

const text = (names: string) => columnsOf(names, 'text');
const int = (names: string) => columnsOf(names, 'bigint');

function columnsOf(names: string, type: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, type]));
}

/** An event's number begins with its day: see the migration. */
function numberOf(row: SourceRow, seq: string): number {
  const first = row['first_delivery'];
  return (
    numberBase(Number(row['event_created_at']), typeof first === 'string' ? first : null) + Number(row[seq])
  );
}

const stored = (value: SQLOutputValue | undefined): string | null =>
  typeof value === 'string' ? toStored(value) : null;

/** A list as the text of an array of Postgres. */
function toArray(json: SQLOutputValue | undefined): string {
  const items = JSON.parse(String(json)) as readonly (string | number)[];
  return `{${items.map((item) => JSON.stringify(item)).join(',')}}`;
}

const eventColumns = 'v.created_at as event_created_at, v.first_delivery';

/** What refers comes after what it refers to. */
export const copiedTables: readonly CopiedTable[] = [
  { name: 'metadata', select: sql`select * from metadata`, columns: text('name value') },
  {
    name: 'tenants',
    select: sql`select * from tenants order by seq`,
    columns: { ...text('id name dialect'), ...int('seq created_at removed_at revision') },
    overriding: 'overriding system value',
  },
  {
    name: 'credentials',
    select: sql`select * from credentials`,
    columns: { ...text('id tenant mode kind dialect lookup sealed_secret'), ...int('created_at') },
  },
  {
    name: 'tenant_secrets',
    select: sql`select * from tenant_secrets`,
    columns: text('tenant mode sealed attributes'),
  },
  {
    name: 'endpoints',
    select: sql`select * from endpoints order by id`,
    columns: {
      ...text('id tenant mode url description disabled_reason secrets alias attributes'),
      ...int('disabled_at failure_count first_failure_at last_failure_at window_failures window_started_at'),
      ...int('created_at updated_at removed_at revision'),
      enabled: 'boolean',
      event_types: 'text[]',
    },
    change: (row) => ({ enabled: row['enabled'] === 1, event_types: toArray(row['event_types']) }),
  },
  {
    name: 'event_ids',
    select: sql`select v.id, v.tenant, v.mode, v.seq, ${eventColumns} from events v order by v.seq`,
    columns: { ...text('id tenant mode'), ...int('seq') },
    change: (row) => ({ id: stored(row['id']), seq: numberOf(row, 'seq') }),
  },
  {
    name: 'events',
    select: sql`select v.*, v.created_at as event_created_at from events v order by v.seq`,
    columns: {
      ...text('id tenant mode type fingerprint ordering_key traceparent first_delivery last_delivery'),
      ...int('seq occurred_at created_at deliveries'),
      payload: 'bytea',
    },
    change: (row) => ({
      id: stored(row['id']),
      ordering_key: stored(row['ordering_key']),
      seq: numberOf(row, 'seq'),
    }),
  },
  {
    name: 'deliveries_waiting',
    select: sql`
      select w.*, ${eventColumns} from deliveries_waiting w join events v on v.seq = w.event_seq order by w.seq`,
    columns: {
      ...text('id tenant mode endpoint ordering_key'),
      ...int('seq event_seq attempts step first_due_at due_at lease'),
      is_ordered: 'boolean',
      was_delivered: 'boolean',
    },
    // What the stopped process had claimed is due at once; the number of its claim ends with it.
    change: (row, now) => ({
      event_seq: numberOf(row, 'event_seq'),
      ordering_key: stored(row['ordering_key']),
      due_at: row['is_claimed'] === 1 ? now : row['due_at'],
      lease: Number(row['lease']) + 1,
      is_ordered: row['is_ordered'] === 1,
      was_delivered: row['was_delivered'] === 1,
    }),
    overriding: 'overriding system value',
  },
  {
    name: 'deliveries_ended',
    select: sql`
      select d.*, ${eventColumns} from deliveries_ended d join events v on v.seq = d.event_seq order by d.seq`,
    columns: { ...text('id tenant mode endpoint state'), ...int('event_seq attempts ended_at') },
    change: (row) => ({ event_seq: numberOf(row, 'event_seq') }),
  },
  {
    name: 'attempts',
    select: sql`select * from attempts order by seq`,
    columns: {
      ...text('id delivery endpoint url request_headers outcome error_code error_message response_headers'),
      ...int('seq number started_at duration_ms status'),
      response_body: 'bytea',
    },
  },
  {
    name: 'replays',
    select: sql`select * from replays`,
    columns: {
      ...text('id tenant mode endpoint states event_types position state'),
      ...int('since until total done created_at'),
      rate_per_second: 'float8',
    },
  },
  {
    name: 'stats',
    select: sql`select * from stats`,
    columns: {
      ...text('tenant endpoint'),
      ...int('minute accepted refused unreachable'),
      durations: 'bigint[]',
    },
    change: (row) => ({ durations: toArray(row['durations']) }),
  },
];

/** Numbers that are given out go on after the ones that were copied. */
export const sequenceTexts: readonly string[] = [
  sql`select setval('event_numbers', greatest(1, (select coalesce(max(seq % 274877906944), 1) from events)))`,
  sql`select setval('attempt_numbers', (select coalesce(max(seq), 1) from attempts))`,
  sql`select setval(pg_get_serial_sequence('tenants', 'seq'), (select coalesce(max(seq), 1) from tenants))`,
  sql`select setval(pg_get_serial_sequence('deliveries_waiting', 'seq'), greatest(
    $1::bigint, (select coalesce(max(seq), 1) from deliveries_waiting)))`,
];
