-- Settings of an endpoint: a JSON object, and its secret parts encrypted. Of an event: how many endpoints it was kept from by their filters; null for none.
-- Nothing is rewritten: a column that is null or has a constant default is added to the catalog only.
alter table endpoints add column settings text not null default '{}';
alter table endpoints add column sealed_settings text;
alter table events add column filtered integer;
