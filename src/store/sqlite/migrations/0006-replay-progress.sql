-- Whether a replay also takes the deliveries of disabled endpoints, and how the attempts that it asked for ended.
alter table replays add column include_disabled integer not null default 0 check (include_disabled in (0, 1));
alter table replays add column delivered integer not null default 0;
alter table replays add column failed integer not null default 0;
