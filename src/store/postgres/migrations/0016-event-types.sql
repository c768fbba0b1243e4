-- The operator's event catalogue, and its revision: processes compare it to learn of changes.
create table event_types (
  name text collate "C" primary key,
  group_name text,
  description text,
  schema text,
  examples text not null,
  deprecated boolean not null,
  version integer not null,
  revision bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);

create table catalogue (
  id integer primary key check (id = 1),
  revision bigint not null
);
