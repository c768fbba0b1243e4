-- Sessions of the portal. `lookup` is the hash of the secret in the link until that is opened, then of the token of the tab.
create table portal_sessions (
  id text collate "C" primary key,
  tenant text collate "C" not null,
  mode text not null check (mode in ('live', 'test')),
  lookup text collate "C" not null unique,
  permissions text not null,
  embed_origins text not null,
  return_url text,
  theme text not null,
  created_at bigint not null,
  opened_at bigint,
  expires_at bigint not null
);
create index portal_sessions_of_tenant on portal_sessions (tenant, id);
create index portal_sessions_by_end on portal_sessions (expires_at);
