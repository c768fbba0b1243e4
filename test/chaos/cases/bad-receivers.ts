import { type Case, usualLoad } from '../case.ts';

/** Receivers that are slow, fail, reset in the middle of an answer, never answer in time, and come and go. */
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
