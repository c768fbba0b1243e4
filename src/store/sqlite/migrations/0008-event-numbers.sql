-- Numbers of events, for dialects that number the events of each tenant. Tenants that had deliveries under the numbers of
-- the table go on far above those, so that no number is given twice, even while an older process still publishes.
alter table events add column number integer;
alter table tenants add column events_numbered integer not null default 0;
update tenants set events_numbered = (select coalesce(max(seq), 0) from events) + 1000000000
where dialect = 'calypso';
