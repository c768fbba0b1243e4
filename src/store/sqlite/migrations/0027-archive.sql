-- How far the archive has come, once it has begun. What is before `sealed_until` is written now or has been, and is not
-- redelivered; what is before `archived_until` may be deleted. The numbers are bounds of the events of the sealed day.
create table archive (
  id integer primary key check (id = 1),
  sealed_until integer not null,
  archived_until integer,
  events_after integer not null,
  events_until integer not null,
  lease integer not null,
  claimed_until integer not null
) strict;

-- The files of the sealed day that are written, by tenant.
create table archive_files (
  tenant text not null primary key,
  files text not null
) strict, without rowid;
