-- Ids are text, prefixed and ordered by time (`ten_`, `ep_`, `evt_`, `dlv_`, `att_`), and stored as they are
-- printed: one form in the database, the API and the log. Times are Unix ms. Tables are strict, so that a
-- value of another type is an error here and not a surprise later.

-- Facts about the database itself, each written once.
create table metadata (
  name text not null primary key,
  value text not null
) strict, without rowid;

-- `revision` rises with every change of any of its endpoints: the publish path keeps the endpoints of a tenant
-- in memory and reads them again only when this number is another. A removed tenant stays as a tombstone, so
-- that its id is not given away while anything of it is left.
create table tenants (
  seq integer primary key,
  id text not null unique,
  name text not null,
  dialect text not null,
  created_at integer not null,
  removed_at integer,
  revision integer not null default 0
) strict;

-- Found by what a request presents, among the tenants of one dialect: hence the tenant's dialect is repeated
-- here. Only a hash is kept of a bearer token; a key pair's secret is sealed.
create table credentials (
  id text not null primary key,
  tenant text not null references tenants (id),
  mode text not null check (mode in ('live', 'test')),
  kind text not null check (kind in ('bearer', 'key-pair')),
  dialect text not null,
  lookup text not null,
  sealed_secret text,
  created_at integer not null,
  unique (dialect, lookup)
) strict, without rowid;
create index credentials_of_tenant on credentials (tenant, id);

-- The secret of a tenant for all its endpoints of a mode, in dialects that know one. Sealed, with what is in the
-- open beside it.
create table tenant_secrets (
  tenant text not null references tenants (id),
  mode text not null check (mode in ('live', 'test')),
  sealed text not null,
  attributes text not null,
  primary key (tenant, mode)
) strict, without rowid;

-- The state of what waits is derived from its endpoint (enabled: pending, disabled: held, removed: canceled),
-- so that disabling an endpoint with a million waiting deliveries writes one row. A removed endpoint stays as
-- a tombstone without secrets until nothing refers to it. `revision` rises with what is sent or where.
create table endpoints (
  id text not null primary key,
  tenant text not null references tenants (id),
  mode text not null check (mode in ('live', 'test')),
  url text not null,
  event_types text not null,
  description text,
  enabled integer not null check (enabled in (0, 1)),
  disabled_reason text check (disabled_reason in ('requested', 'gone', 'failing')),
  disabled_at integer,
  failure_count integer not null,
  first_failure_at integer,
  last_failure_at integer,
  window_failures integer not null,
  window_started_at integer,
  secrets text not null,
  alias text,
  attributes text not null,
  created_at integer not null,
  updated_at integer not null,
  removed_at integer,
  revision integer not null
) strict;
create index endpoints_of_tenant on endpoints (tenant, mode, id);
create unique index endpoints_by_alias on endpoints (tenant, mode, alias)
  where removed_at is null and alias is not null;
create index endpoints_by_url on endpoints (tenant, mode, url) where removed_at is null;
create index endpoints_removed on endpoints (removed_at) where removed_at is not null;
create index endpoints_failing on endpoints (id) where failure_count > 0;

-- The payload is stored once, as the last column, so that reading the others never walks its pages.
-- `first_delivery` to `last_delivery` is the range of ids of the deliveries it led to: they are found by it
-- without an index of their own. Uniqueness of an id is this table's, in the publish transaction itself; the
-- id comes first in its index, because ids that rise with time are then written side by side.
create table events (
  seq integer primary key,
  id text not null,
  tenant text not null,
  mode text not null check (mode in ('live', 'test')),
  type text not null,
  fingerprint text not null,
  ordering_key text,
  occurred_at integer not null,
  created_at integer not null,
  traceparent text,
  deliveries integer not null,
  first_delivery text,
  last_delivery text,
  payload blob not null,
  unique (id, tenant, mode)
) strict;
create index events_without_deliveries on events (created_at) where deliveries = 0;

-- What is owed and has not ended; a row goes when its delivery ends, so that the table stays small and what
-- is due is found without touching what is done. `seq` is the order of publication, never given twice, so that
-- a late result meets nobody else's row. `due_at` is both schedule and end of a claim; `lease` rises with each claim (fencing).
-- Under an ordering key only the first row is ever due: the others are parked (`due_at` at its maximum)
-- until the one before them ends, so that claiming needs no thought of order.
create table deliveries_waiting (
  seq integer primary key autoincrement,
  id text not null,
  tenant text not null,
  mode text not null,
  endpoint text not null,
  event_seq integer not null,
  ordering_key text,
  attempts integer not null,
  step integer not null,
  first_due_at integer not null,
  due_at integer not null,
  lease integer not null,
  is_claimed integer not null check (is_claimed in (0, 1)),
  is_ordered integer not null check (is_ordered in (0, 1)),
  was_delivered integer not null check (was_delivered in (0, 1)),
  unique (tenant, mode, id)
) strict;
create index deliveries_waiting_due on deliveries_waiting (endpoint, due_at);
create index deliveries_waiting_by_key on deliveries_waiting (endpoint, ordering_key, seq)
  where ordering_key is not null;
