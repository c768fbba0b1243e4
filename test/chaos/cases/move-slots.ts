import { type Case, someFail } from '../case.ts';

/** Steps of a move, before which, or soon after which, the command that moves is killed. */
const steps = [
  'prepare',
  'history, pass 1',
  'freeze',
  'close',
  'drain',
  'seal',
  'copy',
  'switch',
  'switched',
  'settle',
  'end',
];

/**
 * The tenant of the load moves to another database twice, while the command that moves it is killed three times each at random steps.
 * Publishing is refused while it moves; nothing is lost, and what is under way comes back in time: nothing is sent twice.
 */
export const moveSlots: Case = {
  name: 'move-slots',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'partitions',
  load: { endpoints: 8, fanOut: 2, perSecond: 200, seconds: 40 },
  receivers: someFail,
  async run(cluster, load) {
    const { random } = cluster;
    for (const moment of random.moments(2, 0.05, 0.4)) {
      await load.reached(moment);
      await cluster.moveTenant(Array.from({ length: 3 }, () => random.pick(steps)));
    }
  },
};
