// Rows for every table of a store, as the first released schema has them: each column has a value other than its default in
// some row. Written as SQL, not through the store, so that tests of upgrades and copies begin with what is in a database.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import pg from 'pg';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { start } from '../contracts/store-world.ts';

type Cell = string | number | boolean | null | Uint8Array | readonly (string | number)[];
export type Rows = Readonly<Record<string, readonly Readonly<Record<string, Cell>>[]>>;

export const rowTenant = 'ten_rows';
const removedTenant = 'ten_removed';

/** In the order in which tables refer to each other. Numbers of events begin with `firstEvent`. */
export function makeRows(firstEvent: number): Rows {
  const ids = createIdSource(systemRandom);
  const [endpoint, disabled, removed] = ['ep', 'ep', 'ep'].map((prefix) => ids.next(prefix, start));
  const [one = '', two = '', three = '', ended = ''] = [1, 2, 3, 4].map(() => ids.next('dlv', start));
  const owner = { tenant: rowTenant, mode: 'live' };
  const endpoints = {
    ...owner,
    url: 'https://receiver.example/1',
    event_types: ['order.paid', 'with "quotes"'],
  };
  const health = {
    failure_count: 3,
    first_failure_at: start + 1,
    last_failure_at: start + 2,
    window_failures: 2,
    window_started_at: start + 3,
  };
  const good = {
    failure_count: 0,
    first_failure_at: null,
    last_failure_at: null,
    window_failures: 0,
    window_started_at: null,
  };
  const common = {
    description: 'a description',
    secrets: '[{"sealed":"sealed","expiresAt":null}]',
    attributes: '{"deep":{"list":[1,null]}}',
    created_at: start,
    updated_at: start + 4,
    revision: 7,
  };
  const event = { ...owner, type: 'order.paid', occurred_at: start - 5, created_at: start };
  const waiting = { ...owner, endpoint: endpoint ?? '', attempts: 2, step: 1, first_due_at: start - 9 };
  return {
    metadata: [{ name: 'name', value: 'value' }],
    tenants: [
      {
        seq: 1,
        id: rowTenant,
        name: 'a name',
        dialect: 'calypso',
        created_at: start,
        removed_at: null,
        revision: 4,
      },
      {
        seq: 5,
        id: removedTenant,
        name: 'removed',
        dialect: 'standard',
        created_at: start,
        removed_at: start + 6,
        revision: 9,
      },
    ],
    credentials: [
      {
        ...owner,
        id: 'crd_1',
        kind: 'key-pair',
        dialect: 'calypso',
        lookup: 'public key',
        sealed_secret: 'sealed',
        created_at: start,
      },
    ],
    tenant_secrets: [{ ...owner, sealed: 'sealed', attributes: '{"key":"public"}' }],
    endpoints: [
      {
        ...endpoints,
        ...common,
        ...good,
        id: endpoint ?? '',
        enabled: true,
        disabled_reason: null,
        disabled_at: null,
        alias: 'mine',
        removed_at: null,
      },
      {
        ...endpoints,
        ...common,
        ...health,
        id: disabled ?? '',
        enabled: false,
        disabled_reason: 'failing',
        disabled_at: start + 5,
        alias: null,
        removed_at: null,
      },
      {
        ...endpoints,
        ...common,
        ...good,
        id: removed ?? '',
        mode: 'test',
        enabled: true,
        disabled_reason: null,
        disabled_at: null,
        alias: null,
        removed_at: start + 8,
      },
    ],
    events: [
      {
        ...event,
        seq: firstEvent,
        id: 'e1',
        fingerprint: 'print 1',
        ordering_key: 'key',
        traceparent: '00-1-2-03',
        deliveries: 3,
        first_delivery: one,
        last_delivery: three,
        payload: Buffer.from('{"number":1}'),
      },
      {
        ...event,
        seq: firstEvent + 1,
        id: 'e2',
        fingerprint: 'print 2',
        ordering_key: null,
        traceparent: null,
        deliveries: 1,
        first_delivery: ended,
        last_delivery: ended,
        payload: Buffer.from('{"number":2}'),
      },
    ],
    deliveries_waiting: [
      {
        ...waiting,
        seq: 1,
        id: one,
        event_seq: firstEvent,
        ordering_key: 'key',
        due_at: start,
        lease: 3,
        is_ordered: false,
        was_delivered: false,
      },
      {
        ...waiting,
        seq: 3,
        id: two,
        endpoint: disabled ?? '',
        event_seq: firstEvent,
        ordering_key: null,
        due_at: start + 30_000,
        lease: 5,
        is_ordered: true,
        was_delivered: true,
      },
    ],
    deliveries_ended: [
      {
        ...owner,
        id: ended,
        endpoint: endpoint ?? '',
        event_seq: firstEvent + 1,
        state: 'exhausted',
        attempts: 1,
        ended_at: start + 9,
      },
    ],
    attempts: [
      {
        seq: 4,
        id: 'att_1',
        delivery: ended,
        endpoint: endpoint ?? '',
        number: 1,
        started_at: start,
        duration_ms: 12,
        url: 'https://receiver.example/1',
        request_headers: '{"a":"b"}',
        outcome: 'refused',
        status: 500,
        error_code: 'timeout',
        error_message: 'no answer',
        response_headers: '{"c":"d"}',
        response_body: Buffer.from('a body'),
      },
    ],
    replays: [
      {
        ...owner,
        id: 'rpl_1',
        endpoint: endpoint ?? '',
        states: '["exhausted"]',
        event_types: '["order.paid"]',
        since: start - 10,
        until: start + 10,
        rate_per_second: 12.5,
        total: 8,
        done: 6,
        position: one,
        state: 'running',
        created_at: start,
      },
    ],
    stats: [
      {
        tenant: rowTenant,
        endpoint: endpoint ?? '',
        minute: start,
        accepted: 1,
        refused: 2,
        unreachable: 3,
        durations: [4, 0, 5],
      },
    ],
  };
}

