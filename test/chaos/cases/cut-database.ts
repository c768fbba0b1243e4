import { type Case, someFail, usualLoad } from '../case.ts';

/** The connections of one process to the database are reset and refused for a while; then those of the other. */
export const cutDatabase: Case = {
  name: 'cut-database',
  stores: ['postgres'],
  roles: ['api', 'worker'],
  needs: 'proxies',
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    const [first = 0.3, second = 0.7] = world.random.moments(2, 0.1, 0.9);
    await load.reached(first);
    await world.cut(world.pick('worker'), 'cut', world.random.fraction() * 2000);
    await load.reached(second);
    await world.cut(world.pick('api'), 'cut', world.random.fraction() * 2000);
  },
};
