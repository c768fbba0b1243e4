-- Of what waits: `is_test` marks the first attempt of a test event. While `is_ordered` is set, the next attempt is a
-- redelivery: `scheduled_at` is the due time that the schedule had given before, and `replay` the id of the replay that
-- asks for it, null for a single one.
alter table deliveries_waiting add column is_test integer not null default 0 check (is_test in (0, 1));
alter table deliveries_waiting add column scheduled_at integer;
alter table deliveries_waiting add column replay text;
