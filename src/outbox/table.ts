// The outbox table in a platform's own Postgres: the transaction that changes something also inserts the event that tells of it.

/** Letters, digits and underscores, after an optional schema: a name that needs no quoting. */
export const tableName = /^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/;

/** Where a relay that listens learns of a row at once. */
export const channelOf = (table: string): string => table.replace('.', '_');

/** `json` keeps the text of a payload as it was written, which `jsonb` does not. */
export function createTable(table: string): string {
  const name = channelOf(table);
  return `create table if not exists ${table} (
  id           bigint generated always as identity primary key,
  tenant       text not null,
  type         text not null,
  payload      json not null,
  mode         text not null default 'live' check (mode in ('live', 'test')),
  ordering_key text,
  occurred_at  timestamptz not null default now(),
  metadata     json,
  -- Set by the relay when the server refuses the event; such a row stays until you correct or delete it.
  refused      text
);

create or replace function ${name}_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('${name}', '');
  return null;
end $$;

create or replace trigger ${name}_notify after insert on ${table}
  for each statement execute function ${name}_notify();
`;
}

/** One row that waits. */
export interface OutboxRow {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly mode: string;
  readonly ordering_key: string | null;
  /** RFC 3339. */
  readonly occurred_at: string;
  /** Both as text. */
  readonly payload: string;
  readonly metadata: string | null;
}

export interface OutboxEvent {
  /** Of its row. */
  readonly row: string;
  readonly tenant: string;
  /** The body of a publication, with the payload as it was written. */
  readonly json: string;
}

/** The id of the row makes that of the event, so that a repetition publishes nothing twice. */
export function toEvent(table: string, row: OutboxRow): OutboxEvent {
  const members = [
    `"id":${JSON.stringify(`${table}-${row.id}`)}`,
    `"type":${JSON.stringify(row.type)}`,
    `"mode":${JSON.stringify(row.mode)}`,
    `"occurredAt":${JSON.stringify(row.occurred_at)}`,
    ...(row.ordering_key === null ? [] : [`"orderingKey":${JSON.stringify(row.ordering_key)}`]),
    ...(row.metadata === null ? [] : [`"metadata":${row.metadata}`]),
    `"payload":${row.payload}`,
  ];
  return { row: row.id, tenant: row.tenant, json: `{${members.join(',')}}` };
}
