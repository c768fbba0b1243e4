import { type Case, someFail, usualLoad } from '../case.ts';

/** The database server is killed twice and restarted: publishing is refused meanwhile, and continues afterwards. */
export const killDatabase: Case = {
  name: 'kill-database',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    for (const moment of cluster.random.moments(2, 0.1, 0.9)) {
      await load.reached(moment);
      await cluster.restartDatabase(cluster.random.fraction() * 2000);
    }
  },
};
