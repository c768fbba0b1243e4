-- Sessions of the portal. `lookup` is the hash of the secret in the link until that is opened, then of the token of the tab.
create table portal_sessions (
  id text primary key,
  tenant text not null,
  mode text not null check (mode in ('live', 'test')),
  lookup text not null unique,
  permissions text not null,
  embed_origins text not null,
  return_url text,
  theme text not null,
  created_at integer not null,
  opened_at integer,
  expires_at integer not null
) strict, without rowid;
create index portal_sessions_of_tenant on portal_sessions (tenant, id);
create index portal_sessions_by_end on portal_sessions (expires_at);
