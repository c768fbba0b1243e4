-- Alerts: who is told of what. `alert_signals` is written in the transaction of what happened, `alert_messages` is what each channel
-- is still owed, `alert_windows` what it was told lately, and `alert_channels` how it does. A channel is an alert, by its id, or
-- the contact of a tenant.
alter table tenants add column contact text;
create index tenants_with_contact on tenants (id) where contact is not null;

create table alerts (
  id text primary key,
  name text not null,
  types text not null,
  tenants text,
  via text not null,
  window_ms integer not null,
  enabled integer not null check (enabled in (0, 1)),
  snoozed_until integer,
  created_at integer not null,
  updated_at integer not null
) strict, without rowid;

create table alert_signals (
  subject text not null,
  type text not null,
  tenant text not null,
  mode text check (mode in ('live', 'test')),
  endpoint text,
  code text,
  since integer not null,
  at integer not null,
  count integer not null,
  primary key (subject, type)
) strict, without rowid;

create table alert_messages (
  channel text not null,
  subject text not null,
  type text not null,
  id text not null,
  tenant text not null,
  mode text check (mode in ('live', 'test')),
  endpoint text,
  host text,
  code text,
  since integer not null,
  at integer not null,
  count integer not null,
  attempts integer not null,
  due_at integer not null,
  primary key (channel, subject, type)
) strict, without rowid;
create index alert_messages_by_due on alert_messages (due_at, channel);

create table alert_windows (
  channel text not null,
  subject text not null,
  type text not null,
  ends_at integer not null,
  is_told integer not null check (is_told in (0, 1)),
  primary key (channel, subject, type)
) strict, without rowid;
create index alert_windows_by_end on alert_windows (ends_at);

create table alert_channels (
  channel text primary key,
  claimed_until integer not null,
  lease integer not null,
  failures integer not null,
  retry_at integer not null,
  hour_started_at integer not null,
  hour_sent integer not null,
  last_sent_at integer,
  last_error text,
  last_error_at integer
) strict, without rowid;
