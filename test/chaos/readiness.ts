// Asks every process for its readiness throughout a run, and judges the answers by what is known of the primary.
import type { Outage, Server } from './cluster.ts';

/** One answer of a process to /readyz. Times are Unix ms. */
export interface Sample {
  readonly process: string;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** 0: no answer. */
  readonly status: number;
}

export interface ReadinessVerdict {
  /** Answers that had to be 503, and those that had to be 200. What was asked close to a change is in neither. */
  readonly unready: number;
  readonly ready: number;
  /** One sentence for each wrong answer. */
  readonly wrong: readonly string[];
}

const everyMs = 100;
/** From then on a lost primary must be noticed, and a new one be used. */
const noticedAfterMs = 500;
const usedAfterMs = 4_000;

/** Asks until it is stopped. */
export function watchReadiness(servers: readonly Server[]): { stop(): Promise<readonly Sample[]> } {
  const samples: Sample[] = [];
  const stopping = new AbortController();
  const watched = servers.map(async ({ role, number, process: { url } }) => {
    while (!stopping.signal.aborted) {
      const askedAt = Date.now();
      const answer = await fetch(`${url}/readyz`).catch(() => null);
      await answer?.body?.cancel();
      samples.push({
        process: `${role} ${number}`,
        askedAt,
        answeredAt: Date.now(),
        status: answer?.status ?? 0,
      });
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(watched);
      return samples;
    },
  };
}

export function judgeReadiness(samples: readonly Sample[], outages: readonly Outage[]): ReadinessVerdict {
  const judged = samples.map((sample) => ({ sample, wanted: wantedOf(sample, outages) }));
  const count = (status: number): number => judged.filter(({ wanted }) => wanted === status).length;
  const wrong = judged.filter(
    ({ sample: { status }, wanted }) => status === 0 || (wanted !== null && wanted !== status),
  );
  const since = outages[0]?.lostAt ?? 0;
  return {
    unready: count(503),
    ready: count(200),
    wrong: wrong.map(
      ({ sample: { process, askedAt, status }, wanted }) =>
        `/readyz of ${process} answered ${status} instead of ${wanted ?? 'anything'} ${askedAt - since} ms after the first loss`,
    ),
  };
}

function wantedOf({ askedAt, answeredAt }: Sample, outages: readonly Outage[]): 200 | 503 | null {
  for (const { lostAt, promotingAt, promotedAt } of outages) {
    if (answeredAt < lostAt || askedAt > promotedAt + usedAfterMs) continue;
    return askedAt > lostAt + noticedAfterMs && answeredAt < promotingAt ? 503 : null;
  }
  return 200;
}
