// The loop of the archive: writes each day that has expired, oldest first. Retention deletes a day once it is there.
import { dateOfDay } from '#core/archive.ts';
import type { Backend } from '#core/backend.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { ArchivePlace } from './place.ts';
import { readText } from './place.ts';
import { writeText } from './manifest.ts';
import { Interrupted, leaseMs, writeDay } from './write-day.ts';

export interface ArchiveLoopDeps {
  readonly backend: Pick<Backend, 'run'>;
  readonly place: ArchivePlace;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retentionMs: number;
}

const intervalMs = 60_000;

/** Repeats until `signal` aborts. */
export async function archiveDays(deps: ArchiveLoopDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, place } = deps;
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await archiveDay(deps, signal)));
    } catch (error) {
      log.error({ err: error, archive: place.name }, 'archive.failed');
    }
    await clock.sleep(intervalMs, signal);
  }
}

/** Writes the next day that has expired. False when there is none, or another process writes it. */
export async function archiveDay(deps: ArchiveLoopDeps, signal: AbortSignal): Promise<boolean> {
  const { backend, place, clock, log, retentionMs } = deps;
  const expiredBefore = clock.now() - retentionMs;
  const begun = await backend.run('beginArchive', { expiredBefore, leaseMs });
  if (begun === null) return false;
  const { day, database } = begun;
  try {
    await requireOwn(place, database);
    const files = await writeDay(day, { backend, place, clock, signal });
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    log.info({ day: dateOfDay(day), files: files.length, bytes }, 'archive.written');
    return true;
  } catch (error) {
    // Any process may go on at once.
    await backend.run('noteArchived', { lease: day.lease, files: [], leaseMs: 0 }).catch(() => false);
    if (error instanceof Interrupted) return false;
    throw error;
  }
}

/** Whose archive it is. Two databases in one place would take each other's days for their own. */
const ownerPath = 'archive.json';

async function requireOwn(place: ArchivePlace, database: string): Promise<void> {
  const text = `${JSON.stringify({ database })}\n`;
  const found = await readText(place, ownerPath);
  if (found === null) await writeText(place, ownerPath, database, text);
  else if (found !== text) {
    throw new Error(
      `${place.name} is the archive of another database; give CARILLON_ARCHIVE a place of its own`,
    );
  }
}
