// Connections to the platform's Postgres: to its primary, when the URL names several hosts.
import pg from 'pg';
import { splitHosts } from '#lib/postgres-url.ts';

/** A bound for every wait, so that a database that does not answer is noticed. */
const bounds = {
  application_name: 'carillon outbox',
  keepAlive: true,
  connectionTimeoutMillis: 5_000,
  query_timeout: 30_000,
} as const satisfies pg.ClientConfig;

/**
 * Connects to the first host that answers and, where there is a choice, takes writes. Rejects with the error of the last
 * one. The caller ends the connection.
 */
export async function connect(url: string, more: pg.ClientConfig = {}): Promise<pg.Client> {
  const { urls, isAsked } = splitHosts(url);
  let failure: unknown;
  for (const connectionString of urls) {
    const client = new pg.Client({ connectionString, ...bounds, ...more });
    client.on('error', () => {});
    try {
      await client.connect();
      if (isAsked) await requireWrites(client);
      return client;
    } catch (error) {
      failure = error;
      await client.end().catch(() => {});
    }
  }
  throw failure;
}

async function requireWrites(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only');
  if (rows[0]?.transaction_read_only !== 'off') throw new Error('no host takes writes: all are standbys');
}
