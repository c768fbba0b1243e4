import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

const hourMs = 3_600_000;

/**
 * The clock of all processes goes back an hour, returns, and goes on an hour. What was to be retried waits for
 * its time by the clock, so the last jump is forward.
 */
export const jumpClock: Case = {
  name: 'jump-clock',
  stores: ['sqlite', 'postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'clock',
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    const moments = world.random.moments(3, 0.1, 0.9);
    for (const [index, offsetMs] of [-hourMs, 0, hourMs].entries()) {
      await load.reached(moments[index] ?? 1);
      await world.setClock(offsetMs);
      await sleep(world.random.fraction() * 1000);
    }
  },
};
