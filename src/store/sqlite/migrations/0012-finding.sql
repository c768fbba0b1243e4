-- What is found over all tenants: waiting deliveries by id, ended ones that were not delivered, endpoints that are
-- disabled, and endpoints by their URL or the id that a client chose. What was delivered has an index by id already.
create index deliveries_waiting_by_id on deliveries_waiting (id);
create index deliveries_ended_failed on deliveries_ended (id) where state <> 'delivered';
create index endpoints_disabled on endpoints (id) where not enabled and removed_at is null;
create index endpoints_by_any_alias on endpoints (alias) where removed_at is null and alias is not null;
create index endpoints_by_any_url on endpoints (url) where removed_at is null;

-- The number that a receiver was shown, in dialects that number events; other events have none.
create index events_by_number on events (number) where number is not null;

-- Attempts by how they ended, as JSON: `{"a200":5,"r503":1,"utimeout":2}`, the outcome and then the status or the error.
alter table stats add column codes text not null default '{}';
