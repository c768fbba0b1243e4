import { type Case, someFail, usualLoad } from '../case.ts';
import type { LoadShape } from '../load.ts';

/** The only process is killed three times: everything that it acknowledged is in the database. */
export const killServer: Case = killServerTimes(3, usualLoad);

/** A campaign of many kills: 200 events for each. */
export function killCampaign(kills: number): Case {
  return killServerTimes(kills, { ...usualLoad, seconds: (kills * eventsPerKill) / usualLoad.perSecond });
}

const eventsPerKill = 200;

function killServerTimes(kills: number, load: LoadShape): Case {
  return {
    name: 'kill-server',
    stores: ['sqlite', 'postgres'],
    roles: ['all'],
    load,
    receivers: someFail,
    async run(cluster, running) {
      for (const moment of cluster.random.moments(kills, 0.1, 0.95)) {
        await running.reached(moment);
        await cluster.kill(cluster.pick('all'));
        const killedAt = performance.now();
        await cluster.start('all');
        await running.nextAccepted();
        cluster.addRestart(performance.now() - killedAt);
      }
    },
  };
}
