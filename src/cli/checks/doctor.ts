// The checks of `carillon doctor`. Each returns what it found and, unless that is ok, what to do.
import { readFreeSpace } from '#app/disk.ts';
import type { KeyUse } from '#app/key-check.ts';
import type { ClientConfig, Config } from '#config.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { Environment } from '../cli.ts';
import { createClient, reach, UnreachableFailure } from '../client.ts';
import { messageOf, reportFailure } from '../failure.ts';
import { carillon } from '../invocation.ts';
import { formatSeconds } from '../output/times.ts';
import { checkArchiveBehind } from './archive.ts';
import type { Finding } from './finding.ts';
import { describeUnknown, findUnknownSettings } from './setting-names.ts';
import { checkWorker } from './worker.ts';

const mebibyte = 1024 * 1024;
/** Free space below these is a warning or a failure: the write-ahead log alone may need this much. */
const freeBytes = { warn: 2048 * mebibyte, fail: 200 * mebibyte };
/** Clock skew: signatures contain the time, and receivers accept a few minutes. */
const clockSeconds = { warn: 5, fail: 120 };
/** A clock before this time is wrong: this program did not exist. */
const earliestTime = Date.UTC(2026, 0, 1);

/** Variables that look like settings and are none. */
export function checkNames(environment: Environment): readonly Finding[] {
  return findUnknownSettings(environment).map((unknown) => ({
    check: 'configuration',
    status: 'warn',
    detail: describeUnknown(unknown),
    advice: `correct or remove the variable; ${carillon} serve --help lists all settings`,
  }));
}

export async function checkTables(config: Config): Promise<readonly Finding[]> {
  const { checkDatabase } = await import('#app/database.ts');
  return (await checkDatabase(config)).map(({ check, ok, detail }) => ({
    check,
    status: ok ? 'ok' : 'fail',
    detail,
    advice: ok
      ? null
      : 'check DATABASE_URL and the permissions there; restore a backup if the database is damaged',
  }));
}

const check = 'encryption key';

/** Whether the keys open the secrets of the database, and which of them are needed. */
export async function checkEncryptionKey(config: Config): Promise<readonly Finding[]> {
  const { checkKey, countKeyUses } = await import('#app/key-check.ts');
  const { ok, isNew, detail } = await checkKey(config);
  const advice = ok ? null : 'put encryption.key back from your backup, or give its CARILLON_ENCRYPTION_KEY';
  const finding: Finding = { check, status: ok ? 'ok' : 'fail', detail, advice };
  if (!ok || isNew) return [finding];
  try {
    return [finding, ...judgeKeyUses(await countKeyUses(config))];
  } catch (error) {
    // Of SQLite and Postgres, for a schema that the next start brings up to date.
    if (/no such (table|column)|does not exist/.test(messageOf(error))) return [finding];
    throw error;
  }
}

/** Which older keys can be taken away, and which are missing. */
function judgeKeyUses(uses: readonly KeyUse[]): readonly Finding[] {
  const countOf = (isMeant: (use: KeyUse) => boolean): number =>
    uses.filter(isMeant).reduce((sum, { count }) => sum + count, 0);
  const unnamed = countOf(({ id }) => id === null);
  const missing = uses.filter(({ isGiven }) => !isGiven);
  const older = uses.filter(({ id, isGiven, isNewest }) => id !== null && isGiven && !isNewest);
  return [
    ...missing.map(({ id, count }): Finding => ({
      check,
      status: 'fail',
      detail: `${count} secrets are encrypted with the key ${id}, which is not given`,
      advice: 'give that key behind the others, and rotate once more',
    })),
    ...older.map(({ id, count }): Finding => {
      if (count + unnamed > 0) {
        const others = unnamed === 0 ? '' : `, and may encrypt ${unnamed} more that name no key`;
        const detail = `the older key ${id} encrypts ${count} secrets${others}`;
        return { check, status: 'warn', detail, advice: `run: ${carillon} keys rotate-encryption` };
      }
      const detail = `the older key ${id} is needed no more`;
      return {
        check,
        status: 'ok',
        detail,
        advice: 'keep it with the backups from before, and take it away here',
      };
    }),
  ];
}

/** Whether the relay of this process can work; nothing without `CARILLON_OUTBOX`. */
export async function checkOutbox({ outbox: { url, table } }: Config): Promise<readonly Finding[]> {
  if (url === null) return [];
  const check = 'outbox';
  const { countMax, probeOutbox } = await import('#outbox/probe.ts');
  try {
    const { trouble, waiting, refused } = await probeOutbox(url, table);
    if (trouble === 'table') {
      const advice = `create it: ${carillon} outbox --table ${table} --print-table | psql …`;
      return [{ check, status: 'fail', detail: `there is no table ${table}`, advice }];
    }
    if (trouble === 'privileges') {
      const advice = `grant select, update, delete on ${table} to the user of CARILLON_OUTBOX`;
      return [{ check, status: 'fail', detail: `the table ${table} cannot be changed`, advice }];
    }
    const countOf = (count: number, one: string, many: string): string =>
      count === 1 ? `1 ${one}` : `${count < countMax ? count : `${countMax} or more`} ${many}`;
    const found = `${table} can be reached; ${countOf(waiting, 'row waits', 'rows wait')}`;
    if (refused === 0) return [{ check, status: 'ok', detail: found, advice: null }];
    const detail = `${found}, ${countOf(refused, 'was refused', 'were refused')}`;
    const advice = 'correct each by the reason in its column refused and set that to null, or delete it';
    return [{ check, status: 'warn', detail, advice }];
  } catch (error) {
    const detail = `the database of CARILLON_OUTBOX cannot be used: ${messageOf(error)}`;
    const advice = 'check the URL, and that this machine may connect there';
    return [{ check, status: 'fail', detail, advice }];
  }
}

