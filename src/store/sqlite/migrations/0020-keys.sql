-- Keys of the admin API, each kept as the hash of its secret, and the sessions of the console. `scopes` and `tenants` are JSON;
-- null for all tenants.
create table admin_keys (
  id text primary key,
  name text not null,
  lookup text not null unique,
  prefix text not null,
  scopes text not null,
  tenants text,
  created_at integer not null,
  expires_at integer,
  last_used_at integer
) strict, without rowid;

-- `key` is the id of the admin key that opened it, or the fingerprint of a key of the configuration.
create table console_sessions (
  lookup text primary key,
  key text not null,
  expires_at integer not null
) strict, without rowid;
create index console_sessions_by_key on console_sessions (key);
create index console_sessions_by_end on console_sessions (expires_at);
