-- Who changed what: one row for each thing that a command changed, written in the same transaction. `before` and `after` are JSON
-- without secrets. The ids are in the order of time.
create table audit_log (
  id text collate "C" primary key,
  at bigint not null,
  actor_kind text not null check (actor_kind in ('root', 'key', 'credential', 'portal')),
  actor text collate "C" not null,
  actor_name text not null,
  is_console boolean not null,
  command text collate "C" not null,
  tenant text collate "C",
  mode text check (mode in ('live', 'test')),
  noun text not null,
  target text not null,
  before text,
  after text,
  address text,
  request_id text
);
create index audit_log_by_tenant on audit_log (tenant, id);
create index audit_log_by_actor on audit_log (actor, id);
create index audit_log_by_command on audit_log (command, id);
