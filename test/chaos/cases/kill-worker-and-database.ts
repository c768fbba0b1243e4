import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** The only worker and the database are killed; a new worker releases the leases of the dead one. */
export const killWorkerAndDatabase: Case = {
  name: 'kill-worker-and-database',
  stores: ['postgres'],
  roles: ['api', 'worker'],
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    const [moment = 0.5] = cluster.random.moments(1, 0.2, 0.8);
    await load.reached(moment);
    await cluster.kill(cluster.pick('worker'));
    await cluster.restartDatabase(cluster.random.fraction() * 1000);
    await sleep(cluster.random.fraction() * 500);
    await cluster.start('worker');
  },
};
