import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** How soon a full disk is noticed: what room the log has left is used first. */
const noticedMs = 10_000;

/** The disk fills up while events are published: nothing is answered 202 that was not written, and it goes on by itself. */
export const fillDisk: Case = {
  name: 'fill-disk',
  stores: ['sqlite'],
  roles: [],
  needs: 'small-disk',
  load: usualLoad,
  receivers: someFail,
  async run(world, load) {
    const [moment = 0.5] = world.random.moments(1, 0.2, 0.6);
    await load.reached(moment);
    const [server] = world.servers;
    if (server === undefined) throw new Error('there is no server');
    world.say(world.disk.fill(server.process.pid));
    const isRefused = await until(() => Promise.resolve(load.answers.has('503')));
    if (!isRefused) world.blame('publishing was not refused while the disk was full');
    const isReady = async (): Promise<boolean> => (await fetch(`${server.process.url}/readyz`)).ok;
    const isTold = await until(async () => !(await isReady()));
    if (!isTold) world.blame('/readyz was well while the disk was full');
    await sleep(world.random.fraction() * 2000);
    world.disk.free(server.process.pid);
    if (!(await until(isReady))) world.blame('/readyz was not well when there was room again');
    world.say('there is room again');
  },
};

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  const givenUpAt = performance.now() + noticedMs;
  while (performance.now() < givenUpAt) {
    if (await condition()) return true;
    await sleep(20);
  }
  return false;
}
