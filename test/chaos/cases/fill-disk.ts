import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, someFail, usualLoad } from '../case.ts';

/** How long until a full disk is noticed: the free space of the log is used up first. */
const noticedMs = 10_000;

/** The disk fills up while events are published: every 202 is on disk, and the server recovers by itself. */
export const fillDisk: Case = {
  name: 'fill-disk',
  stores: ['sqlite'],
  roles: [],
  needs: 'small-disk',
  load: usualLoad,
  receivers: someFail,
  async run(cluster, load) {
    const [moment = 0.5] = cluster.random.moments(1, 0.2, 0.6);
    await load.reached(moment);
    const [server] = cluster.servers;
    if (server === undefined) throw new Error('there is no server');
    cluster.log(cluster.disk.fill(server.process.pid));
    const isRefused = await until(() => Promise.resolve(load.answers.has('503')));
    if (!isRefused) cluster.addViolation('publishing was not refused while the disk was full');
    const isReady = async (): Promise<boolean> => (await fetch(`${server.process.url}/readyz`)).ok;
    const isReported = await until(async () => !(await isReady()));
    if (!isReported) cluster.addViolation('/readyz answered 200 while the disk was full');
    await sleep(cluster.random.fraction() * 2000);
    cluster.disk.free(server.process.pid);
    if (!(await until(isReady)))
      cluster.addViolation('/readyz did not answer 200 when the disk had space again');
    cluster.log('the disk has space again');
  },
};

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + noticedMs;
  while (performance.now() < deadline) {
    if (await condition()) return true;
    await sleep(20);
  }
  return false;
}