/** The same rows as the present schema has them: with the columns of later migrations. */
export function makePresentRows(firstEvent: number): Rows {
  const later: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
    tenants: { metadata: '{"plan":"gold"}', events_numbered: 12, contact: '{"emails":["ops@shop.example"]}' },
    endpoints: {
      metadata: '{"region":"eu"}',
      settings: '{"filter":{"amount":1}}',
      sealed_settings: 'sealed',
    },
    events: { metadata: '{"order":"7"}', number: 12, filtered: 3 },
    deliveries_waiting: {
      is_test: true,
      scheduled_at: start + 11,
      replay: 'rpl_1',
      sent: 'transformed',
    },
    deliveries_ended: { note: 'transform_null' },
    attempts: { trigger: 'replay', content: Buffer.from('{}\n{}') },
    replays: { include_disabled: true, delivered: 4, failed: 2, kind: 'backfill' },
    stats: { codes: '{"a200":1,"r503":2}' },
  };
  const first = Object.entries(makeRows(firstEvent)).map(([table, rows]) => [
    table,
    rows.map((row) => ({ ...row, ...later[table], ...pulled(table, row) })),
  ]);
  return { ...Object.fromEntries(first), ...laterTables };
}

/** One that is not delivered to any more: deliveries of the others are claimed in tests. */
const pulled = (table: string, row: Readonly<Record<string, unknown>>): object =>
  table === 'endpoints' && row['removed_at'] !== null && row['removed_at'] !== undefined
    ? { kind: 'pull' }
    : {};

const alertFacts = {
  subject: 'ep_1',
  type: 'endpoint.failing',
  tenant: rowTenant,
  mode: 'live',
  endpoint: 'ep_1',
  code: '500',
  since: start,
  at: start + 2,
};

