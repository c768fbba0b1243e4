// The archive: which day leaves next, and its rows as lines of JSON. Reading and writing lines is the reading thread's work.
import type { ArchiveKind } from '#core/archive.ts';
import type { CommandHandlers } from '#core/commands.ts';
import type { Event } from '#core/event.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { idMs } from '#lib/ids.ts';
import type { EndedDelivery } from '#store/store.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';

type ArchiveReads = Pick<CommandHandlers, 'readArchive' | 'listArchiveTenants' | 'listArchivedFiles'>;
type ArchiveCommands = Pick<CommandHandlers, 'beginArchive' | 'noteArchived' | 'finishArchive'>;

export function createArchiveReads({ store: { archive } }: ReadDeps): ArchiveReads {
  return {
    listArchiveTenants: ({ after }) => archive.tenants(after),
    listArchivedFiles: ({ after }) => archive.files(after),
    async readArchive({ day, tenant, of, position }) {
      if (of === 'events') {
        const { items, next, place = 0 } = await archive.events(day, tenant, position);
        return { parts: [toPart('events', items.map(writeEvent))], next, place };
      }
      const { items, next, place = 0 } = await archive.deliveries(day, tenant, position);
      const attempts = items.flatMap((delivery) =>
        delivery.attempts.map((attempt) => writeAttempt(delivery, attempt)),
      );
      const parts = [toPart('deliveries', items.map(writeDelivery)), toPart('attempts', attempts)];
      return { parts, next, place };
    },
  };
}

/** What tells the archives of two databases apart. */
const identity = 'archive';

export function createArchiveCommands({ store, clock, ids }: CommandDeps): ArchiveCommands {
  return {
    async beginArchive({ expiredBefore, leaseMs }) {
      const day = await store.archive.begin({ now: clock.now(), expiredBefore, leaseMs });
      if (day === null) return null;
      const database = await store.metadata.putIfAbsent(identity, ids.next('arc', clock.now()));
      return { day, database };
    },
    noteArchived: ({ lease, files, leaseMs }) => store.archive.note(lease, files, clock.now() + leaseMs),
    finishArchive: ({ lease }) => store.archive.finish(lease),
  };
}

function toPart(
  kind: ArchiveKind,
  lines: readonly string[],
): { kind: ArchiveKind; rows: number; text: Uint8Array } {
  return { kind, rows: lines.length, text: Buffer.from(lines.map((line) => `${line}\n`).join('')) };
}

/** Payloads as text: a string keeps every byte, and no line break in it ends the line. */
function writeEvent(event: Event): string {
  const { tenant, mode, id, type, orderingKey, traceparent, metadata, number } = event;
  return JSON.stringify({
    tenant,
    mode,
    id,
    type,
    orderingKey,
    occurredAt: formatTime(event.occurredAt),
    createdAt: formatTime(event.createdAt),
    traceparent,
    metadata,
    number,
    payload: toText(event.payload),
  });
}

function writeDelivery({ attempts, endedAt, ...delivery }: EndedDelivery): string {
  const { tenant, mode, id, endpoint, event, eventType, orderingKey, state, note } = delivery;
  return JSON.stringify({
    tenant,
    mode,
    id,
    endpoint,
    event,
    eventType,
    orderingKey,
    state,
    attemptCount: attempts.length,
    createdAt: formatTime(idMs(id)),
    endedAt: formatTime(endedAt),
    note,
  });
}

/** `content` is what the attempt carried in place of the payload, where it was the first to carry it. */
function writeAttempt(
  { tenant, mode, endpoint, event, eventType, endedAt }: EndedDelivery,
  attempt: EndedDelivery['attempts'][number],
): string {
  const { content, responseBody, startedAt, delivery, id, ...made } = attempt;
  const body = readUtf8(responseBody);
  return JSON.stringify({
    tenant,
    mode,
    endpoint,
    event,
    eventType,
    delivery,
    deliveryEndedAt: formatTime(endedAt),
    id,
    startedAt: formatTime(startedAt),
    ...made,
    responseBody: body,
    responseBodyBase64: body === null ? Buffer.from(responseBody).toString('base64') : null,
    content: content === null ? null : { ...content, payload: toText(content.payload) },
  });
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null for bytes that are not UTF-8. */
function readUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
