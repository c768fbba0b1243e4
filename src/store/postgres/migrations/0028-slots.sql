-- Which of several databases has which slots, in the one that is the directory: a row there, and none elsewhere. The byte of a slot is
-- the number of its partition.
create table slot_map (
  id integer primary key check (id = 1),
  version bigint not null,
  names text not null,
  slots bytea not null check (length(slots) = 4096)
);

-- Tenants that are being created, changed or removed in two databases.
create table unfinished_tenants (
  id text collate "C" primary key,
  begun_at bigint not null
);
