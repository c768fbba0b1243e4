import { type Case, someFail, usualLoad } from '../case.ts';

/** The way to the database swallows everything for a while, without ending a connection. */
export const swallowDatabase: Case = {
  name: 'swallow-database',
  stores: ['postgres'],
  roles: ['api', 'worker', 'worker'],
  needs: 'proxies',
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    const [first = 0.3, second = 0.7] = world.random.moments(2, 0.1, 0.9);
    await load.reached(first);
    await world.cut(world.pick('worker'), 'swallow', 1000 + world.random.fraction() * 4000);
    await load.reached(second);
    await world.cut(world.pick('api'), 'swallow', 1000 + world.random.fraction() * 4000);
  },
};
