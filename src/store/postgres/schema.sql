-- The schema after all migrations. Written by the tests with UPDATE_SCHEMA=1; not to be edited.

create table admin_keys (
  id text collate "C" not null,
  name text not null,
  lookup text collate "C" not null,
  prefix text not null,
  scopes text not null,
  tenants text,
  created_at bigint not null,
  expires_at bigint,
  last_used_at bigint,
  PRIMARY KEY (id),
  UNIQUE (lookup)
);

create table alert_channels (
  channel text collate "C" not null,
  claimed_until bigint not null,
  lease bigint not null,
  failures bigint not null,
  retry_at bigint not null,
  hour_started_at bigint not null,
  hour_sent bigint not null,
  last_sent_at bigint,
  last_error text,
  last_error_at bigint,
  PRIMARY KEY (channel)
);

create table alert_messages (
  channel text collate "C" not null,
  subject text collate "C" not null,
  type text collate "C" not null,
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text,
  endpoint text collate "C",
  host text,
  code text,
  since bigint not null,
  at bigint not null,
  count bigint not null,
  attempts bigint not null,
  due_at bigint not null,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  PRIMARY KEY (channel, subject, type)
);

CREATE INDEX alert_messages_by_due ON public.alert_messages USING btree (due_at, channel);

create table alert_signals (
  subject text collate "C" not null,
  type text collate "C" not null,
  tenant text collate "C" not null,
  mode text,
  endpoint text collate "C",
  code text,
  since bigint not null,
  at bigint not null,
  count bigint not null,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  PRIMARY KEY (subject, type)
);

create table alert_windows (
  channel text collate "C" not null,
  subject text collate "C" not null,
  type text collate "C" not null,
  ends_at bigint not null,
  is_told boolean not null,
  PRIMARY KEY (channel, subject, type)
);

CREATE INDEX alert_windows_by_end ON public.alert_windows USING btree (ends_at);

create table alerts (
  id text collate "C" not null,
  name text not null,
  types text not null,
  tenants text,
  via text not null,
  window_ms bigint not null,
  enabled boolean not null,
  snoozed_until bigint,
  created_at bigint not null,
  updated_at bigint not null,
  PRIMARY KEY (id)
);

create table archive (
  id integer not null,
  sealed_until bigint not null,
  archived_until bigint,
  events_after bigint not null,
  events_until bigint not null,
  lease bigint not null,
  claimed_until bigint not null,
  CHECK ((id = 1)),
  PRIMARY KEY (id)
);

create table archive_files (
  tenant text collate "C" not null,
  files text not null,
  PRIMARY KEY (tenant)
);

create table attempts (
  seq bigint not null default nextval('attempt_numbers'::regclass),
  id text not null,
  delivery text collate "C" not null,
  endpoint text collate "C" not null,
  number integer not null,
  started_at bigint not null,
  duration_ms bigint not null,
  url text not null,
  request_headers text not null,
  outcome text not null,
  status integer,
  error_code text,
  error_message text,
  response_headers text not null,
  response_body bytea not null,
  trigger text,
  content bytea,
  CHECK ((outcome = ANY (ARRAY['accepted'::text, 'refused'::text, 'unreachable'::text]))),
  PRIMARY KEY (delivery, seq)
) partition by RANGE (delivery);

CREATE INDEX attempts_by_seq ON ONLY public.attempts USING brin (seq) WITH (pages_per_range='16', autosummarize='on');

CREATE INDEX attempts_of_endpoint ON ONLY public.attempts USING btree (endpoint, seq);

create table attempts_rest partition of attempts DEFAULT;

create table audit_log (
  id text collate "C" not null,
  at bigint not null,
  actor_kind text not null,
  actor text collate "C" not null,
  actor_name text not null,
  is_console boolean not null,
  command text collate "C" not null,
  tenant text collate "C",
  mode text,
  noun text not null,
  target text not null,
  before text,
  after text,
  address text,
  request_id text,
  CHECK ((actor_kind = ANY (ARRAY['root'::text, 'key'::text, 'credential'::text, 'portal'::text]))),
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  PRIMARY KEY (id)
);

CREATE INDEX audit_log_by_actor ON public.audit_log USING btree (actor, id);

CREATE INDEX audit_log_by_command ON public.audit_log USING btree (command, id);

CREATE INDEX audit_log_by_tenant ON public.audit_log USING btree (tenant, id);

