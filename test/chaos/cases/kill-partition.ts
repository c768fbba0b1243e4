import { createHistogram } from '../../support/histogram.ts';
import { type Case, someFail } from '../case.ts';

/**
 * Three databases, of which each is killed in turn: publishing is refused while the one of the tenant is down, and not while another
 * one is, the directory included.
 */
export const killPartition: Case = {
  name: 'kill-partition',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'partitions',
  load: { endpoints: 8, fanOut: 2, perSecond: 300, seconds: 12 },
  receivers: someFail,
  async run(cluster, load) {
    const { random } = cluster;
    const refused = (): number => load.answers.get('503') ?? 0;
    const whileAnother: number[] = [];
    const whileNone: number[] = [];
    let from = 0;
    for (const [place, moment] of random.moments(3, 0.05, 0.75).entries()) {
      await load.reached(moment);
      const before = refused();
      whileNone.push(...load.tookMs.slice(from));
      from = load.tookMs.length;
      const isHome = await cluster.restartPartition(place, 500 + random.fraction() * 1000);
      const more = refused() - before;
      if (!isHome && more > 0) cluster.addViolation(`${more} refused while another partition was down`);
      if (!isHome) whileAnother.push(...load.tookMs.slice(from));
      from = load.tookMs.length;
    }
    cluster.log(
      `publish p99 ${p99(whileAnother)} ms while another partition was down, ${p99(whileNone)} ms while none was`,
    );
  },
};

function p99(tookMs: readonly number[]): string {
  const histogram = createHistogram();
  for (const ms of tookMs) histogram.record(ms * 1000);
  return String(histogram.quantileMs(0.99)?.toFixed(1));
}
