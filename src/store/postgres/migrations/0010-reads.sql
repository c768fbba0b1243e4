-- The endpoints that name an event type, `*` included: publishing reads those of its types alone, however many types an
-- endpoint has. Kept by a trigger, whoever changes an endpoint: a process of an earlier version does, too.
create table endpoint_types (
  tenant text collate "C" not null,
  mode text collate "C" not null,
  type text collate "C" not null,
  endpoint text collate "C" not null,
  primary key (tenant, mode, type, endpoint)
);

create function keep_endpoint_types() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from endpoint_types t
    where t.tenant = old.tenant and t.mode = old.mode and t.endpoint = old.id and t.type = any(old.event_types);
  end if;
  if new.removed_at is null then
    insert into endpoint_types (tenant, mode, type, endpoint)
    select new.tenant, new.mode, type, new.id from unnest(new.event_types) as type on conflict do nothing;
  end if;
  return null;
end
$$;

-- Before the rows that are there are read: it locks the table until the end of the migration.
create trigger endpoints_typed after insert on endpoints
for each row execute function keep_endpoint_types();

create trigger endpoints_retyped after update of event_types, removed_at on endpoints
for each row when (old.event_types <> new.event_types or (old.removed_at is null) <> (new.removed_at is null))
execute function keep_endpoint_types();

insert into endpoint_types (tenant, mode, type, endpoint)
select e.tenant, e.mode, t.type, e.id from endpoints e cross join lateral unnest(e.event_types) as t(type)
where e.removed_at is null on conflict do nothing;
