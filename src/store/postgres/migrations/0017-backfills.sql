-- Whether a job redelivers what is owed (`replay`), or delivers what an endpoint never got (`backfill`).
alter table replays add column kind text not null default 'replay' check (kind in ('replay', 'backfill'));
