-- The schema after all migrations. Written by the tests with UPDATE_SCHEMA=1; not to be edited.

CREATE TABLE migrations (
    number integer primary key,
    name text not null,
    applied_at integer not null
  ) strict;

CREATE TABLE metadata (
  name text not null primary key,
  value text not null
) strict, without rowid;

CREATE TABLE tenants (
  seq integer primary key,
  id text not null unique,
  name text not null,
  dialect text not null,
  created_at integer not null,
  removed_at integer,
  revision integer not null default 0
, metadata text not null default '{}', events_numbered integer not null default 0, contact text) strict;

CREATE TABLE credentials (
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

CREATE INDEX credentials_of_tenant on credentials (tenant, id);

CREATE TABLE tenant_secrets (
  tenant text not null references tenants (id),
  mode text not null check (mode in ('live', 'test')),
  sealed text not null,
  attributes text not null,
  primary key (tenant, mode)
) strict, without rowid;

CREATE TABLE endpoints (
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
, metadata text not null default '{}', settings text not null default '{}', sealed_settings text, kind text not null default 'push' check (kind in ('push', 'pull'))) strict;

CREATE INDEX endpoints_of_tenant on endpoints (tenant, mode, id);

CREATE UNIQUE INDEX endpoints_by_alias on endpoints (tenant, mode, alias)
  where removed_at is null and alias is not null;

CREATE INDEX endpoints_by_url on endpoints (tenant, mode, url) where removed_at is null;

CREATE INDEX endpoints_removed on endpoints (removed_at) where removed_at is not null;

CREATE INDEX endpoints_failing on endpoints (id) where failure_count > 0;

CREATE TABLE events (
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
  payload blob not null, metadata text, number integer, filtered integer,
  unique (id, tenant, mode)
) strict;

CREATE INDEX events_without_deliveries on events (created_at) where deliveries = 0;

CREATE TABLE deliveries_waiting (
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
  was_delivered integer not null check (was_delivered in (0, 1)), is_test integer not null default 0 check (is_test in (0, 1)), scheduled_at integer, replay text, sent text,
  unique (tenant, mode, id)
) strict;

CREATE TABLE sqlite_sequence(name,seq);

CREATE INDEX deliveries_waiting_due on deliveries_waiting (endpoint, due_at);

CREATE INDEX deliveries_waiting_by_key on deliveries_waiting (endpoint, ordering_key, seq)
  where ordering_key is not null;

CREATE INDEX deliveries_waiting_ordered on deliveries_waiting (endpoint, due_at) where is_ordered = 1;

CREATE TABLE deliveries_ended (
  seq integer primary key,
  id text not null unique,
  tenant text not null,
  mode text not null,
  endpoint text not null,
  event_seq integer not null,
  state text not null check (state in ('delivered', 'exhausted', 'canceled')),
  attempts integer not null,
  ended_at integer not null
, note text) strict;

CREATE INDEX deliveries_ended_badly on deliveries_ended (tenant, mode, id) where state <> 'delivered';

CREATE TABLE attempts (
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
, trigger text, content blob) strict;

CREATE INDEX attempts_of_delivery on attempts (delivery);

CREATE TABLE filed (
  name text not null primary key check (name in ('events', 'deliveries', 'attempts')),
  seq integer not null
) strict, without rowid;

CREATE TABLE events_by_tenant (
  tenant text not null,
  mode text not null,
  seq integer not null,
  primary key (tenant, mode, seq)
) strict, without rowid;

CREATE TABLE deliveries_by_endpoint (
  endpoint text not null,
  id text not null,
  seq integer not null,
  primary key (endpoint, id)
) strict, without rowid;

CREATE TABLE attempts_by_endpoint (
  endpoint text not null,
  seq integer not null,
  primary key (endpoint, seq)
) strict, without rowid;

CREATE TRIGGER events_unfile after delete on events begin
  delete from events_by_tenant where tenant = old.tenant and mode = old.mode and seq = old.seq;
end;

CREATE TRIGGER attempts_unfile after delete on attempts begin
  delete from attempts_by_endpoint where endpoint = old.endpoint and seq = old.seq;
end;

CREATE TABLE replays (
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
, include_disabled integer not null default 0 check (include_disabled in (0, 1)), delivered integer not null default 0, failed integer not null default 0, kind text not null default 'replay' check (kind in ('replay', 'backfill'))) strict;

CREATE INDEX replays_running on replays (id) where state = 'running';

CREATE TABLE stats (
  tenant text not null,
  endpoint text not null,
  minute integer not null,
  accepted integer not null,
  refused integer not null,
  unreachable integer not null,
  durations text not null, codes text not null default '{}',
  primary key (tenant, endpoint, minute)
) strict, without rowid;

CREATE INDEX stats_by_minute on stats (minute);

CREATE TABLE fan_outs (
  id integer primary key,
  events text not null,
  endpoints text not null,
  written integer not null
) strict;

CREATE TABLE deliveries_by_tenant (
  tenant text not null,
  mode text not null,
  id text not null,
  seq integer not null,
  primary key (tenant, mode, id)
) strict, without rowid;

CREATE TABLE deliveries_by_type (
  tenant text not null,
  mode text not null,
  type text not null,
  id text not null,
  seq integer not null,
  primary key (tenant, mode, type, id)
) strict, without rowid;

CREATE TRIGGER deliveries_unfile after delete on deliveries_ended begin
  delete from deliveries_by_endpoint where endpoint = old.endpoint and id = old.id;
  delete from deliveries_by_tenant where tenant = old.tenant and mode = old.mode and id = old.id;
  delete from deliveries_by_type where tenant = old.tenant and mode = old.mode and id = old.id
    and type = (select type from events where seq = old.event_seq);
end;

CREATE TABLE endpoint_types (
  tenant text not null,
  mode text not null,
  type text not null,
  endpoint text not null,
  primary key (tenant, mode, type, endpoint)
) strict, without rowid;

CREATE TRIGGER endpoints_typed after insert on endpoints when new.removed_at is null begin
  insert or ignore into endpoint_types (tenant, mode, type, endpoint)
  select new.tenant, new.mode, value, new.id from json_each(new.event_types);
end;

CREATE TRIGGER endpoints_retyped after update of event_types, removed_at on endpoints
when old.event_types <> new.event_types or (old.removed_at is null) <> (new.removed_at is null) begin
  delete from endpoint_types
  where tenant = old.tenant and mode = old.mode and endpoint = old.id
    and type in (select value from json_each(old.event_types));
  insert or ignore into endpoint_types (tenant, mode, type, endpoint)
  select new.tenant, new.mode, value, new.id from json_each(new.event_types) where new.removed_at is null;
end;

CREATE INDEX deliveries_waiting_by_id on deliveries_waiting (id);

CREATE INDEX deliveries_ended_failed on deliveries_ended (id) where state <> 'delivered';

CREATE INDEX endpoints_disabled on endpoints (id) where not enabled and removed_at is null;

CREATE INDEX endpoints_by_any_alias on endpoints (alias) where removed_at is null and alias is not null;

CREATE INDEX endpoints_by_any_url on endpoints (url) where removed_at is null;

CREATE INDEX events_by_number on events (number) where number is not null;

CREATE VIEW waiting_deliveries as
select
  w.seq, w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, 0 as is_ended,
  case when e.removed_at is not null then 'canceled'
       when e.enabled = 1 or w.is_ordered = 1 then 'pending' else 'held' end as state,
  w.is_claimed and e.removed_at is null as is_in_flight,
  case when e.removed_at is null and (e.enabled = 1 or w.is_ordered = 1) and w.is_claimed = 0
            and w.due_at < 9007199254740991
       then w.due_at end as due_at,
  e.removed_at as ended_at, e.enabled as is_endpoint_enabled, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key, null as note
from deliveries_waiting w
join endpoints e on e.id = w.endpoint
join events v on v.seq = w.event_seq;

CREATE VIEW ended_deliveries as
select
  d.seq, d.id, d.tenant, d.mode, d.endpoint, d.event_seq, d.attempts, 1 as is_ended,
  d.state, 0 as is_in_flight, null as due_at,
  d.ended_at, e.enabled as is_endpoint_enabled, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key, d.note
from deliveries_ended d
join endpoints e on e.id = d.endpoint
join events v on v.seq = d.event_seq;

CREATE TABLE event_types (
  name text not null primary key,
  group_name text,
  description text,
  schema text,
  examples text not null,
  deprecated integer not null check (deprecated in (0, 1)),
  version integer not null,
  revision integer not null,
  created_at integer not null,
  updated_at integer not null
) strict, without rowid;

CREATE TABLE catalogue (
  id integer primary key check (id = 1),
  revision integer not null
) strict;

CREATE TABLE admin_keys (
  id text primary key,
  name text not null,
  lookup text not null unique,
  prefix text not null,
  scopes text not null,
  tenants text,
  created_at integer not null,
  expires_at integer,
  last_used_at integer
) strict, without rowid;

CREATE TABLE console_sessions (
  lookup text primary key,
  key text not null,
  expires_at integer not null
) strict, without rowid;

CREATE INDEX console_sessions_by_key on console_sessions (key);

CREATE INDEX console_sessions_by_end on console_sessions (expires_at);

CREATE TABLE audit_log (
  id text primary key,
  at integer not null,
  actor_kind text not null check (actor_kind in ('root', 'key', 'credential', 'portal')),
  actor text not null,
  actor_name text not null,
  is_console integer not null check (is_console in (0, 1)),
  command text not null,
  tenant text,
  mode text check (mode in ('live', 'test')),
  noun text not null,
  target text not null,
  before text,
  after text,
  address text,
  request_id text
) strict, without rowid;

CREATE INDEX audit_log_by_tenant on audit_log (tenant, id);

CREATE INDEX audit_log_by_actor on audit_log (actor, id);

CREATE INDEX audit_log_by_command on audit_log (command, id);

CREATE TABLE portal_sessions (
  id text primary key,
  tenant text not null,
  mode text not null check (mode in ('live', 'test')),
  lookup text not null unique,
  permissions text not null,
  embed_origins text not null,
  return_url text,
  theme text not null,
  created_at integer not null,
  opened_at integer,
  expires_at integer not null
) strict, without rowid;

CREATE INDEX portal_sessions_of_tenant on portal_sessions (tenant, id);

CREATE INDEX portal_sessions_by_end on portal_sessions (expires_at);

CREATE INDEX tenants_with_contact on tenants (id) where contact is not null;

CREATE TABLE alerts (
  id text primary key,
  name text not null,
  types text not null,
  tenants text,
  via text not null,
  window_ms integer not null,
  enabled integer not null check (enabled in (0, 1)),
  snoozed_until integer,
  created_at integer not null,
  updated_at integer not null
) strict, without rowid;

CREATE TABLE alert_signals (
  subject text not null,
  type text not null,
  tenant text not null,
  mode text check (mode in ('live', 'test')),
  endpoint text,
  code text,
  since integer not null,
  at integer not null,
  count integer not null,
  primary key (subject, type)
) strict, without rowid;

CREATE TABLE alert_messages (
  channel text not null,
  subject text not null,
  type text not null,
  id text not null,
  tenant text not null,
  mode text check (mode in ('live', 'test')),
  endpoint text,
  host text,
  code text,
  since integer not null,
  at integer not null,
  count integer not null,
  attempts integer not null,
  due_at integer not null,
  primary key (channel, subject, type)
) strict, without rowid;

CREATE INDEX alert_messages_by_due on alert_messages (due_at, channel);

CREATE TABLE alert_windows (
  channel text not null,
  subject text not null,
  type text not null,
  ends_at integer not null,
  is_told integer not null check (is_told in (0, 1)),
  primary key (channel, subject, type)
) strict, without rowid;

CREATE INDEX alert_windows_by_end on alert_windows (ends_at);

CREATE TABLE alert_channels (
  channel text primary key,
  claimed_until integer not null,
  lease integer not null,
  failures integer not null,
  retry_at integer not null,
  hour_started_at integer not null,
  hour_sent integer not null,
  last_sent_at integer,
  last_error text,
  last_error_at integer
) strict, without rowid;

CREATE TABLE endpoint_checks (
  id text primary key,
  tenant text not null,
  mode text not null check (mode in ('live', 'test')),
  endpoint text not null,
  event_type text not null,
  payload text not null,
  state text not null check (state in ('waiting', 'running', 'finished')),
  items text not null,
  created_at integer not null,
  finished_at integer,
  due_at integer
) strict, without rowid;

CREATE INDEX endpoint_checks_of_endpoint on endpoint_checks (endpoint, id);

CREATE INDEX endpoint_checks_of_tenant on endpoint_checks (tenant, created_at);

CREATE INDEX endpoint_checks_due on endpoint_checks (due_at) where due_at is not null;

CREATE TABLE archive (
  id integer primary key check (id = 1),
  sealed_until integer not null,
  archived_until integer,
  events_after integer not null,
  events_until integer not null,
  lease integer not null,
  claimed_until integer not null
) strict;

CREATE TABLE archive_files (
  tenant text not null primary key,
  files text not null
) strict, without rowid;