create table catalogue (
  id integer not null,
  revision bigint not null,
  CHECK ((id = 1)),
  PRIMARY KEY (id)
);

create table closed_slots (
  slot integer not null,
  is_sealed boolean not null,
  PRIMARY KEY (slot)
);

create table console_sessions (
  lookup text collate "C" not null,
  key text collate "C" not null,
  expires_at bigint not null,
  PRIMARY KEY (lookup)
);

CREATE INDEX console_sessions_by_end ON public.console_sessions USING btree (expires_at);

CREATE INDEX console_sessions_by_key ON public.console_sessions USING btree (key);

create table credentials (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  kind text not null,
  dialect text not null,
  lookup text collate "C" not null,
  sealed_secret text,
  created_at bigint not null,
  CHECK ((kind = ANY (ARRAY['bearer'::text, 'key-pair'::text]))),
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  FOREIGN KEY (tenant) REFERENCES tenants(id),
  PRIMARY KEY (id),
  UNIQUE (dialect, lookup)
);

CREATE INDEX credentials_of_tenant ON public.credentials USING btree (tenant, id);

create table deliveries_ended (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  endpoint text collate "C" not null,
  event_seq bigint not null,
  state text not null,
  attempts integer not null,
  ended_at bigint not null,
  note text,
  CHECK ((state = ANY (ARRAY['delivered'::text, 'exhausted'::text, 'canceled'::text]))),
  PRIMARY KEY (tenant, mode, id)
) partition by RANGE (id);

CREATE INDEX deliveries_ended_badly ON ONLY public.deliveries_ended USING btree (tenant, mode, id) WHERE (state <> 'delivered'::text);

CREATE INDEX deliveries_ended_failed ON ONLY public.deliveries_ended USING btree (id) WHERE (state <> 'delivered'::text);

CREATE INDEX deliveries_ended_of_endpoint ON ONLY public.deliveries_ended USING btree (endpoint, id);

create table deliveries_ended_rest partition of deliveries_ended DEFAULT;

create table deliveries_waiting (
  seq bigint not null generated always as identity,
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
  is_test boolean not null default false,
  scheduled_at bigint,
  replay text collate "C",
  sent text,
  PRIMARY KEY (seq),
  UNIQUE (tenant, mode, id)
) with (fillfactor=80, autovacuum_vacuum_scale_factor=0.05, autovacuum_analyze_scale_factor=0.05);

CREATE INDEX deliveries_waiting_by_id ON public.deliveries_waiting USING btree (id);

CREATE INDEX deliveries_waiting_by_key ON public.deliveries_waiting USING btree (endpoint, ordering_key, seq) WHERE (ordering_key IS NOT NULL);

CREATE INDEX deliveries_waiting_due ON public.deliveries_waiting USING btree (endpoint, due_at);

CREATE INDEX deliveries_waiting_ordered ON public.deliveries_waiting USING btree (endpoint, due_at) WHERE is_ordered;

create table endpoint_checks (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text not null,
  endpoint text collate "C" not null,
  event_type text not null,
  payload text not null,
  state text not null,
  items text not null,
  created_at bigint not null,
  finished_at bigint,
  due_at bigint,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'finished'::text]))),
  PRIMARY KEY (id)
);

CREATE INDEX endpoint_checks_due ON public.endpoint_checks USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX endpoint_checks_of_endpoint ON public.endpoint_checks USING btree (endpoint, id);

CREATE INDEX endpoint_checks_of_tenant ON public.endpoint_checks USING btree (tenant, created_at);

create table endpoint_types (
  tenant text collate "C" not null,
  mode text collate "C" not null,
  type text collate "C" not null,
  endpoint text collate "C" not null,
  PRIMARY KEY (tenant, mode, type, endpoint)
);

create table endpoints (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  url text not null,
  event_types text[] not null,
  description text,
  enabled boolean not null,
  disabled_reason text,
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
  revision bigint not null,
  metadata text not null default '{}'::text,
  settings text not null default '{}'::text,
  sealed_settings text,
  kind text not null default 'push'::text,
  CHECK ((disabled_reason = ANY (ARRAY['requested'::text, 'gone'::text, 'failing'::text]))),
  CHECK ((kind = ANY (ARRAY['push'::text, 'pull'::text]))) NOT VALID,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  FOREIGN KEY (tenant) REFERENCES tenants(id),
  PRIMARY KEY (id)
) with (fillfactor=70);

