-- The same nouns as in SQLite, for many processes on one database. Ids are text, prefixed and ordered by time,
-- compared byte by byte (collate "C") so that their order is the one that JavaScript sees. Times are Unix ms.

-- Facts about the database itself, each written once.
create table metadata (
  name text primary key,
  value text not null
);

-- The processes on this database. Each holds a session lock named by its id for as long as it lives: whoever
-- can take that lock knows that the process is dead, and gives back what it had claimed.
create table processes (
  id integer generated always as identity primary key,
  started_at bigint not null
);

-- `revision` rises with every change of any of its endpoints: each process keeps the endpoints of a tenant in
-- memory and reads them again only when this number is another. A removed tenant stays as a tombstone.
create table tenants (
  seq bigint generated always as identity primary key,
  id text collate "C" not null unique,
  name text not null,
  dialect text not null,
  created_at bigint not null,
  removed_at bigint,
  revision bigint not null default 0
);

create table credentials (
  id text collate "C" primary key,
  tenant text collate "C" not null references tenants (id),
  mode text collate "C" not null check (mode in ('live', 'test')),
  kind text not null check (kind in ('bearer', 'key-pair')),
  dialect text not null,
  lookup text collate "C" not null,
  sealed_secret text,
  created_at bigint not null,
  unique (dialect, lookup)
);
create index credentials_of_tenant on credentials (tenant, id);

create table tenant_secrets (
  tenant text collate "C" not null references tenants (id),
  mode text collate "C" not null check (mode in ('live', 'test')),
  sealed text not null,
  attributes text not null,
  primary key (tenant, mode)
);

-- The state of what waits is derived from its endpoint (enabled: pending, disabled: held, removed: canceled),
-- so that disabling an endpoint with a million waiting deliveries writes one row. A removed endpoint stays as
-- a tombstone without secrets until nothing refers to it. `revision` rises with what is sent or where.
-- Health changes with every failure: room is left in the pages so that such an update touches no index.
create table endpoints (
  id text collate "C" primary key,
  tenant text collate "C" not null references tenants (id),
  mode text collate "C" not null check (mode in ('live', 'test')),
  url text not null,
  event_types text[] not null,
  description text,
  enabled boolean not null,
  disabled_reason text check (disabled_reason in ('requested', 'gone', 'failing')),
  disabled_at bigint,
  failure_count bigint not null,
  first_failure_at bigint,
  last_failure_at bigint,
  window_failures bigint not null,
  window_started_at bigint,
  secrets text not null,
  alias text collate "C",
  attributes text not null,
  created_at bigint not null,
  updated_at bigint not null,
  removed_at bigint,
  revision bigint not null
) with (fillfactor = 70);
create index endpoints_of_tenant on endpoints (tenant, mode, id);
create unique index endpoints_by_alias on endpoints (tenant, mode, alias)
  where removed_at is null and alias is not null;
-- By a hash of the URL: a URL may be longer than what an index takes.
create index endpoints_by_url on endpoints (tenant, mode, md5(url)) where removed_at is null;
create index endpoints_removed on endpoints (removed_at) where removed_at is not null;

-- What grows with time is kept in slices: a partition of each of the three tables for each UTC day, so that
-- retention drops a day instead of deleting its rows. An event, its deliveries and their attempts lie in the
-- slice of the day on which the event was published, and so go together: `seq` of an event begins with the
-- number of the day (day * 2^38 + a number that counts on), a delivery's id begins with its time, and an
-- attempt is filed under its delivery. Each partition key is therefore the key that rows are found by, and a
-- search touches one slice. What belongs to no slice, of days long gone mostly, lies in `…_rest`.

-- A partitioned table can be unique only in what includes the partition key, and an event's id says nothing of
-- its day. So ids have a table of their own that is not sliced: small rows, and uniqueness is this table's, in
-- the publish transaction itself. The id comes first in its index, because ids that rise with time are then
-- written side by side. The rows of a day are found for removal by the block index, which is tiny.
create table event_ids (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  seq bigint not null,
  primary key (id, tenant, mode)
);
create index event_ids_by_seq on event_ids using brin (seq) with (pages_per_range = 16, autosummarize = on);

create sequence event_numbers maxvalue 274877906943 cycle cache 1;

-- The payload is stored once. `first_delivery` to `last_delivery` is the range of ids of the deliveries it led
-- to: they are found by it without an index of their own.
create table events (
  seq bigint primary key,
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null check (mode in ('live', 'test')),
  type text not null,
  fingerprint text not null,
  ordering_key text collate "C",
  occurred_at bigint not null,
  created_at bigint not null,
  traceparent text,
  deliveries integer not null,
  first_delivery text collate "C",
  last_delivery text collate "C",
  payload bytea not null
) partition by range (seq);
create index events_of_tenant on events (tenant, mode, seq);
create index events_without_deliveries on events (created_at) where deliveries = 0;
create table events_rest partition of events default;

