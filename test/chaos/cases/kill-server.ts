import { type Case, someFail, usualLoad } from '../case.ts';

/** The only process is killed three times: everything that it acknowledged is in the database. */
export const killServer: Case = {
  name: 'kill-server',
  stores: ['sqlite', 'postgres'],
  roles: ['all'],
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    for (const moment of cluster.random.moments(3, 0.1, 0.95)) {
      await load.reached(moment);
      await cluster.kill(cluster.pick('all'));
      await cluster.start('all');
    }
  },
};
