// Whether a relay could work on an outbox table, for `carillon doctor`. Changes nothing.
import type pg from 'pg';
import { connect } from './connection.ts';

export interface OutboxState {
  /** What is missing; null when a relay can work. */
  readonly trouble: 'table' | 'privileges' | null;
  /** Up to `countMax` of each. */
  readonly waiting: number;
  readonly refused: number;
}

export const countMax = 10_000;
const timeoutMs = 5_000;

/** Rejects when the database cannot be reached. */
export async function probeOutbox(url: string, table: string): Promise<OutboxState> {
  const client = await connect(url, { query_timeout: timeoutMs });
  try {
    const none = { waiting: 0, refused: 0 };
    const { rows } = await client.query<{ exists: boolean; may: boolean | null }>(
      `select to_regclass($1) is not null as exists, has_table_privilege(to_regclass($1), 'select')
         and has_table_privilege(to_regclass($1), 'update')
         and has_table_privilege(to_regclass($1), 'delete') as may`,
      [table],
    );
    if (rows[0]?.exists !== true) return { trouble: 'table', ...none };
    if (rows[0].may !== true) return { trouble: 'privileges', ...none };
    return {
      trouble: null,
      waiting: await count(client, table, 'refused is null'),
      refused: await count(client, table, 'refused is not null'),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

async function count(client: pg.Client, table: string, condition: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from (select from ${table} where ${condition} limit ${countMax}) as found`,
  );
  return rows[0]?.count ?? 0;
}
