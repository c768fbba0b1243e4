import { type Case, someFail, usualLoad } from '../case.ts';

/**
 * One of two workers is disconnected from the database for so long that the other considers it dead and releases its leases,
 * while it still has deliveries in memory.
 */
export const cutOffWorker: Case = {
  name: 'cut-off-worker',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'proxies',
  load: usualLoad,
  // Slow responses, so that many deliveries are unsent when it is disconnected.
  receivers: { ...someFail, slowMs: 500 },
  async run(cluster, load) {
    const [moment = 0.5] = cluster.random.moments(1, 0.2, 0.8);
    await load.reached(moment);
    await cluster.cut(cluster.pick('worker'), 'cut', 12_000 + cluster.random.fraction() * 2000);
  },
};
