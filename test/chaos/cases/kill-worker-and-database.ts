import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** The only worker is killed, and the database with it; a new worker gives back what the dead one had. */
export const killWorkerAndDatabase: Case = {
  name: 'kill-worker-and-database',
  stores: ['postgres'],
  roles: ['api', 'worker'],
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    const [moment = 0.5] = world.random.moments(1, 0.2, 0.8);
    await load.reached(moment);
    await world.kill(world.pick('worker'));
    await world.restartDatabase(world.random.fraction() * 1000);
    await sleep(world.random.fraction() * 500);
    await world.start('worker');
  },
};