-- What is owed and has not ended; a row goes when its delivery ends, so that the table stays small and what
-- is due is found without touching what is done. `seq` is the order of publication: under an ordering key it
-- is given while the key's lock is held. `due_at` is both schedule and end of a claim; `lease` rises with each
-- claim (fencing); `claimed_by` is the process that holds it. Under an ordering key only the first row is ever
-- due: the others are parked (`due_at` at its maximum) until the one before them ends.
-- Rows come and go all the time: autovacuum looks often.
create table deliveries_waiting (
  seq bigint generated always as identity primary key,
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  endpoint text collate "C" not null,
  event_seq bigint not null,
  ordering_key text collate "C",
  attempts integer not null,
  step integer not null,
  first_due_at bigint not null,
  due_at bigint not null,
  lease bigint not null,
  claimed_by integer,
  is_ordered boolean not null,
  was_delivered boolean not null,
  unique (tenant, mode, id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index deliveries_waiting_due on deliveries_waiting (endpoint, due_at);
create index deliveries_waiting_by_key on deliveries_waiting (endpoint, ordering_key, seq)
  where ordering_key is not null;
create index deliveries_waiting_ordered on deliveries_waiting (endpoint, due_at) where is_ordered;

-- Written once, when a delivery ends. The partial index is for what people look for: what was not delivered.
create table deliveries_ended (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  endpoint text collate "C" not null,
  event_seq bigint not null,
  state text not null check (state in ('delivered', 'exhausted', 'canceled')),
  attempts integer not null,
  ended_at bigint not null,
  primary key (tenant, mode, id)
) partition by range (id);
create index deliveries_ended_of_endpoint on deliveries_ended (endpoint, id);
create index deliveries_ended_badly on deliveries_ended (tenant, mode, id) where state <> 'delivered';
create table deliveries_ended_rest partition of deliveries_ended default;

-- Append only; `seq` is the order of recording. Whose it is, is known by its endpoint.
create sequence attempt_numbers;
create table attempts (
  seq bigint not null default nextval('attempt_numbers'),
  id text not null,
  delivery text collate "C" not null,
  endpoint text collate "C" not null,
  number integer not null,
  started_at bigint not null,
  duration_ms bigint not null,
  url text not null,
  request_headers text not null,
  outcome text not null check (outcome in ('accepted', 'refused', 'unreachable')),
  status integer,
  error_code text,
  error_message text,
  response_headers text not null,
  response_body bytea not null,
  primary key (delivery, seq)
) partition by range (delivery);
create index attempts_of_endpoint on attempts (endpoint, seq);
create table attempts_rest partition of attempts default;

-- A person's order to deliver many again. `position` is the id of the last delivery it has ordered, written
-- in the same transaction as the orders: a restart goes on where it stood. `owner` is the process that runs it:
-- one alone, so that its rate is what was asked for.
create table replays (
  id text collate "C" primary key,
  tenant text collate "C" not null,
  mode text check (mode in ('live', 'test')),
  endpoint text collate "C",
  states text not null,
  event_types text,
  since bigint not null,
  until bigint not null,
  rate_per_second double precision not null,
  total bigint not null,
  done bigint not null,
  position text collate "C" not null,
  state text not null check (state in ('running', 'finished', 'stopped')),
  created_at bigint not null,
  owner integer
);
create index replays_running on replays (id) where state = 'running';

-- Counts per endpoint and minute, added up in memory before they get here; the index is for retention and for
-- charts of everything.
create table stats (
  tenant text collate "C" not null,
  endpoint text collate "C" not null,
  minute bigint not null,
  accepted bigint not null,
  refused bigint not null,
  unreachable bigint not null,
  durations bigint[] not null,
  primary key (tenant, endpoint, minute)
);
create index stats_by_minute on stats (minute);

-- The deliveries in the words of the port; here alone a state is derived. What a person has ordered is sent
-- also while its endpoint is disabled, so it is pending and not held.
create view waiting_deliveries as
select
  w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, false as is_ended,
  case when e.removed_at is not null then 'canceled'
       when e.enabled or w.is_ordered then 'pending' else 'held' end as state,
  case when e.removed_at is null and (e.enabled or w.is_ordered) and w.due_at < 9007199254740991
       then w.due_at end as due_at,
  e.removed_at as ended_at, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key
from deliveries_waiting w
join endpoints e on e.id = w.endpoint
join events v on v.seq = w.event_seq;

create view ended_deliveries as
select
  d.id, d.tenant, d.mode, d.endpoint, d.event_seq, d.attempts, true as is_ended,
  d.state, null::bigint as due_at, d.ended_at, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key
from deliveries_ended d
join endpoints e on e.id = d.endpoint
join events v on v.seq = d.event_seq;
