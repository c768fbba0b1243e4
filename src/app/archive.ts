// The archive of the configuration: where it is, and the loop that writes it.
import { resolve } from 'node:path';
import { openDirectory } from '#archive/directory.ts';
import { archiveDays } from '#archive/loop.ts';
import type { ArchivePlace } from '#archive/place.ts';
import type { Config } from '#config.ts';
import type { Backend } from '#core/backend.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';

/** Null without `CARILLON_ARCHIVE`, and when it is off. */
export async function openArchive({ archive }: Pick<Config, 'archive'>): Promise<ArchivePlace | null> {
  const { place, ...access } = archive;
  if (place === null || place.kind === 'off') return null;
  if (place.kind === 'directory') return openDirectory(resolve(place.path));
  // Loaded here: most archives are directories.
  const { openS3 } = await import('#archive/s3.ts');
  return openS3({ ...access, bucket: place.bucket, prefix: place.prefix });
}

export interface RunningArchive {
  /** Resolves when nothing more is written. What is unfinished is written by the next start, or by another process. */
  stop(): Promise<void>;
}

/** In a process that leaves retention to others, null. */
export async function startArchive(
  config: Config,
  deps: { readonly backend: Pick<Backend, 'run'>; readonly clock: Clock; readonly log: Logger },
): Promise<RunningArchive | null> {
  const place = config.role === 'api' ? null : await openArchive(config);
  if (place === null) return null;
  const ending = new AbortController();
  const running = archiveDays({ ...deps, place, retentionMs: config.retentionMs }, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}
