// Reading a day for the archive, tenant by tenant in the order of indexes, and how far the archive has come. A day is
// sealed before it is read: from then on, nothing that ended in it is redelivered, and nothing enters it.
import {
  type ArchiveDay,
  type ArchivedFile,
  type ArchivePosition,
  type ArchiveProgress,
  dayMs,
  filedAt,
  firstMode,
} from '#core/archive.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { parseJson, sql } from '../sql.ts';
import type { ArchivePage, ArchiveStore, ArchiveTerms, ReadStore } from '../store.ts';
import { type AttemptRow, attemptColumns, readAttempt } from './attempt-rows.ts';
import { readContent } from './contents.ts';
import type { DeliveryRow } from './delivery-rows.ts';
import type { Engine, Reader } from './engine.ts';
import { type EventRow, readEvent } from './event-rows.ts';
import { all, get, run, type Work } from './work.ts';

/** Rows of one page: some milliseconds of reading, and some megabytes at most of what is usual. */
const deliveriesPerPage = 100;
const eventsPerPage = 50;
const tenantsPerPage = 200;

export function readArchive(reader: Reader): ReadStore['archive'] {
  return {
    progress: () => reader.read(readProgress()),
    tenants: (after) => reader.read(listTenants(after)),
    files: (after) => reader.read(listFiles(after)),
    events: (day, tenant, position) => reader.read(readEvents(reader, day, tenant, position)),
    deliveries: (day, tenant, position) => reader.read(readEnded(reader, day, tenant, position)),
  };
}

export function createArchiveStore(engine: Engine): ArchiveStore {
  return {
    ...readArchive(engine),
    oldestDay: () => engine.read(engine.find.oldestDay()),
    seal: (until) => engine.transaction(() => sealUntil(until)),
    begin: (terms) => engine.transaction(() => begin(engine, terms)),
    note: (lease, files, until) => engine.transaction(() => note(lease, files, until)),
    finish: (lease) => engine.transaction(() => finish(lease)),
  };
}

interface ArchiveRow {
  readonly sealed_until: number;
  readonly archived_until: number | null;
  readonly events_after: number;
  readonly events_until: number;
  readonly lease: number;
  readonly claimed_until: number;
}

const columns = sql`sealed_until, archived_until, events_after, events_until, lease, claimed_until`;

function* readRow(): Work<ArchiveRow | undefined> {
  return yield* get<ArchiveRow>(sql`select ${columns} from archive where id = 1`);
}

function* readProgress(): Work<ArchiveProgress | null> {
  const row = yield* readRow();
  if (row === undefined) return null;
  return {
    until: row.archived_until,
    eventsUntil: isWritten(row) ? row.events_until : row.events_after + 1,
    sealedUntil: row.sealed_until,
  };
}

function isWritten({ archived_until: archived, sealed_until: sealed }: ArchiveRow): boolean {
  return archived !== null && archived >= sealed;
}

/** See `ArchiveStore.begin`. The row is locked: who redelivers meanwhile waits, and sees what is sealed then. */
function* begin(engine: Engine, terms: ArchiveTerms): Work<ArchiveDay | null> {
  const { now, leaseMs } = terms;
  const known = (yield* readRow()) ?? (yield* seal(engine, null, terms));
  if (known === null) return null;
  const locked = yield* get<ArchiveRow>(
    sql`select ${columns} from archive where id = 1 ${engine.fragments.lockRows}`,
  );
  if (locked === undefined || locked.claimed_until > now) return null;
  const row = isWritten(locked) ? yield* seal(engine, locked, terms) : locked;
  if (row === null) return null;
  const lease = row.lease + 1;
  yield* run(sql`update archive set lease = ${lease}, claimed_until = ${now + leaseMs}`);
  return {
    from: row.archived_until ?? 0,
    until: row.sealed_until,
    eventsAfter: row.events_after,
    eventsUntil: row.events_until,
    lease,
  };
}

/** The day after what is written; of an archive that has not begun, the first that anything is of. Null: it is not over. */
function* seal(
  { find }: Engine,
  before: ArchiveRow | null,
  { expiredBefore, oldestDay }: ArchiveTerms,
): Work<ArchiveRow | null> {
  const from = before?.sealed_until ?? (oldestDay === undefined ? yield* find.oldestDay() : oldestDay);
  if (from === null || from + dayMs > expiredBefore) return null;
  const until = from + dayMs;
  const after = before === null ? -1 : before.events_until - 1;
  const eventsUntil = Math.max(after + 1, yield* find.eventBoundary(until));
  yield* run(sql`
    insert into archive (id, sealed_until, archived_until, events_after, events_until, lease, claimed_until)
    values (1, ${until}, null, ${after}, ${eventsUntil}, 0, 0)
    on conflict (id) do update set sealed_until = excluded.sealed_until, events_after = excluded.events_after,
      events_until = excluded.events_until where archive.archived_until = ${before?.archived_until ?? -1}`);
  return (yield* readRow()) ?? null;
}

/** See `ArchiveStore.seal`. How far the archive has come is said elsewhere. */
export function* sealUntil(until: number): Work<void> {
  yield* run(sql`
    insert into archive (id, sealed_until, archived_until, events_after, events_until, lease, claimed_until)
    values (1, ${until}, null, -1, 0, 0, 0)
    on conflict (id) do update set sealed_until = excluded.sealed_until where archive.sealed_until < excluded.sealed_until`);
}

