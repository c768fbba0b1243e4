import { type Case, someFail, usualLoad } from '../case.ts';

/** The connections of the worker to the database are reset and refused for up to 2 s, then those of the API process. */
export const cutDatabase: Case = {
  name: 'cut-database',
  stores: ['postgres'],
  roles: ['api', 'worker'],
  needs: 'proxies',
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    const [first = 0.3, second = 0.7] = cluster.random.moments(2, 0.1, 0.9);
    await load.reached(first);
    await cluster.cut(cluster.pick('worker'), 'cut', cluster.random.fraction() * 2000);
    await load.reached(second);
    await cluster.cut(cluster.pick('api'), 'cut', cluster.random.fraction() * 2000);
  },
};
