-- Deferred indexes of ended deliveries, like `deliveries_by_endpoint`: those of a tenant, and those of an event type, in the
-- order of their ids.
create table deliveries_by_tenant (
  tenant text not null,
  mode text not null,
  id text not null,
  seq integer not null,
  primary key (tenant, mode, id)
) strict, without rowid;

create table deliveries_by_type (
  tenant text not null,
  mode text not null,
  type text not null,
  id text not null,
  seq integer not null,
  primary key (tenant, mode, type, id)
) strict, without rowid;

insert into deliveries_by_tenant (tenant, mode, id, seq)
select tenant, mode, id, seq from deliveries_ended
where seq <= (select seq from filed where name = 'deliveries') order by tenant, mode, id;

insert into deliveries_by_type (tenant, mode, type, id, seq)
select d.tenant, d.mode, v.type, d.id, d.seq from deliveries_ended d join events v on v.seq = d.event_seq
where d.seq <= (select seq from filed where name = 'deliveries') order by d.tenant, d.mode, v.type, d.id;

-- The event of a delivery is deleted after it.
drop trigger deliveries_unfile;
create trigger deliveries_unfile after delete on deliveries_ended begin
  delete from deliveries_by_endpoint where endpoint = old.endpoint and id = old.id;
  delete from deliveries_by_tenant where tenant = old.tenant and mode = old.mode and id = old.id;
  delete from deliveries_by_type where tenant = old.tenant and mode = old.mode and id = old.id
    and type = (select type from events where seq = old.event_seq);
end;

-- The endpoints that name an event type, `*` included: publishing reads those of its types alone, however many types an
-- endpoint has. Kept by triggers, whoever changes an endpoint.
create table endpoint_types (
  tenant text not null,
  mode text not null,
  type text not null,
  endpoint text not null,
  primary key (tenant, mode, type, endpoint)
) strict, without rowid;

insert or ignore into endpoint_types (tenant, mode, type, endpoint)
select e.tenant, e.mode, t.value, e.id from endpoints e, json_each(e.event_types) t where e.removed_at is null;

create trigger endpoints_typed after insert on endpoints when new.removed_at is null begin
  insert or ignore into endpoint_types (tenant, mode, type, endpoint)
  select new.tenant, new.mode, value, new.id from json_each(new.event_types);
end;

create trigger endpoints_retyped after update of event_types, removed_at on endpoints
when old.event_types <> new.event_types or (old.removed_at is null) <> (new.removed_at is null) begin
  delete from endpoint_types
  where tenant = old.tenant and mode = old.mode and endpoint = old.id
    and type in (select value from json_each(old.event_types));
  insert or ignore into endpoint_types (tenant, mode, type, endpoint)
  select new.tenant, new.mode, value, new.id from json_each(new.event_types) where new.removed_at is null;
end;
