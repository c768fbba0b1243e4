-- Keys of the admin API, each kept as the hash of its secret, and the sessions of the console. `scopes` and `tenants` are JSON;
-- null for all tenants.
create table admin_keys (
  id text collate "C" primary key,
  name text not null,
  lookup text collate "C" not null unique,
  prefix text not null,
  scopes text not null,
  tenants text,
  created_at bigint not null,
  expires_at bigint,
  last_used_at bigint
);

-- `key` is the id of the admin key that opened it, or the fingerprint of a key of the configuration.
create table console_sessions (
  lookup text collate "C" primary key,
  key text collate "C" not null,
  expires_at bigint not null
);
create index console_sessions_by_key on console_sessions (key);
create index console_sessions_by_end on console_sessions (expires_at);