CREATE UNIQUE INDEX endpoints_by_alias ON public.endpoints USING btree (tenant, mode, alias) WHERE ((removed_at IS NULL) AND (alias IS NOT NULL));

CREATE INDEX endpoints_by_any_alias ON public.endpoints USING btree (alias) WHERE ((removed_at IS NULL) AND (alias IS NOT NULL));

CREATE INDEX endpoints_by_any_url ON public.endpoints USING btree ("left"(url, 512) COLLATE "C") WHERE (removed_at IS NULL);

CREATE INDEX endpoints_by_url ON public.endpoints USING btree (tenant, mode, md5(url)) WHERE (removed_at IS NULL);

CREATE INDEX endpoints_disabled ON public.endpoints USING btree (id) WHERE ((NOT enabled) AND (removed_at IS NULL));

CREATE INDEX endpoints_of_tenant ON public.endpoints USING btree (tenant, mode, id);

CREATE INDEX endpoints_removed ON public.endpoints USING btree (removed_at) WHERE (removed_at IS NOT NULL);

create table event_ids (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  seq bigint not null,
  PRIMARY KEY (id, tenant, mode)
);

CREATE INDEX event_ids_by_seq ON public.event_ids USING brin (seq) WITH (pages_per_range='16', autosummarize='on');

create table event_types (
  name text collate "C" not null,
  group_name text,
  description text,
  schema text,
  examples text not null,
  deprecated boolean not null,
  version integer not null,
  revision bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  PRIMARY KEY (name)
);

create table events (
  seq bigint not null,
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text collate "C" not null,
  type text not null,
  fingerprint text not null,
  ordering_key text collate "C",
  occurred_at bigint not null,
  created_at bigint not null,
  traceparent text,
  deliveries integer not null,
  first_delivery text collate "C",
  last_delivery text collate "C",
  payload bytea not null,
  metadata text,
  number bigint,
  filtered integer,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  PRIMARY KEY (seq)
) partition by RANGE (seq);

CREATE INDEX events_by_number ON ONLY public.events USING btree (number) WHERE (number IS NOT NULL);

CREATE INDEX events_of_tenant ON ONLY public.events USING btree (tenant, mode, seq);

CREATE INDEX events_without_deliveries ON ONLY public.events USING btree (created_at) WHERE (deliveries = 0);

create table events_rest partition of events DEFAULT;

create table fan_outs (
  id bigint not null generated always as identity,
  owner integer not null,
  events text not null,
  endpoints text not null,
  written bigint not null,
  PRIMARY KEY (id)
);

create table metadata (
  name text not null,
  value text not null,
  PRIMARY KEY (name)
);

create table migrations (
  number integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now(),
  PRIMARY KEY (number)
);

create table moved_events (
  was bigint not null,
  seq bigint not null,
  PRIMARY KEY (was)
);

create table portal_sessions (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text not null,
  lookup text collate "C" not null,
  permissions text not null,
  embed_origins text not null,
  return_url text,
  theme text not null,
  created_at bigint not null,
  opened_at bigint,
  expires_at bigint not null,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  PRIMARY KEY (id),
  UNIQUE (lookup)
);

CREATE INDEX portal_sessions_by_end ON public.portal_sessions USING btree (expires_at);

CREATE INDEX portal_sessions_of_tenant ON public.portal_sessions USING btree (tenant, id);

create table processes (
  id integer not null generated always as identity,
  started_at bigint not null,
  PRIMARY KEY (id)
);

create table replays (
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text,
  endpoint text collate "C",
  states text not null,
  event_types text,
  since bigint not null,
  until bigint not null,
  rate_per_second double precision not null,
  total bigint not null,
  done bigint not null,
  position text collate "C" not null,
  state text not null,
  created_at bigint not null,
  owner integer,
  include_disabled boolean not null default false,
  delivered bigint not null default 0,
  failed bigint not null default 0,
  kind text not null default 'replay'::text,
  CHECK ((kind = ANY (ARRAY['replay'::text, 'backfill'::text]))),
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'stopped'::text]))),
  PRIMARY KEY (id)
);

CREATE INDEX replays_running ON public.replays USING btree (id) WHERE (state = 'running'::text);

create table slot_arrivals (
  id integer not null,
  run bigint not null,
  chunk text not null,
  position text not null,
  events_from bigint not null,
  events_to bigint not null,
  ended_from bigint not null,
  began_at bigint not null,
  waiting_shift bigint not null,
  attempts_shift bigint not null,
  CHECK ((id = 1)),
  PRIMARY KEY (id)
);

