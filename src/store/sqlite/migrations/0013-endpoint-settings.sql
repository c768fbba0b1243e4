-- Settings of an endpoint: a JSON object, and its secret parts encrypted. Of an event: how many endpoints it was kept from by their filters; null for none.
alter table endpoints add column settings text not null default '{}';
alter table endpoints add column sealed_settings text;
alter table events add column filtered integer;
