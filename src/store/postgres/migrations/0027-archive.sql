-- How far the archive has come, once it has begun. What is before `sealed_until` is written now or has been, and is not
-- redelivered; what is before `archived_until` may be deleted. The numbers are bounds of the events of the sealed day.
create table archive (
  id integer primary key check (id = 1),
  sealed_until bigint not null,
  archived_until bigint,
  events_after bigint not null,
  events_until bigint not null,
  lease bigint not null,
  claimed_until bigint not null
);

-- The files of the sealed day that are written, by tenant.
create table archive_files (
  tenant text collate "C" primary key,
  files text not null
);
