import { type Case, someFail, usualLoad } from '../case.ts';

/**
 * One of two workers is cut off the database for so long that the other takes it for dead and gives back what it
 * had, while it still has deliveries in memory.
 */
export const cutOffWorker: Case = {
  name: 'cut-off-worker',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'proxies',
  load: usualLoad,
  // Slow answers: when it is cut off, much is still to be sent.
  receivers: { ...someFail, slowMs: 500 },
  async run(world, load) {
    const [moment = 0.5] = world.random.moments(1, 0.2, 0.8);
    await load.reached(moment);
    await world.cut(world.pick('worker'), 'cut', 12_000 + world.random.fraction() * 2000);
  },
};
