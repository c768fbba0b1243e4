-- Transforms. Of an attempt: what it was the first to carry in place of the published payload. Of what waits: what its requests
-- have carried, `nothing` or `transformed`; null for the published payload. Of what ended: why, where no attempt says it.
-- Nothing is rewritten: a column that is null is added to the catalog only.
-- A reader of a view locks the view, and then its tables. So does this, or both could wait for each other.
alter view waiting_deliveries reset (security_barrier);
alter view ended_deliveries reset (security_barrier);

alter table attempts add column content bytea;
alter table deliveries_waiting add column sent text;
alter table deliveries_ended add column note text;

-- Older processes read the views too: columns are only appended.
create or replace view waiting_deliveries as
select
  w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, false as is_ended,
  case when e.removed_at is not null then 'canceled'
       when e.enabled or w.is_ordered then 'pending' else 'held' end as state,
  case when e.removed_at is null and (e.enabled or w.is_ordered) and w.claimed_by is null
            and w.due_at < 9007199254740991
       then w.due_at end as due_at,
  e.removed_at as ended_at, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key,
  w.claimed_by is not null and e.removed_at is null as is_in_flight, e.enabled as is_endpoint_enabled,
  null::text as note
from deliveries_waiting w
join endpoints e on e.id = w.endpoint
join events v on v.seq = w.event_seq;

create or replace view ended_deliveries as
select
  d.id, d.tenant, d.mode, d.endpoint, d.event_seq, d.attempts, true as is_ended,
  d.state, null::bigint as due_at, d.ended_at, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key,
  false as is_in_flight, e.enabled as is_endpoint_enabled, d.note
from deliveries_ended d
join endpoints e on e.id = d.endpoint
join events v on v.seq = d.event_seq;
