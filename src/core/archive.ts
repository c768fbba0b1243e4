// The archive: ended days as files, outside of the database. See docs/decisions/0045.
import { idMs } from '#lib/ids.ts';
import type { Mode, TenantId } from './tenant.ts';

/** Each has a file of its own, of a tenant and a day. */
export const archiveKinds = ['events', 'deliveries', 'attempts'] as const;
export type ArchiveKind = (typeof archiveKinds)[number];

export const dayMs = 86_400_000;

/** The UTC day of a time, as `2026-01-31`. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/** A day that leaves for the archive. Nothing of it changes any more. */
export interface ArchiveDay {
  /** Deliveries that ended from this time on, and before the next: with their attempts. Unix ms. */
  readonly from: number;
  readonly until: number;
  /** Events with numbers above this one, and below the next. */
  readonly eventsAfter: number;
  readonly eventsUntil: number;
  /** Fencing number: of two processes, one writes. */
  readonly lease: number;
}

/** How far the clock that made the id of a delivery may be ahead of the one that it ended by. */
export const clockSkewMs = 3_600_000;

/**
 * The time whose day a delivery is filed under: that of its end. One whose id is from a clock far ahead is filed under that
 * time, so that ids bound what is read of a day.
 */
export function filedAt(id: string, endedAt: number): number {
  return Math.max(endedAt, idMs(id) - clockSkewMs);
}

/** The date of its files. */
export function dateOfDay({ until }: Pick<ArchiveDay, 'until'>): string {
  return dateOf(until - dayMs);
}

/** One written file. */
export interface ArchivedFile {
  readonly tenant: TenantId;
  readonly kind: ArchiveKind;
  /** Below the archive, with slashes. */
  readonly path: string;
  readonly rows: number;
  /** Compressed. */
  readonly bytes: number;
  /** Of the compressed bytes, in hex. */
  readonly sha256: string;
}

/** How far the archive has come. */
export interface ArchiveProgress {
  /** What ended before this time is in the archive; null before the first day is. Unix ms. */
  readonly until: number | null;
  /** So are events with numbers below. */
  readonly eventsUntil: number;
  /** Where the day ends that is next, as far as it is known: it is being written. */
  readonly sealedUntil: number;
}

/** For how long the oldest day that is not in the archive has expired. Before the first day is known, nothing has. */
export function behindMs(progress: ArchiveProgress | null, expiredBefore: number): number {
  if (progress === null) return 0;
  const nextEnds = progress.until === null ? progress.sealedUntil : progress.until + dayMs;
  return Math.max(0, expiredBefore - nextEnds);
}

/** The mode that is read first. */
export const firstMode: Mode = 'live';

/** Where in the rows of a tenant a reading goes on: mode by mode, each in the order of its keys. */
export interface ArchivePosition {
  readonly mode: Mode;
  /** The last key that was read: an id of a delivery, or the number of an event. Null: none yet. */
  readonly after: string | number | null;
  /** Of the operator's rows, which are in every one of several databases: which is read. */
  readonly place?: number;
}
