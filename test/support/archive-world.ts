// Archiving a store in a test: the commands of the archive on that store, a clock that is set, and steps that can be made to
// fail: as if the process had died there.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { openDirectory } from '#archive/directory.ts';
import { archiveDay } from '#archive/loop.ts';
import type { ArchivePlace, NewFile } from '#archive/place.ts';
import { createArchiveCommands, createArchiveReads } from '#commands/archive.ts';
import type { CommandDeps, ReadDeps } from '#commands/deps.ts';
import type { Backend } from '#core/backend.ts';
import { leaseMs } from '#archive/write-day.ts';
import type { World } from '../contracts/store-world.ts';

/** What a step of the archive throws in a process that has died. */
class Died extends Error {}

/** Counts the steps that something outside sees: a command, or a change of a file. */
export interface Steps {
  /** The process dies at the step with this number, before it or after it was made; 0 for never. */
  dieAt: number;
  isAfter: boolean;
  made: number;
}

export interface ArchiveWorld {
  readonly root: string;
  readonly place: ArchivePlace;
  /** Archives a day of those that expired at `now - retentionMs`. `died`: and nothing was done after that. */
  readonly archive: (now: number, steps?: Steps) => Promise<'written' | 'nothing' | 'died'>;
  /** Archives and deletes until nothing is left of what had expired. */
  readonly expire: (now: number) => Promise<void>;
}

export const retentionMs = 2 * 86_400_000;

export function createArchiveWorld(world: World, place?: ArchivePlace): ArchiveWorld {
  const root = mkdtempSync(join(tmpdir(), 'carillon-archive-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const kept = place ?? openDirectory(root);
  const reads = world.openReads();
  let now = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const leave = (path: string, mark: string): void =>
    writeFileSync(join(root, `${path}.partial-${mark}`), 'half');
  const archive = async (at: number, steps: Steps = { dieAt: 0, isAfter: false, made: 0 }) => {
    now = at;
    const deps = { store: world.store, clock, ids: world.ids } as unknown as CommandDeps;
    const handlers = {
      ...createArchiveReads({ store: reads } as unknown as ReadDeps),
      ...createArchiveCommands(deps),
    } as unknown as Record<string, (input: unknown) => Promise<unknown>>;
    const run = (command: string, input: unknown) => take(steps, async () => handlers[command]?.(input));
    try {
      const log = pino({ level: 'silent' });
      const isWritten = await archiveDay(
        {
          backend: { run } as unknown as Backend,
          place: fragile(kept, steps, leave),
          clock,
          log,
          retentionMs,
        },
        new AbortController().signal,
      );
      return isWritten ? 'written' : 'nothing';
    } catch (error) {
      if (error instanceof Died) return 'died';
      throw error;
    }
  };
  return {
    root,
    place: kept,
    archive,
    async expire(at) {
      for (let round = 0; round < 1000; round++) {
        const result = await archive(at);
        const progress = await world.store.archive.progress();
        const before = Math.min(at - retentionMs, progress?.until ?? 0);
        while ((await world.store.deleteExpired(before, at, 50, progress?.eventsUntil ?? 0)) > 0);
        if (result === 'nothing') return;
      }
      throw new Error('the archive does not end');
    },
  };
}

/** After its death, a process makes no step any more. */
async function take<Result>(steps: Steps, make: () => Promise<Result>): Promise<Result> {
  if (steps.dieAt > 0 && steps.made >= steps.dieAt) throw new Died();
  steps.made++;
  const isLast = steps.made === steps.dieAt;
  if (isLast && !steps.isAfter) throw new Died();
  const result = await make();
  if (isLast) throw new Died();
  return result;
}

function fragile(
  place: ArchivePlace,
  steps: Steps,
  leave: (path: string, mark: string) => void,
): ArchivePlace {
  return {
    ...place,
    async create(path, mark) {
      let made: NewFile | null = null;
      const file = await take(steps, async () => (made = await place.create(path, mark))).catch(
        async (error: unknown) => {
          await made?.discard();
          throw error;
        },
      );
      return {
        write: (bytes) => take(steps, () => file.write(bytes)),
        finish: (sha256) => take(steps, () => file.finish(sha256)),
        async discard() {
          await file.discard();
          // What a process that died there has left.
          if (steps.dieAt > 0 && steps.made >= steps.dieAt) leave(path, mark);
        },
      } satisfies NewFile;
    },
    tidy: (folder) => take(steps, () => place.tidy(folder)),
  };
}

/** After this time, another process may go on. */
export const afterLeaseMs = leaseMs + 1;