/** False when the lease has ended and another process writes. */
function* note(lease: number, files: readonly ArchivedFile[], until: number): Work<boolean> {
  const isOurs = yield* run(sql`update archive set claimed_until = ${until} where lease = ${lease}`);
  if (isOurs === 0) return false;
  const tenant = files[0]?.tenant;
  if (tenant === undefined) return true;
  yield* run(sql`
    insert into archive_files (tenant, files) values (${tenant}, ${JSON.stringify(files)})
    on conflict (tenant) do update set files = excluded.files`);
  return true;
}

function* finish(lease: number): Work<boolean> {
  const finished = yield* run(sql`
    update archive set archived_until = sealed_until, claimed_until = 0 where lease = ${lease}`);
  if (finished === 0) return false;
  yield* run(sql`delete from archive_files`);
  return true;
}

/** Removed ones too, which are kept while anything is. */
function* listTenants(after: string): Work<readonly TenantId[]> {
  const rows = yield* all<{ id: TenantId }>(sql`
    select id from tenants where id > ${after} order by id limit ${tenantsPerPage}`);
  return rows.map((row) => row.id);
}

function* listFiles(after: string): Work<readonly (readonly ArchivedFile[])[]> {
  const rows = yield* all<{ files: string }>(sql`
    select files from archive_files where tenant > ${after} order by tenant limit ${tenantsPerPage}`);
  return rows.map((row) => parseJson<readonly ArchivedFile[]>(row.files));
}

function* readEvents(
  { find, text }: Reader,
  { eventsAfter, eventsUntil }: ArchiveDay,
  tenant: TenantId,
  position: ArchivePosition | null,
): Work<ArchivePage<'events'>> {
  const mode = position?.mode ?? firstMode;
  const after = Number(position?.after ?? eventsAfter);
  const range = { after, before: eventsUntil, limit: eventsPerPage };
  const rows: EventRow[] = [];
  for (const statement of find.oldestEvents({ tenant, mode }, range)) {
    rows.push(...(yield* all<EventRow>(statement)));
  }
  const kept = rows.toSorted((a, b) => a.seq - b.seq).slice(0, eventsPerPage);
  const last = kept.length < eventsPerPage ? undefined : kept.at(-1);
  return {
    items: kept.map((row) => readEvent(row, text)),
    next: last === undefined ? nextMode(mode, eventsAfter) : { mode, after: last.seq },
  };
}

function* readEnded(
  reader: Reader,
  { from, until }: ArchiveDay,
  tenant: TenantId,
  position: ArchivePosition | null,
): Work<ArchivePage<'deliveries'>> {
  const mode = position?.mode ?? firstMode;
  const after = String(position?.after ?? '');
  const rows: EndedRow[] = [];
  for (const statement of reader.find.ended(tenant, mode, { after, until, limit: deliveriesPerPage })) {
    rows.push(...(yield* all<EndedRow>(statement)));
  }
  const visited = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, deliveriesPerPage);
  const last = visited.length < deliveriesPerPage ? undefined : visited.at(-1);
  const kept = visited.filter((row) => {
    const at = filedAt(row.id, row.ended_at);
    return at >= from && at < until;
  });
  const attempts = yield* readAttempts(reader, kept);
  const { fromStored } = reader.text;
  return {
    items: kept.map((row) => ({
      id: row.id,
      tenant,
      mode,
      endpoint: row.endpoint,
      event: fromStored(row.event),
      eventType: row.event_type,
      orderingKey: row.ordering_key === null ? null : fromStored(row.ordering_key),
      state: row.state,
      endedAt: row.ended_at,
      note: row.note,
      attempts: attempts.get(row.id) ?? [],
    })),
    next: last === undefined ? nextMode(mode, '') : { mode, after: last.id },
  };
}

type EndedRow = Pick<
  DeliveryRow,
  'id' | 'endpoint' | 'state' | 'event' | 'event_type' | 'ordering_key' | 'note'
> & { readonly ended_at: number };

type Attempts = ArchivePage<'deliveries'>['items'][number]['attempts'];

function* readAttempts(
  { fragments }: Reader,
  ended: readonly EndedRow[],
): Work<ReadonlyMap<DeliveryId, Attempts>> {
  const found = new Map<DeliveryId, Attempts[number][]>();
  if (ended.length === 0) return found;
  const rows = yield* all<AttemptRow & { readonly content: Uint8Array | null }>(sql`
    select ${attemptColumns}, a.content from attempts a
    where a.delivery ${fragments.anyOf(ended.map((row) => row.id))}`);
  for (const row of rows.toSorted((a, b) => a.seq - b.seq)) {
    const of = found.get(row.delivery) ?? [];
    found.set(row.delivery, of);
    of.push({ ...readAttempt(row), content: row.content === null ? null : readContent(row.content) });
  }
  return found;
}

function nextMode(mode: Mode, after: string | number): ArchivePosition | null {
  return mode === firstMode ? { mode: 'test', after } : null;
}

/**
 * Without what is sealed: it is in the archive or on its way there, and stays as it is. Locks the progress of the archive until
 * the transaction ends.
 */
export function* withoutSealed(
  { fragments }: Pick<Engine, 'fragments'>,
  rows: readonly DeliveryRow[],
): Work<readonly DeliveryRow[]> {
  const row = yield* get<{ sealed_until: number }>(
    sql`select sealed_until from archive where id = 1 ${fragments.shareRows}`,
  );
  if (row === undefined) return rows;
  return rows.filter(
    ({ id, is_ended: isEnded, ended_at: endedAt }) =>
      !isEnded || endedAt === null || filedAt(id, endedAt) >= row.sealed_until,
  );
}