/** Tables that the first released schema does not have. */
const laterTables: Rows = {
  event_types: [
    {
      name: 'order.paid',
      group_name: 'Orders',
      description: 'Paid.',
      schema: '{"type":"object"}',
      examples: '[{"amount":1}]',
      deprecated: true,
      version: 3,
      revision: 7,
      created_at: start,
      updated_at: start + 1,
    },
  ],
  catalogue: [{ id: 1, revision: 7 }],
  archive: [
    {
      id: 1,
      sealed_until: start,
      archived_until: start - 86_400_000,
      events_after: 3,
      events_until: 5,
      lease: 4,
      claimed_until: start + 7,
    },
  ],
  archive_files: [{ tenant: rowTenant, files: '[]' }],
  alerts: [
    {
      id: 'alr_1',
      name: 'a name',
      types: '["endpoint.failing"]',
      tenants: `["${rowTenant}"]`,
      via: '{"kind":"email","to":["ops@shop.example"]}',
      window_ms: 900_000,
      enabled: true,
      snoozed_until: start + 8,
      created_at: start,
      updated_at: start + 1,
    },
  ],
  alert_signals: [{ ...alertFacts, count: 3 }],
  alert_messages: [
    {
      ...alertFacts,
      channel: 'alr_1',
      id: 'alm_1',
      host: 'a.example',
      count: 4,
      attempts: 1,
      due_at: start + 9,
    },
  ],
  alert_windows: [
    { channel: 'alr_1', subject: 'ep_1', type: 'endpoint.failing', ends_at: start + 9, is_told: true },
  ],
  alert_channels: [
    {
      channel: 'alr_1',
      claimed_until: start + 1,
      lease: 2,
      failures: 3,
      retry_at: start + 4,
      hour_started_at: start,
      hour_sent: 5,
      last_sent_at: start + 6,
      last_error: 'an error',
      last_error_at: start + 7,
    },
  ],
  admin_keys: [
    {
      id: 'key_1',
      name: 'a name',
      lookup: 'a hash',
      prefix: 'adm_01234567',
      scopes: '["read"]',
      tenants: `["${rowTenant}"]`,
      created_at: start,
      expires_at: start + 8,
      last_used_at: start + 7,
    },
  ],
  portal_sessions: [
    {
      id: 'pts_1',
      tenant: rowTenant,
      mode: 'test',
      lookup: 'a hash',
      permissions: '["read"]',
      embed_origins: '["https://app.example"]',
      return_url: 'https://app.example/',
      theme: '{"accent":"#000000"}',
      created_at: start,
      opened_at: start + 1,
      expires_at: start + 8,
    },
  ],
  endpoint_checks: [
    {
      id: 'chk_1',
      tenant: rowTenant,
      mode: 'test',
      endpoint: 'ep_1',
      event_type: 'carillon.test',
      payload: '{}',
      state: 'finished',
      items: '[]',
      created_at: start,
      finished_at: start + 9,
      due_at: start,
    },
  ],
  audit_log: [
    {
      id: 'aud_1',
      at: start + 9,
      actor_kind: 'key',
      actor: 'key_1',
      actor_name: 'a name',
      is_console: true,
      command: 'changeTenant',
      tenant: rowTenant,
      mode: 'live',
      noun: 'tenant',
      target: rowTenant,
      before: '{"name":"x"}',
      after: '{"name":"y"}',
      address: '192.0.2.1',
      request_id: 'req-1',
    },
  ],
  console_sessions: [{ lookup: 'a hash', key: 'key_1', expires_at: start + 8 }],
};

/** Writes the rows into a SQLite file. The second waiting delivery is claimed. */
export function fillSqlite(path: string, rows: Rows): void {
  const database = new DatabaseSync(path);
  for (const [table, list] of Object.entries(rows)) {
    for (const [index, row] of list.entries()) {
      const own = { deliveries_waiting: { is_claimed: index }, deliveries_ended: { seq: index + 1 } };
      const full: Record<string, Cell> = { ...row, ...own[table as keyof typeof own] };
      const names = Object.keys(full);
      const values = Object.values(full).map(toSqlite);
      database
        .prepare(`insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`)
        .run(...values);
    }
  }
  database.close();
}

function toSqlite(cell: Cell): SQLInputValue {
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return cell === null || typeof cell !== 'object' || cell instanceof Uint8Array
    ? cell
    : JSON.stringify(cell);
}
/** Writes the rows into a Postgres database. The second waiting delivery is claimed by the process `claimedBy`. */
export async function fillPostgres(url: string, rows: Rows, claimedBy: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [table, list] of Object.entries(rows)) {
      for (const [index, row] of list.entries()) {
        const claimed = table === 'deliveries_waiting' && index === 1 ? { claimed_by: claimedBy } : {};
        const full: Record<string, Cell> = { ...row, ...claimed };
        const names = Object.keys(full);
        const places = names.map((_, place) => `$${place + 1}`).join(', ');
        const text = `insert into ${table} (${names.join(', ')}) overriding system value values (${places})`;
        await client.query(text, Object.values(full));
      }
    }
    await client.query(
      'insert into event_ids (id, tenant, mode, seq) select id, tenant, mode, seq from events',
    );
    await client.query(`select setval('event_numbers', 2), setval('attempt_numbers', 4)`);
    await client.query(
      `select setval(pg_get_serial_sequence('tenants', 'seq'), 5), setval(pg_get_serial_sequence('deliveries_waiting', 'seq'), 3)`,
    );
  } finally {
    await client.end();
  }
}
