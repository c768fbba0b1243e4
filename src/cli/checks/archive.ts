// Whether the archive can be written, and whether the server keeps up with writing it.
import { messageOf } from '../failure.ts';
import type { ClientConfig, Config } from '#config.ts';
import { reach } from '../client.ts';
import { formatSeconds } from '../output/times.ts';
import type { Finding } from './finding.ts';

const check = 'archive';
/** A day takes some minutes to be written. */
const behindSecondsMax = 3600;

/** Nothing without `CARILLON_ARCHIVE`. */
export async function checkArchive(config: Config): Promise<readonly Finding[]> {
  const { openArchive } = await import('#app/archive.ts');
  const place = await openArchive(config);
  if (place === null) return [];
  try {
    await place.probe();
    return [{ check, status: 'ok', detail: `${place.name} can be written`, advice: null }];
  } catch (error) {
    const advice =
      'until it can be written, retention deletes nothing: check the disk, or the bucket and its keys';
    return [{ check, status: 'fail', detail: `${place.name}: ${messageOf(error)}`, advice }];
  }
}

/** Of the server; nothing when it has no archive. */
export async function checkArchiveBehind({ url }: ClientConfig): Promise<readonly Finding[]> {
  const response = await reach(new URL('/metrics', url), {});
  const [, value] = /^carillon_archive_behind_seconds(?:\{.*\})? (\S+)$/m.exec(await response.text()) ?? [];
  if (value === undefined) return [];
  const seconds = Number(value);
  if (seconds <= behindSecondsMax)
    return [{ check, status: 'ok', detail: 'every expired day is in it', advice: null }];
  return [
    {
      check,
      status: 'fail',
      detail: `the oldest day that is not in it expired ${formatSeconds(Math.round(seconds))} ago`,
      advice:
        'read the log for archive.failed, and give CARILLON_ARCHIVE to a process with the role all or worker, or set it to off to have no archive ' +
        'any more; retention deletes nothing meanwhile, and the database grows',
    },
  ];
}
