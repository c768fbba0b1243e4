-- Strings that the platform attaches to its tenants, endpoints and events: a JSON object. Null in an event for none, which
-- takes one byte.
alter table endpoints add column metadata text not null default '{}';
alter table tenants add column metadata text not null default '{}';
alter table events add column metadata text;
