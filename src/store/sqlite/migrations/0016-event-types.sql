-- The operator's event catalogue, and its revision: processes compare it to learn of changes.
create table event_types (
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

create table catalogue (
  id integer primary key check (id = 1),
  revision integer not null
) strict;
