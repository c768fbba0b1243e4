-- Of what waits: `is_test` marks the first attempt of a test event. While `is_ordered` is set, the next attempt is a
-- redelivery: `scheduled_at` is the due time that the schedule had given before, and `replay` the id of the replay that
-- asks for it, null for a single one.
-- Nothing is rewritten: the columns are null or have a constant default. Older processes write `is_ordered` alone, so the
-- others count only while it is set. A migration alters one table: beside older processes no order of locks suits all.
alter table deliveries_waiting add column is_test boolean not null default false;
alter table deliveries_waiting add column scheduled_at bigint;
alter table deliveries_waiting add column replay text collate "C";
