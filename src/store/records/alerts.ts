// Alerts as they are configured, with how their channels do.
import type { Alert, AlertId, AlertView } from '#core/alert.ts';
import { type Change, showAlert } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { assignments, columnList, insertInto, type Sql, sql } from '../sql.ts';
import type { AlertChange, AlertStore, ReadStore } from '../store.ts';
import { readEndpoint, selectEndpoints } from './endpoint-rows.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, flag, json, optionalJson, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { all, get, run, type Work } from './work.ts';

export function readAlerts(reader: Reader): ReadStore['alerts'] {
  return {
    list: (page) => reader.read(list(reader, page)),
    get: (id) => reader.read(find(reader, id)),
  };
}

export function createAlertStore(engine: Engine): AlertStore {
  return {
    ...readAlerts(engine),
    create: (alert, alertsMax) => engine.transaction(() => create(engine, alert, alertsMax)),
    change: (id, given) => engine.transaction(() => change(engine, id, given)),
    remove: (id) => engine.transaction(() => remove(engine, id)),
  };
}

export const alertFormat = defineFormat<Alert>({
  id: plain(),
  name: plain(),
  types: json(),
  tenants: optionalJson(),
  via: json(),
  windowMs: plain(),
  enabled: flag(),
  snoozedUntil: plain(),
  createdAt: plain(),
  updatedAt: plain(),
});

export const selectAlerts = sql`select ${columnList(alertFormat.columns)} from alerts`;

/** Two at once may make one more than `alertsMax`: it is a bound, not a count. */
function* create(engine: Engine, alert: Alert, alertsMax: number): Work<boolean> {
  const row = yield* get<{ count: number }>(sql`select count(*) as count from alerts`);
  if ((row?.count ?? 0) >= alertsMax) return false;
  yield* run(insertInto('alerts', alertFormat.write(alert)));
  yield* engine.audit({ ...ofAlert(alert.id), before: null, after: showAlert(alert) });
  return true;
}

interface ChannelRow {
  readonly channel: string;
  readonly last_sent_at: number | null;
  readonly last_error: string | null;
  readonly last_error_at: number | null;
}

function* list(reader: Reader, { cursor, limit }: PageRequest): Work<Page<AlertView>> {
  const before = readCursor('alert', cursor) ?? '~';
  const rows = yield* all<StoredRow>(sql`
    ${selectAlerts} where id < ${before} order by id desc limit ${limit + 1}`);
  const page = makePage('alert', rows, limit, (row) => String(row['id']), alertFormat.read);
  return { items: yield* view(reader, page.items), nextCursor: page.nextCursor };
}

function* find(reader: Reader, id: AlertId): Work<AlertView | null> {
  const alert = yield* findAlert(id);
  return alert === null ? null : ((yield* view(reader, [alert]))[0] ?? null);
}

function* findAlert(id: AlertId, lock: Sql = sql``): Work<Alert | null> {
  if (hasNul(id)) return null;
  const row = yield* get<StoredRow>(sql`${selectAlerts} where id = ${id} ${lock}`);
  return row === undefined ? null : alertFormat.read(row);
}

function* view({ fragments: { anyOf } }: Reader, alerts: readonly Alert[]): Work<AlertView[]> {
  const channels = yield* all<ChannelRow>(sql`
    select channel, last_sent_at, last_error, last_error_at from alert_channels
    where channel ${anyOf(alerts.map(({ id }) => id))}`);
  const ids = alerts.flatMap(({ via }) => (via.kind === 'webhook' ? [via.endpoint] : []));
  const rows = yield* all<StoredRow>(sql`${selectEndpoints} where id ${anyOf(ids)} and removed_at is null`);
  const endpoints = new Map<string, Endpoint>(rows.map(readEndpoint).map((one) => [one.id, one]));
  const byChannel = new Map(channels.map((row) => [row.channel, row]));
  return alerts.map((alert) => {
    const row = byChannel.get(alert.id);
    return {
      alert,
      endpoint: alert.via.kind === 'webhook' ? (endpoints.get(alert.via.endpoint) ?? null) : null,
      lastSentAt: row?.last_sent_at ?? null,
      lastError: row?.last_error ?? null,
      lastErrorAt: row?.last_error_at ?? null,
    };
  });
}

function* change(engine: Engine, id: AlertId, given: AlertChange): Work<Alert | null> {
  const before = yield* findAlert(id, engine.fragments.lockRows);
  if (before === null) return null;
  const after = { ...before, ...given };
  const { id: _id, ...columns } = alertFormat.write(after);
  yield* run(sql`update alerts set ${assignments(columns)} where id = ${id}`);
  // Another destination, or a snooze that ends, is tried at once.
  yield* run(sql`update alert_channels set retry_at = 0, failures = 0 where channel = ${id}`);
  yield* engine.audit({ ...ofAlert(id), before: showAlert(before), after: showAlert(after) });
  return after;
}

/** With all that it is still to tell. Returns it as it was. */
function* remove(engine: Engine, id: AlertId): Work<Alert | null> {
  const before = yield* findAlert(id, engine.fragments.lockRows);
  if (before === null) return null;
  yield* run(sql`delete from alerts where id = ${id}`);
  yield* forgetChannel(id);
  yield* engine.audit({ ...ofAlert(id), before: showAlert(before), after: null });
  return before;
}

export function* forgetChannel(channel: string): Work<void> {
  yield* run(sql`delete from alert_messages where channel = ${channel}`);
  yield* run(sql`delete from alert_windows where channel = ${channel}`);
  yield* run(sql`delete from alert_channels where channel = ${channel}`);
}

/** A removed tenant may be created again by its id: no alert tells of it by its former name. */
export function* forgetAlertTenant(tenant: TenantId): Work<void> {
  const rows = yield* all<StoredRow>(sql`${selectAlerts} where tenants is not null`);
  for (const { id, tenants } of rows.map(alertFormat.read)) {
    if (tenants?.includes(tenant) !== true) continue;
    const others = JSON.stringify(tenants.filter((one) => one !== tenant));
    yield* run(sql`update alerts set tenants = ${others} where id = ${id}`);
  }
}

function ofAlert(id: AlertId): Omit<Change, 'before' | 'after'> {
  return { tenant: null, mode: null, noun: 'alert', target: id };
}
