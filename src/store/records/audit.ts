// The audit log: appended by the records, in the transaction of the change that it tells of. Nothing updates it.
import type { Actor } from '#core/access.ts';
import { type AuditEntry, type AuditFilter, type AuditNoun, type Change, shorten } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { firstIdAt, type IdSource } from '#lib/ids.ts';
import { makePage, readCursor } from '../cursor.ts';
import { columnList, insertInto, join, sql } from '../sql.ts';
import type { AuditStore, Command, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, flag, optionalJson, plain, type StoredRow } from './fields.ts';
import { all, run, type Work } from './work.ts';

export function readAudit(reader: Reader): ReadStore['audit'] {
  return { list: (filter, page) => reader.read(list(filter, page)) };
}

export function createAuditStore(engine: Engine): AuditStore {
  return {
    ...readAudit(engine),
    append: (change) => engine.transaction(() => engine.audit(change)),
    deleteExpired: (before, rowsMax) => engine.read(deleteExpired(before, rowsMax)),
  };
}

/** Writes the changes of a command. */
export function auditAs(ids: IdSource, command: Command): Engine['audit'] {
  const { name, at, actor, address, requestId } = command;
  return function* audit(change) {
    const entry = {
      ...shorten(change),
      id: ids.next('aud', at),
      at,
      command: name,
      actor,
      address,
      requestId,
    };
    yield* run(insertInto('audit_log', format.write(toRow(entry))));
  };
}

/** The changes of the server itself are no entries. */
export const auditNothing: Engine['audit'] = function* nothing() {};

/** An entry as it is stored. */
interface AuditRow {
  readonly id: string;
  readonly at: number;
  readonly actorKind: Actor['kind'];
  readonly actor: string;
  readonly actorName: string;
  readonly isConsole: boolean;
  readonly command: string;
  readonly tenant: TenantId | null;
  readonly mode: Mode | null;
  readonly noun: AuditNoun;
  readonly target: string;
  readonly before: Change['before'];
  readonly after: Change['after'];
  readonly address: string | null;
  readonly requestId: string | null;
}

const format = defineFormat<AuditRow>({
  id: plain(),
  at: plain(),
  actorKind: plain(),
  actor: plain(),
  actorName: plain(),
  isConsole: flag(),
  command: plain(),
  tenant: plain(),
  mode: plain(),
  noun: plain(),
  target: plain(),
  before: optionalJson(),
  after: optionalJson(),
  address: plain(),
  requestId: plain(),
});

function toRow({ actor, ...entry }: AuditEntry): AuditRow {
  const { kind: actorKind, id, name: actorName, isConsole } = actor;
  return { ...entry, actorKind, actor: id, actorName, isConsole };
}

function fromRow(row: StoredRow): AuditEntry {
  const { actorKind: kind, actor: id, actorName: name, isConsole, ...entry } = format.read(row);
  return { ...entry, actor: { kind, id, name, isConsole } };
}

function* list(filter: AuditFilter, { cursor, limit }: PageRequest): Work<Page<AuditEntry>> {
  const { tenant, actor, command, since, until } = filter;
  const upper = until === undefined ? '~' : firstId(until);
  const after = readCursor('audit', cursor) ?? '~';
  const terms = [
    sql`id < ${after < upper ? after : upper}`,
    ...(since === undefined ? [] : [sql`id >= ${firstId(since)}`]),
    ...(tenant === undefined ? [] : [sql`tenant = ${tenant}`]),
    ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
    ...(command === undefined ? [] : [sql`command = ${command}`]),
  ];
  const rows = yield* all<StoredRow>(sql`
    select ${columnList(format.columns)} from audit_log where ${join(terms, sql` and `)}
    order by id desc limit ${limit + 1}`);
  return makePage('audit', rows, limit, (row) => String(row['id']), fromRow);
}

function* deleteExpired(before: number, rowsMax: number): Work<number> {
  return yield* run(sql`
    delete from audit_log where id in (
      select id from audit_log where id < ${firstId(before)} order by id limit ${rowsMax}
    )`);
}

/** Ids hold 48 bits of time, and are in its order. */
function firstId(ms: number): string {
  return firstIdAt('aud', Math.min(Math.max(0, Math.ceil(ms)), 2 ** 48 - 1));
}
