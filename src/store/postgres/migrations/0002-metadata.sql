-- Strings that the platform attaches to its tenants, endpoints and events: a JSON object. Null in an event for none.
-- Nothing is rewritten: a column that is null or has a constant default is added to the catalog only. Statements of older
-- processes name their columns and work as before. The tables are locked in the order in which most statements use them.
alter table endpoints add column metadata text not null default '{}';
alter table tenants add column metadata text not null default '{}';
alter table events add column metadata text;
