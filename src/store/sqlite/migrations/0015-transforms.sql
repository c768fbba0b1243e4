-- Transforms. Of an attempt: what it was the first to carry in place of the published payload. Of what waits: what its requests
-- have carried, `nothing` or `transformed`; null for the published payload. Of what ended: why, where no attempt says it.
alter table attempts add column content blob;
alter table deliveries_waiting add column sent text;
alter table deliveries_ended add column note text;

drop view ended_deliveries;
drop view waiting_deliveries;

-- The deliveries in the words of the port; here alone a state is derived. What is redelivered is sent also while its
-- endpoint is disabled, so it is pending and not held. The due time of a claimed row is the end of its lease.
create view waiting_deliveries as
select
  w.seq, w.id, w.tenant, w.mode, w.endpoint, w.event_seq, w.attempts, 0 as is_ended,
  case when e.removed_at is not null then 'canceled'
       when e.enabled = 1 or w.is_ordered = 1 then 'pending' else 'held' end as state,
  w.is_claimed and e.removed_at is null as is_in_flight,
  case when e.removed_at is null and (e.enabled = 1 or w.is_ordered = 1) and w.is_claimed = 0
            and w.due_at < 9007199254740991
       then w.due_at end as due_at,
  e.removed_at as ended_at, e.enabled as is_endpoint_enabled, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key, null as note
from deliveries_waiting w
join endpoints e on e.id = w.endpoint
join events v on v.seq = w.event_seq;

create view ended_deliveries as
select
  d.seq, d.id, d.tenant, d.mode, d.endpoint, d.event_seq, d.attempts, 1 as is_ended,
  d.state, 0 as is_in_flight, null as due_at,
  d.ended_at, e.enabled as is_endpoint_enabled, e.removed_at as endpoint_removed_at,
  v.id as event, v.type as event_type, v.ordering_key, d.note
from deliveries_ended d
join endpoints e on e.id = d.endpoint
join events v on v.seq = d.event_seq;
