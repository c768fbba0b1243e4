// What the doctor looks at. Each check answers what it found and, unless all is well, what to do.
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ClientConfig, type Config, isSqlite, sqlitePath } from '#config.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { createClient, reach, UnreachableFailure } from '../client.ts';
import { reportFailure } from '../failure.ts';
import { formatSeconds } from './signature.ts';

export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null;
}

const mebibyte = 1024 * 1024;
/** Below these the disk is nearly full, or as good as full: the log of writes alone may need this much. */
const freeBytes = { warn: 2048 * mebibyte, fail: 200 * mebibyte };
/** Signatures carry the time, and receivers accept a few minutes. */
const clockSeconds = { warn: 5, fail: 120 };
/** No clock that is right shows a time before this program was written. */
const earliestTime = Date.UTC(2026, 0, 1);

export async function checkTables(config: Config): Promise<readonly Finding[]> {
  const { checkDatabase } = await import('#app/database.ts');
  return (await checkDatabase(config)).map(({ check, ok, detail }) => ({
    check,
    status: ok ? 'ok' : 'fail',
    detail,
    advice: ok
      ? null
      : 'check DATABASE_URL and who may read and write there; restore a backup if it is damaged',
  }));
}

/** Space left where the database is, or will be; a server's disk is not seen from here. */
export async function checkDisk(config: Config): Promise<readonly Finding[]> {
  if (!isSqlite(config.databaseUrl)) return [];
  const folder = await existingFolder(dirname(sqlitePath(config.databaseUrl)));
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const status = free < freeBytes.fail ? 'fail' : free < freeBytes.warn ? 'warn' : 'ok';
  const detail = `${formatBytes(free)} free in ${folder}`;
  const advice = status === 'ok' ? null : 'make room, or shorten CARILLON_RETENTION';
  return [{ check: 'disk', status, detail, advice }];
}

async function existingFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  const parent = dirname(folder);
  return isThere || parent === folder ? folder : existingFolder(parent);
}

function formatBytes(bytes: number): string {
  const mebibytes = bytes / mebibyte;
  return mebibytes < 1024 ? `${Math.floor(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/**
 * Whether the server answers, is ready and takes the key; with the time that it says. That it doesn't run is
 * a fault only when it was asked for by its URL: the doctor also looks at a server before its first start.
 */
export async function checkAdminApi(
  config: ClientConfig,
  isAsked: boolean,
): Promise<{ date: string | null; findings: readonly Finding[] }> {
  let ready: Response;
  try {
    ready = await reach(new URL('/readyz', config.url), {});
    await ready.body?.cancel();
  } catch (error) {
    const { messages, hint } = reportFailure(error);
    const status = isAsked || !(error instanceof UnreachableFailure) ? 'fail' : 'warn';
    const finding: Finding = { check: 'server', status, detail: messages.join('; '), advice: hint };
    return { date: null, findings: [finding] };
  }
  const server: Finding = ready.ok
    ? { check: 'server', status: 'ok', detail: `${config.url} is ready`, advice: null }
    : {
        check: 'server',
        status: 'fail',
        detail: `${config.url} is not ready (${ready.status})`,
        advice: 'it is starting or stopping, or its database does not answer: see its log',
      };
  return { date: ready.headers.get('date'), findings: [server, await checkKey(config)] };
}

async function checkKey(config: ClientConfig): Promise<Finding> {
  const check = 'admin key';
  try {
    await createClient(config).get('/tenants', { limit: 1 });
    return { check, status: 'ok', detail: 'the admin API takes it', advice: null };
  } catch (error) {
    const { messages, hint } = reportFailure(error);
    return { check, status: 'fail', detail: messages.join('; '), advice: hint };
  }
}

/** Compares with the `Date` of a server; without one, only that the time can be true. */
export function checkClock(now: number, date: string | null): Finding {
  const check = 'clock';
  if (now < earliestTime) {
    return { check, status: 'fail', detail: `it shows ${formatTime(now)}`, advice: 'set the clock (NTP)' };
  }
  const serverTime = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverTime)) {
    return { check, status: 'ok', detail: `${formatTime(now)}, compared with nothing`, advice: null };
  }
  // The header has whole seconds, cut down.
  const offSeconds = Math.max(0, Math.floor(Math.abs(now - serverTime) / 1000) - 1);
  const status = offSeconds >= clockSeconds.fail ? 'fail' : offSeconds >= clockSeconds.warn ? 'warn' : 'ok';
  const detail = status === 'ok' ? 'agrees with the server' : `${formatSeconds(offSeconds)} off the server's`;
  const advice =
    status === 'ok' ? null : 'set both clocks (NTP): receivers refuse signatures whose time is off';
  return { check, status, detail, advice };
}

export async function checkTarget(config: Config, url: string): Promise<readonly Finding[]> {
  const { probeTarget } = await import('#app/probe.ts');
  const { ok, detail } = await probeTarget(config, url);
  const advice = ok
    ? null
    : 'deliveries to it would fail alike; private addresses need CARILLON_ALLOW_TARGETS';
  return [{ check: 'target', status: ok ? 'ok' : 'fail', detail, advice }];
}
