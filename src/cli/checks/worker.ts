// Whether a worker lives: some process has made attempts lately, or nothing waits for one.
import { formatTime } from '#lib/rfc3339.ts';
import type { ClientConfig } from '#config.ts';
import { createClient, reach } from '../client.ts';
import { formatSeconds } from '../output/times.ts';
import type { Finding } from './finding.ts';

const check = 'worker';
/** Attempts within this time show that a worker lives. A process writes its counts within a minute. */
const lately = { ms: 10 * 60_000, text: '10 minutes' } as const;
/** A worker takes what is due much sooner, unless its receiver is slow: then there are attempts. */
const waitingSecondsMax = 60;

export async function checkWorker(config: ClientConfig, now: number): Promise<Finding> {
  const since = formatTime(now - lately.ms);
  const { data } = await createClient(config).call('readStats', { query: { since, bucket: 'minute' } });
  const attempts = data.reduce((sum, one) => sum + one.accepted + one.refused + one.unreachable, 0);
  if (attempts > 0) return ok(`${attempts} attempts in the last ${lately.text}`);
  const waiting = await readOldestWaiting(config);
  if (waiting === null) return warn('the metrics do not say whether anything waits');
  if (waiting <= waitingSecondsMax) return ok('nothing waits to be sent');
  return {
    check,
    status: 'fail',
    detail: `no attempt in the last ${lately.text}, and a delivery waits for ${formatSeconds(Math.round(waiting))}`,
    advice: 'start a process whose CARILLON_ROLE is worker or all, and read the log of those that run',
  };
}

/** In seconds; null when the metrics do not have it. */
async function readOldestWaiting({ url }: ClientConfig): Promise<number | null> {
  const response = await reach(new URL('/metrics', url), {});
  const [, value] = /^carillon_oldest_waiting_seconds(?:\{.*\})? (\S+)$/m.exec(await response.text()) ?? [];
  return value === undefined ? null : Number(value);
}

function ok(detail: string): Finding {
  return { check, status: 'ok', detail, advice: null };
}

function warn(detail: string): Finding {
  return { check, status: 'warn', detail, advice: 'compare the versions of the server and of this program' };
}
