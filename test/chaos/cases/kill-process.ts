import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** One of two API processes and one of two workers are killed; others start in their place later. */
export const killProcess: Case = {
  name: 'kill-process',
  stores: ['postgres'],
  roles: ['api', 'api', 'worker', 'worker'],
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    for (const moment of world.random.moments(2, 0.1, 0.9)) {
      await load.reached(moment);
      for (const role of ['api', 'worker'] as const) {
        await world.kill(world.pick(role));
        await sleep(world.random.fraction() * 1000);
        await world.start(role);
      }
    }
  },
};