create index deliveries_waiting_ordered on deliveries_waiting (endpoint, due_at) where is_ordered = 1;

-- Written once, when a delivery ends; `seq` is therefore the order of ending, and retention removes a
-- contiguous range of it. The partial index is for what people look for: what was not delivered.
-- All that a delivered delivery writes is at the ends of tables and indexes: see `filed`.
create table deliveries_ended (
  seq integer primary key,
  id text not null unique,
  tenant text not null,
  mode text not null,
  endpoint text not null,
  event_seq integer not null,
  state text not null check (state in ('delivered', 'exhausted', 'canceled')),
  attempts integer not null,
  ended_at integer not null
) strict;
create index deliveries_ended_badly on deliveries_ended (tenant, mode, id) where state <> 'delivered';

-- Append only; `seq` is the order of recording. Whose it is, is known by its endpoint.
create table attempts (
  seq integer primary key,
  id text not null,
  delivery text not null,
  endpoint text not null,
  number integer not null,
  started_at integer not null,
  duration_ms integer not null,
  url text not null,
  request_headers text not null,
  outcome text not null check (outcome in ('accepted', 'refused', 'unreachable')),
  status integer,
  error_code text,
  error_message text,
  response_headers text not null,
  response_body blob not null
) strict;
create index attempts_of_delivery on attempts (delivery);

-- Lists by owner need indexes by owner, in which each row of a commit would touch a page of its own: with 200
-- tenants this made publishing and recording four times slower. These tables are such indexes, filled for
-- thousands of rows at once, when so many have come together; the few after `filed.seq` are read one by one.
create table filed (
  name text not null primary key check (name in ('events', 'deliveries', 'attempts')),
  seq integer not null
) strict, without rowid;
insert into filed (name, seq) values ('events', 0), ('deliveries', 0), ('attempts', 0);
create table events_by_tenant (
  tenant text not null,
  mode text not null,
  seq integer not null,
  primary key (tenant, mode, seq)
) strict, without rowid;
create table deliveries_by_endpoint (
  endpoint text not null,
  id text not null,
  seq integer not null,
  primary key (endpoint, id)
) strict, without rowid;
create table attempts_by_endpoint (
  endpoint text not null,
  seq integer not null,
  primary key (endpoint, seq)
) strict, without rowid;
create trigger events_unfile after delete on events begin
  delete from events_by_tenant where tenant = old.tenant and mode = old.mode and seq = old.seq;
end;
create trigger deliveries_unfile after delete on deliveries_ended begin
  delete from deliveries_by_endpoint where endpoint = old.endpoint and id = old.id;
end;
create trigger attempts_unfile after delete on attempts begin
  delete from attempts_by_endpoint where endpoint = old.endpoint and seq = old.seq;
end;

-- A person's order to deliver many again. `position` is the id of the last delivery it has ordered, written
-- in the same transaction as the orders: a restart goes on where it stood.
create table replays (
  id text not null primary key,
  tenant text not null,
  mode text check (mode in ('live', 'test')),
  endpoint text,
  states text not null,
  event_types text,
  since integer not null,
  until integer not null,
  rate_per_second real not null,
  total integer not null,
  done integer not null,
  position text not null,
  state text not null check (state in ('running', 'finished', 'stopped')),
  created_at integer not null
) strict;
create index replays_running on replays (id) where state = 'running';

-- Counts per endpoint and minute, added up in memory before they get here; the index is for retention and for
-- charts of everything.
create table stats (
  tenant text not null,
  endpoint text not null,
  minute integer not null,
  accepted integer not null,
  refused integer not null,
  unreachable integer not null,
  durations text not null,
  primary key (tenant, endpoint, minute)
) strict, without rowid;
create index stats_by_minute on stats (minute);

-- The deliveries in the words of the port; here alone a state is derived. What a person has ordered is sent
-- also while its endpoint is disabled, so it is pending and not held.
create view waiting_deliveries as
select
  w.seq, w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, 0 as is_ended,
  case when e.removed_at is not null then 'canceled'
       when e.enabled = 1 or w.is_ordered = 1 then 'pending' else 'held' end as state,
  case when e.removed_at is null and (e.enabled = 1 or w.is_ordered = 1) and w.due_at < 9007199254740991
       then w.due_at end as due_at,
  e.removed_at as ended_at, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key
from deliveries_waiting w
join endpoints e on e.id = w.endpoint
join events v on v.seq = w.event_seq;

create view ended_deliveries as
select
  d.seq, d.id, d.tenant, d.mode, d.endpoint, d.event_seq, d.attempts, 1 as is_ended,
  d.state, null as due_at, d.ended_at, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key
from deliveries_ended d
join endpoints e on e.id = d.endpoint
join events v on v.seq = d.event_seq;

create view deliveries as
select * from waiting_deliveries union all select * from ended_deliveries;
