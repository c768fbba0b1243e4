import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** Longer than a lease, which is 90 s. */
const pauseMs = 96_000;

/**
 * A worker is paused for longer than its leases, and the other one claims its deliveries. When it continues, its late results
 * are rejected by their fencing numbers.
 */
export const pauseWorker: Case = {
  name: 'pause-worker',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  load: usualLoad,
  // Slow responses, so that requests are in flight whenever it is paused.
  receivers: { ...someFail, slowMs: 500 },
  async run(cluster, load) {
    const [moment = 0.5] = cluster.random.moments(1, 0.3, 0.9);
    await load.reached(moment);
    const worker = cluster.pick('worker');
    const inFlight = await cluster.pause(worker);
    await sleep(pauseMs);
    cluster.resume(worker);
    const stale = await cluster.metric(worker, 'carillon_results_stale_total', (count) => count > 0);
    cluster.log(`${stale} late results rejected of ${inFlight} leased deliveries`);
    if (stale === 0) cluster.addViolation('no late result was rejected');
  },
};
