import { type Case, someFail } from '../case.ts';

/** Two API processes, two workers and 20,000 events: a worker is killed, and later the database. */
export const fleet: Case = {
  name: 'fleet',
  stores: ['postgres'],
  roles: ['api', 'api', 'worker', 'worker'],
  load: { endpoints: 100, fanOut: 1, perSecond: 1000, seconds: 20 },
  receivers: { ...someFail, failing: 0.1 },
  async run(cluster, load) {
    const [first = 0.3, second = 0.6] = cluster.random.moments(2, 0.1, 0.9);
    await load.reached(first);
    await cluster.kill(cluster.pick('worker'));
    await load.reached(second);
    await cluster.restartDatabase(cluster.random.fraction() * 2000);
  },
};
