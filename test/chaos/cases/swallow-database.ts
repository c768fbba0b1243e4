import { type Case, someFail, usualLoad } from '../case.ts';

/** The proxy to the database drops all data for up to 5 s, without closing a connection. */
export const swallowDatabase: Case = {
  name: 'swallow-database',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'proxies',
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    const [first = 0.3, second = 0.7] = cluster.random.moments(2, 0.1, 0.9);
    await load.reached(first);
    await cluster.cut(cluster.pick('worker'), 'swallow', 1000 + cluster.random.fraction() * 4000);
    await load.reached(second);
    await cluster.cut(cluster.pick('api'), 'swallow', 1000 + cluster.random.fraction() * 4000);
  },
};
