import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

const hourMs = 3_600_000;

/**
 * The clocks of all processes go back an hour, return, and go forward an hour. Retries wait for their time by the clock, so the
 * last jump is forward.
 */
export const jumpClock: Case = {
  name: 'jump-clock',
  stores: ['sqlite', 'postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'clock',
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    const moments = cluster.random.moments(3, 0.1, 0.9);
    for (const [index, offsetMs] of [-hourMs, 0, hourMs].entries()) {
      await load.reached(moments[index] ?? 1);
      await cluster.setClock(offsetMs);
      await sleep(cluster.random.fraction() * 1000);
    }
  },
};
