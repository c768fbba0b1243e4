import { type Case, someFail } from '../case.ts';

/** Two API processes and two workers, 20,000 events: a worker is killed, and later the database restarts. */
export const fleet: Case = {
  name: 'fleet',
  stores: ['postgres'],
  roles: ['api', 'api', 'worker', 'worker'],
  load: { endpoints: 100, fanOut: 1, perSecond: 1000, seconds: 20 },
  receivers: { ...someFail, failing: 0.1 },
  async run(world, load) {
    const [first = 0.3, second = 0.6] = world.random.moments(2, 0.1, 0.9);
    await load.reached(first);
    await world.kill(world.pick('worker'));
    await load.reached(second);
    await world.restartDatabase(world.random.fraction() * 2000);
  },
};
