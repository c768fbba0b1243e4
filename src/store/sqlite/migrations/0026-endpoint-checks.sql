-- Checks of receivers. A worker begins what is due; `due_at` is then the end of its lease, and null once it is finished.
create table endpoint_checks (
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
create index endpoint_checks_of_endpoint on endpoint_checks (endpoint, id);
create index endpoint_checks_of_tenant on endpoint_checks (tenant, created_at);
create index endpoint_checks_due on endpoint_checks (due_at) where due_at is not null;
