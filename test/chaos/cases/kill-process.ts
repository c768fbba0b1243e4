import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** One of two API processes and one of two workers are killed and replaced, twice. */
export const killProcess: Case = {
  name: 'kill-process',
  stores: ['postgres'],
  roles: ['api', 'api', 'worker', 'worker'],
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    for (const moment of cluster.random.moments(2, 0.1, 0.9)) {
      await load.reached(moment);
      for (const role of ['api', 'worker'] as const) {
        await cluster.kill(cluster.pick(role));
        await sleep(cluster.random.fraction() * 1000);
        await cluster.start(role);
      }
    }
  },
};