create table slot_map (
  id integer not null,
  version bigint not null,
  names text not null,
  slots bytea not null,
  moves text not null default '[]'::text,
  CHECK ((id = 1)),
  CHECK ((length(slots) = 4096)),
  PRIMARY KEY (id)
);

create table slot_move (
  id integer not null,
  run bigint not null,
  source integer not null,
  target integer not null,
  state text not null,
  slots integer[] not null,
  chunk integer[] not null,
  frozen integer[] not null,
  moved integer[] not null,
  frozen_at bigint,
  switched_at bigint,
  started_at bigint not null,
  CHECK ((id = 1)),
  CHECK ((state = ANY (ARRAY['idle'::text, 'frozen'::text, 'sealed'::text, 'aborting'::text]))),
  PRIMARY KEY (id)
);

create table stats (
  tenant text collate "C" not null,
  endpoint text collate "C" not null,
  minute bigint not null,
  accepted bigint not null,
  refused bigint not null,
  unreachable bigint not null,
  durations bigint[] not null,
  codes text not null default '{}'::text,
  PRIMARY KEY (tenant, endpoint, minute)
);

CREATE INDEX stats_by_minute ON public.stats USING btree (minute);

create table tenant_secrets (
  tenant text collate "C" not null,
  mode text collate "C" not null,
  sealed text not null,
  attributes text not null,
  CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  FOREIGN KEY (tenant) REFERENCES tenants(id),
  PRIMARY KEY (tenant, mode)
);

create table tenants (
  seq bigint not null generated always as identity,
  id text collate "C" not null,
  name text not null,
  dialect text not null,
  created_at bigint not null,
  removed_at bigint,
  revision bigint not null default 0,
  metadata text not null default '{}'::text,
  events_numbered bigint not null default 0,
  contact text,
  PRIMARY KEY (seq),
  UNIQUE (id)
);

CREATE INDEX tenants_with_contact ON public.tenants USING btree (id) WHERE (contact IS NOT NULL);

create table unfinished_tenants (
  id text collate "C" not null,
  begun_at bigint not null,
  PRIMARY KEY (id)
);

create view ended_deliveries as
 SELECT d.id,
    d.tenant,
    d.mode,
    d.endpoint,
    d.event_seq,
    d.attempts,
    true AS is_ended,
    d.state,
    NULL::bigint AS due_at,
    d.ended_at,
    e.removed_at AS endpoint_removed_at,
    v.id AS event,
    v.type AS event_type,
    v.ordering_key,
    false AS is_in_flight,
    e.enabled AS is_endpoint_enabled,
    d.note
   FROM ((deliveries_ended d
     JOIN endpoints e ON ((e.id = d.endpoint)))
     JOIN events v ON ((v.seq = d.event_seq)));

create view waiting_deliveries as
 SELECT w.id,
    w.tenant,
    w.mode,
    w.endpoint,
    w.event_seq,
    w.attempts,
    false AS is_ended,
        CASE
            WHEN (e.removed_at IS NOT NULL) THEN 'canceled'::text
            WHEN (e.enabled OR w.is_ordered) THEN 'pending'::text
            ELSE 'held'::text
        END AS state,
        CASE
            WHEN ((e.removed_at IS NULL) AND (e.enabled OR w.is_ordered) AND (w.claimed_by IS NULL) AND (w.due_at < '9007199254740991'::bigint)) THEN w.due_at
            ELSE NULL::bigint
        END AS due_at,
    e.removed_at AS ended_at,
    e.removed_at AS endpoint_removed_at,
    v.id AS event,
    v.type AS event_type,
    v.ordering_key,
    ((w.claimed_by IS NOT NULL) AND (e.removed_at IS NULL)) AS is_in_flight,
    e.enabled AS is_endpoint_enabled,
    NULL::text AS note
   FROM ((deliveries_waiting w
     JOIN endpoints e ON ((e.id = w.endpoint)))
     JOIN events v ON ((v.seq = w.event_seq)));

create sequence attempt_numbers maxvalue 9223372036854775807;

create sequence deliveries_waiting_seq_seq maxvalue 9223372036854775807;

create sequence event_numbers maxvalue 274877906943 cycle;

create sequence fan_outs_id_seq maxvalue 9223372036854775807;

create sequence processes_id_seq maxvalue 2147483647;

create sequence tenants_seq_seq maxvalue 9223372036854775807;
