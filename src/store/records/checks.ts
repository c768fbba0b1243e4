// Checks of receivers: one at a time for each endpoint, claimed by a worker with a lease, the newest kept.
import { type Change, showCheck } from '#core/audit.ts';
import {
  checkLeaseMs,
  checksKept,
  checksPerMinuteMax,
  checkWaitMsMax,
  type EndpointCheck,
} from '#core/check.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { columnList, insertInto, sql } from '../sql.ts';
import type { CheckStore, ClaimedCheck, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, json, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { lockTenant } from './tenants.ts';
import { all, get, run, type Work } from './work.ts';

export function readChecks(reader: Reader): ReadStore['checks'] {
  return {
    list: (endpoint) => reader.read(list(endpoint)),
    get: (endpoint, id) => reader.read(find(endpoint, id)),
  };
}

export function createCheckStore(engine: Engine): CheckStore {
  return {
    ...readChecks(engine),
    create: (check) => engine.transaction(() => create(engine, check)),
    claim: (now) => engine.transaction(() => claim(engine, now)),
    note: (claimed, items) => engine.transaction(() => note(claimed, items)),
    finish: (claimed, items, now) => engine.transaction(() => finish(claimed, items, now)),
  };
}

const format = defineFormat<EndpointCheck>({
  id: plain(),
  tenant: plain(),
  mode: plain(),
  endpoint: plain(),
  eventType: plain(),
  payload: json(),
  state: plain(),
  items: json(),
  createdAt: plain(),
  finishedAt: plain(),
});

const selectChecks = sql`select ${columnList(format.columns)} from endpoint_checks`;

const minuteMs = 60_000;

function* create(engine: Engine, check: EndpointCheck): Work<Awaited<ReturnType<CheckStore['create']>>> {
  const { tenant, endpoint, createdAt: now } = check;
  yield* lockTenant(engine, tenant);
  yield* run(sql`
    delete from endpoint_checks
    where endpoint = ${endpoint} and due_at is not null and created_at <= ${now - checkWaitMsMax}`);
  const unfinished = yield* get<{ id: string }>(sql`
    select id from endpoint_checks where endpoint = ${endpoint} and due_at is not null`);
  if (unfinished !== undefined) return { kind: 'unfinished', id: unfinished.id };
  const recent = yield* get<{ count: number }>(sql`
    select count(*) as count from endpoint_checks where tenant = ${tenant} and created_at > ${now - minuteMs}`);
  if ((recent?.count ?? 0) >= checksPerMinuteMax) return { kind: 'too_many' };
  yield* run(insertInto('endpoint_checks', { ...format.write(check), due_at: now }));
  yield* run(sql`
    delete from endpoint_checks where endpoint = ${endpoint} and id not in (
      select id from endpoint_checks where endpoint = ${endpoint} order by id desc limit ${checksKept})`);
  yield* engine.audit({ ...of(check), before: null, after: showCheck(check) });
  return { kind: 'created' };
}

function* list(endpoint: EndpointId): Work<EndpointCheck[]> {
  const rows = yield* all<StoredRow>(sql`
    ${selectChecks} where endpoint = ${endpoint} order by id desc limit ${checksKept}`);
  return rows.map(format.read);
}

function* find(endpoint: EndpointId, id: string): Work<EndpointCheck | null> {
  if (hasNul(id)) return null;
  const row = yield* get<StoredRow>(sql`${selectChecks} where id = ${id} and endpoint = ${endpoint}`);
  return row === undefined ? null : format.read(row);
}

/** What waits, or what a worker has begun and not finished within its lease. */
function* claim(engine: Engine, now: number): Work<ClaimedCheck | null> {
  const row = yield* get<StoredRow>(sql`
    ${selectChecks} where due_at <= ${now} order by due_at limit 1 ${engine.fragments.lockRows}`);
  if (row === undefined) return null;
  const check: EndpointCheck = { ...format.read(row), state: 'running', items: [] };
  const leaseUntil = now + checkLeaseMs;
  yield* run(
    sql`update endpoint_checks set state = 'running', items = '[]', due_at = ${leaseUntil} where id = ${check.id}`,
  );
  return { check, leaseUntil };
}

function* note({ check, leaseUntil }: ClaimedCheck, items: EndpointCheck['items']): Work<void> {
  yield* run(sql`
    update endpoint_checks set items = ${JSON.stringify(items)}
    where id = ${check.id} and due_at = ${leaseUntil}`);
}

function* finish(
  { check, leaseUntil }: ClaimedCheck,
  items: EndpointCheck['items'],
  now: number,
): Work<boolean> {
  const finished = yield* run(sql`
    update endpoint_checks
    set state = 'finished', items = ${JSON.stringify(items)}, finished_at = ${now}, due_at = null
    where id = ${check.id} and due_at = ${leaseUntil}`);
  return finished === 1;
}

function of({ id, tenant, mode }: EndpointCheck): Omit<Change, 'before' | 'after'> {
  return { tenant, mode, noun: 'check', target: id };
}
