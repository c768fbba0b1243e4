import { type Case, someFail, usualLoad } from '../case.ts';

/** The only process is killed again and again: what it had acknowledged is in its file. */
export const killServer: Case = {
  name: 'kill-server',
  stores: ['sqlite', 'postgres'],
  roles: ['all'],
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    for (const moment of world.random.moments(3, 0.1, 0.95)) {
      await load.reached(moment);
      await world.kill(world.pick('all'));
      await world.start('all');
    }
  },
};
