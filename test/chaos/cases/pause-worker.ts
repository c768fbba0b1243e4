import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** Longer than a lease, which is 60 s. */
const pauseMs = 66_000;

/**
 * A worker stands still for longer than its leases: the other takes over what it had. Then it goes on, and what
 * it still has to say of those deliveries comes too late and changes nothing.
 */
export const pauseWorker: Case = {
  name: 'pause-worker',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  load: usualLoad,
  // Slow answers: whenever it is stopped, some are on their way.
  receivers: { ...someFail, slowMs: 500 },
  async run(world, load) {
    const [moment = 0.5] = world.random.moments(1, 0.3, 0.9);
    await load.reached(moment);
    const worker = world.pick('worker');
    const inFlight = await world.pause(worker);
    await sleep(pauseMs);
    world.resume(worker);
    const stale = await world.metric(worker, 'carillon_results_stale_total', (count) => count > 0);
    world.say(`${stale} late results refused of ${inFlight} claimed deliveries`);
    if (stale === 0) world.blame('no late result was refused');
  },
};
