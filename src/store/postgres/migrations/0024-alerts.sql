-- Alerts: who is told of what. `alert_signals` is written in the transaction of what happened, `alert_messages` is what each channel
-- is still owed, `alert_windows` what it was told lately, and `alert_channels` how it does. A channel is an alert, by its id, or
-- the contact of a tenant.
alter table tenants add column contact text;
create index tenants_with_contact on tenants (id) where contact is not null;

create table alerts (
  id text collate "C" primary key,
  name text not null,
  types text not null,
  tenants text,
  via text not null,
  window_ms bigint not null,
  enabled boolean not null,
  snoozed_until bigint,
  created_at bigint not null,
  updated_at bigint not null
);

create table alert_signals (
  subject text collate "C" not null,
  type text collate "C" not null,
  tenant text collate "C" not null,
  mode text check (mode in ('live', 'test')),
  endpoint text collate "C",
  code text,
  since bigint not null,
  at bigint not null,
  count bigint not null,
  primary key (subject, type)
);

create table alert_messages (
  channel text collate "C" not null,
  subject text collate "C" not null,
  type text collate "C" not null,
  id text collate "C" not null,
  tenant text collate "C" not null,
  mode text check (mode in ('live', 'test')),
  endpoint text collate "C",
  host text,
  code text,
  since bigint not null,
  at bigint not null,
  count bigint not null,
  attempts bigint not null,
  due_at bigint not null,
  primary key (channel, subject, type)
);
create index alert_messages_by_due on alert_messages (due_at, channel);

create table alert_windows (
  channel text collate "C" not null,
  subject text collate "C" not null,
  type text collate "C" not null,
  ends_at bigint not null,
  is_told boolean not null,
  primary key (channel, subject, type)
);
create index alert_windows_by_end on alert_windows (ends_at);

create table alert_channels (
  channel text collate "C" primary key,
  claimed_until bigint not null,
  lease bigint not null,
  failures bigint not null,
  retry_at bigint not null,
  hour_started_at bigint not null,
  hour_sent bigint not null,
  last_sent_at bigint,
  last_error text,
  last_error_at bigint
);
