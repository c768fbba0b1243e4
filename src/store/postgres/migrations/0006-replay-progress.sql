-- Whether a replay also takes the deliveries of disabled endpoints, and how the attempts that it asked for ended.
alter table replays add column include_disabled boolean not null default false;
alter table replays add column delivered bigint not null default 0;
alter table replays add column failed bigint not null default 0;
