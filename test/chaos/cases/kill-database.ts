import { type Case, someFail, usualLoad } from '../case.ts';

/** The database server is killed twice and comes back: nobody publishes meanwhile, and everything goes on. */
export const killDatabase: Case = {
  name: 'kill-database',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    for (const moment of world.random.moments(2, 0.1, 0.9)) {
      await load.reached(moment);
      await world.restartDatabase(world.random.fraction() * 2000);
    }
  },
};
