-- Slots that this database, one of several, serves no more, or not now: while their tenants move to another one, and afterwards. What
-- is not sealed takes results of requests that are under way, and nothing else. No row anywhere else.
create table closed_slots (
  slot integer primary key,
  is_sealed boolean not null
);

create function slot_of(tenant text) returns integer language sql immutable parallel safe as $$
  select (get_byte(hash, 0) << 4) | (get_byte(hash, 1) >> 4) from (select sha256(convert_to(tenant, 'UTF8')) as hash) as hashed
$$;

-- Refuses changes of what is sealed. The triggers that call it are made when slots of a database are closed for the first time.
create function refuse_sealed() returns trigger language plpgsql as $$
begin
  if exists (select 1 from closed_slots c where c.is_sealed and c.slot = slot_of(coalesce(to_jsonb(new)->>tg_argv[0], ''))) then
    raise exception 'the slot of this tenant is closed' using errcode = 'CA001';
  end if;
  return new;
end
$$;

-- In the directory: the move of slots that is under way, one at a time. `slots` are those that are to move yet, with `chunk` among
-- them, which moves now; tenants of the slots that are `frozen` are neither created nor changed. `moved` are to be deleted where they were.
create table slot_move (
  id integer primary key check (id = 1),
  run bigint not null,
  source integer not null,
  target integer not null,
  state text not null check (state in ('idle', 'frozen', 'sealed', 'aborting')),
  slots integer[] not null,
  chunk integer[] not null,
  frozen integer[] not null,
  moved integer[] not null,
  frozen_at bigint,
  switched_at bigint,
  started_at bigint not null
);

-- In the target of a move: how far copying has come, for the run that copies; another run has another number. History is copied in
-- passes while its tenants are served: events with numbers from `events_from` to before `events_to`, and deliveries that have ended
-- since `ended_from`.
create table slot_arrivals (
  id integer primary key check (id = 1),
  run bigint not null,
  chunk text not null,
  position text not null,
  events_from bigint not null,
  events_to bigint not null,
  ended_from bigint not null,
  began_at bigint not null,
  waiting_shift bigint not null,
  attempts_shift bigint not null
);

-- The numbers that events had where they were, while they move.
create table moved_events (
  was bigint primary key,
  seq bigint not null
);

-- For positions of the feed: the version of the map with which slots went last from one partition to another.
alter table slot_map add column moves text not null default '[]';
