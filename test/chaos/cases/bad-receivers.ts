import { type Case, usualLoad } from '../case.ts';

/** Receivers that are slow, answer 500, reset during a response, do not answer before the deadline, and flap. */
export const badReceivers: Case = {
  name: 'bad-receivers',
  stores: ['sqlite', 'postgres'],
  roles: ['api', 'worker', 'worker'],
  load: { ...usualLoad, perSecond: 200 },
  receivers: {
    failing: 0.05,
    resetting: 0.05,
    late: 0.003,
    slowMs: 200,
    flap: { periodMs: 2000, downMs: 200 },
  },
  run: () => Promise.resolve(),
};
