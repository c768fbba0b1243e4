import type { ClientConfig } from 'pg';

/** A bound for every wait, so that a database that does not answer is noticed. */
export function connectionOptions(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'carillon outbox',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  };
}