/** Free space of the SQLite file's disk. */
export async function checkDisk(config: Config): Promise<readonly Finding[]> {
  const space = await readFreeSpace(config);
  if (space === null) return [];
  const { folder, bytes } = space;
  const status = bytes < freeBytes.fail ? 'fail' : bytes < freeBytes.warn ? 'warn' : 'ok';
  const detail = `${formatBytes(bytes)} free in ${folder}`;
  const advice = status === 'ok' ? null : 'free space, or set a shorter CARILLON_RETENTION';
  return [{ check: 'disk', status, detail, advice }];
}

function formatBytes(bytes: number): string {
  const mebibytes = bytes / mebibyte;
  return mebibytes < 1024 ? `${Math.floor(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/**
 * Checks that the server answers, is ready, accepts the key and delivers. Also returns its `Date` header. A server that does not
 * run is a warning, or with `isAsked` (its URL was given) a failure: the doctor also runs before the first start.
 */
export async function checkAdminApi(
  config: ClientConfig,
  isAsked: boolean,
  now: number,
): Promise<{ date: string | null; findings: readonly Finding[] }> {
  let ready: Response;
  let text: string;
  try {
    ready = await reach(new URL('/readyz', config.url), {});
    text = await ready.text();
  } catch (error) {
    const { messages, hint } = reportFailure(error);
    const status = isAsked || !(error instanceof UnreachableFailure) ? 'fail' : 'warn';
    const finding: Finding = { check: 'server', status, detail: messages.join('; '), advice: hint };
    return { date: null, findings: [finding] };
  }
  const server = describeReadiness(config.url, ready.ok ? text : null, ready.status);
  const key = await checkAdminKey(config);
  const worker = key.status === 'ok' ? [await checkWorker(config, now)] : [];
  const archive = await checkArchiveBehind(config);
  return { date: ready.headers.get('date'), findings: [server, key, ...worker, ...archive] };
}

/** `text` is the answer of /readyz; null when the server is not ready. */
function describeReadiness(url: string, text: string | null, status: number): Finding {
  const check = 'server';
  if (text === null) {
    const advice = 'the server is starting or stopping, or its database does not answer; see its log';
    return { check, status: 'fail', detail: `${url} is not ready (${status})`, advice };
  }
  if (!text.includes('"paused"')) return { check, status: 'ok', detail: `${url} is ready`, advice: null };
  const advice = 'begin deliveries with: carillon resume';
  return { check, status: 'warn', detail: `${url} is paused: it delivers nothing`, advice };
}

async function checkAdminKey(config: ClientConfig): Promise<Finding> {
  const check = 'admin key';
  try {
    await createClient(config).call('listTenants', { query: { limit: 1 } });
    return { check, status: 'ok', detail: 'accepted by the admin API', advice: null };
  } catch (error) {
    const { messages, hint } = reportFailure(error);
    return { check, status: 'fail', detail: messages.join('; '), advice: hint };
  }
}

/** Compares the clock with the server's `Date` header. Without one, checks only that the time is plausible. */
export function checkClock(now: number, date: string | null): Finding {
  const check = 'clock';
  if (now < earliestTime) {
    return {
      check,
      status: 'fail',
      detail: `the clock shows ${formatTime(now)}`,
      advice: 'synchronize the clock (NTP)',
    };
  }
  const serverTime = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverTime)) {
    return { check, status: 'ok', detail: `${formatTime(now)}, not compared with a server`, advice: null };
  }
  // The header has whole seconds, rounded down.
  const offSeconds = Math.max(0, Math.floor(Math.abs(now - serverTime) / 1000) - 1);
  const status = offSeconds >= clockSeconds.fail ? 'fail' : offSeconds >= clockSeconds.warn ? 'warn' : 'ok';
  const detail = status === 'ok' ? 'agrees with the server' : `${formatSeconds(offSeconds)} off the server's`;
  const advice =
    status === 'ok' ? null : 'synchronize both clocks (NTP): receivers refuse signatures with a wrong time';
  return { check, status, detail, advice };
}

export async function checkTarget(config: Config, url: string): Promise<readonly Finding[]> {
  const { probeTarget } = await import('#app/probe.ts');
  const { ok, detail } = await probeTarget(config, url);
  const advice = ok
    ? null
    : 'deliveries to this URL would fail too: a receiver answers 2xx, and private addresses need CARILLON_ALLOW_TARGETS';
  return [{ check: 'target', status: ok ? 'ok' : 'fail', detail, advice }];
}
