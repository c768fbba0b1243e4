import type { Loss } from '../../support/postgres-replicas.ts';
import { type Case, someFail } from '../case.ts';
import type { Cluster, FailOver } from '../cluster.ts';
import { type Load, longestSilenceMs } from '../load.ts';
import { judgeReadiness, watchReadiness } from '../readiness.ts';

/** Of the wrong answers to /readyz. */
const shownMax = 5;
/** A manager notices the loss of a primary after a time of its own. */
const unnoticedMs = { least: 500, more: 2_500 };

interface Terms {
  readonly manager: 'replicas' | 'patroni';
  readonly losses: readonly Loss[];
  readonly secondsPerRound: number;
}

const ours: Terms = { manager: 'replicas', losses: ['kill', 'cut', 'swallow'], secondsPerRound: 12 };
/** Patroni notices a lost machine after 20 s. */
export const withPatroni: Terms = { manager: 'patroni', losses: ['kill'], secondsPerRound: 60 };

/**
 * A primary and two standbys: in each round the primary is killed or cut off at a random moment, a standby is promoted, and the
 * lost server comes back as a standby. No process of Carillon is started again.
 */
export const failOver = (rounds: number, { manager, losses, secondsPerRound } = ours): Case => ({
  name: 'fail-over',
  stores: ['postgres'],
  roles: ['api', 'api', 'worker', 'worker'],
  needs: manager,
  load: { endpoints: 8, fanOut: 2, perSecond: 200, seconds: rounds * secondsPerRound },
  receivers: someFail,
  async run(cluster, load) {
    const watch = watchReadiness(cluster.servers);
    try {
      await loseRepeatedly(cluster, load, { rounds, losses });
      await load.done;
    } finally {
      const { ready, unready, wrong } = judgeReadiness(await watch.stop(), cluster.failOvers);
      cluster.log(
        `/readyz: ${ready} answers had to be 200, ${unready} had to be 503, ${wrong.length} were wrong`,
      );
      for (const violation of wrong.slice(0, shownMax)) cluster.addViolation(violation);
    }
  },
});

async function loseRepeatedly(
  cluster: Cluster,
  load: Load,
  { rounds, losses }: { rounds: number; losses: readonly Loss[] },
): Promise<void> {
  const { random } = cluster;
  const offset = Math.floor(random.fraction() * losses.length);
  for (let round = 0; round < rounds; round++) {
    await load.reached((round + 0.1 + random.fraction() * 0.3) / rounds);
    const how = losses[(offset + round) % losses.length] ?? 'kill';
    const done = await cluster.failOver(how, unnoticedMs.least + random.fraction() * unnoticedMs.more);
    cluster.log(`round ${round + 1} of ${rounds}: ${describe(done, load)}`);
  }
}

function describe(done: FailOver, { acceptedAt }: Load): string {
  const { how, promoted, leased, lostAt, promotedAt, rejoinedAt } = done;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return [
    `primary lost by ${how} with ${leased} deliveries leased`,
    `${promoted} promoted after ${seconds(promotedAt - lostAt)}`,
    `${seconds(longestSilenceMs(acceptedAt, lostAt, rejoinedAt))} without a 202`,
    `three servers again after ${seconds(rejoinedAt - lostAt)}`,
  ].join(', ');
}
