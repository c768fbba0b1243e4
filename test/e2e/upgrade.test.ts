// A rolling upgrade of many processes on one Postgres, as docs/postgres.md says, under load: from an old release
// where the history of the repository is there, else from this one.
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { listMigrations } from '#store/migrations.ts';
import { migrationsFolder } from '#store/postgres/inspect.ts';
import { createFleet, expectAllDelivered, type Fleet, isLong } from '../support/fleet.ts';
import { keySettings } from '../support/harness.ts';
import { type OlderRelease, unpackReleaseBefore } from '../support/older-release.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/postgres.ts';
import { prepare } from '../support/publishing.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { type SteadyPublishing, startPublishing } from '../support/steady-publishing.ts';

/** Of each role. */
const processCount = isLong ? 2 : 1;

/** Each process is started, and later its successor. */
vi.setConfig({ testTimeout: 240_000 });

/** A start of four threads beside others on a small machine delays answers; a process that is missing would delay them for longer. */
const gapMsMax = 3000;

let older: OlderRelease | null;
let database: TestDatabase;
let receiver: Receiver;
let fleet: Fleet;
let publishing: SteadyPublishing | null = null;
beforeAll(() => {
  older = unpackReleaseBefore('0003-redeliveries');
});
afterAll(() => {
  if (older !== null) rmSync(older.folder, { recursive: true, force: true });
});
beforeEach(async () => {
  database = await createDatabase(inject('postgresUrl'));
  receiver = await startReceiver();
  fleet = createFleet(database.url);
});
afterEach(async () => {
  await publishing?.stop();
  await fleet.close();
  await receiver.close();
  await database.drop();
});

const schema = async (): Promise<unknown> =>
  (await runSql(database.url, 'select max(number) as number from migrations'))[0]?.['number'];

test('processes that answer and processes that deliver are replaced one by one: no publication and no attempt fails', async () => {
  const start = (role: string, main?: string) => fleet.start({ CARILLON_ROLE: role }, main);
  const olds = new Map<string, ServerProcess[]>();
  for (const role of ['api', 'worker']) {
    const processes: ServerProcess[] = [];
    while (processes.length < processCount) processes.push(await start(role, older?.main));
    olds.set(role, processes);
  }
  const newest = listMigrations(migrationsFolder).at(-1)?.number;
  expect(await schema()).toBe(older?.schema ?? newest);
  const [firstApi] = olds.get('api') ?? [];
  if (firstApi === undefined) throw new Error('there is no process');
  await prepare(firstApi, receiver);

  let answering = [...(olds.get('api') ?? [])];
  publishing = startPublishing({
    urls: () => answering.map(({ url }) => url),
    key: () => keySettings.CARILLON_ADMIN_KEY,
    tenant: 'acme',
    publishers: 4,
  });
  await publishing.untilAccepted(20);

  for (const [role, processes] of olds) {
    for (const old of processes) {
      const replacement = await start(role);
      expect(await schema()).toBe(newest);
      if (role === 'api') answering = [replacement, ...answering];
      // Of another schema: a load balancer sends it nothing new, and what it gets is answered until it is stopped.
      if (older !== null) expect((await fetch(`${old.url}/readyz`)).status).toBe(503);
      await publishing.untilAccepted(10);
      await fleet.stop(old);
      answering = answering.filter((one) => one !== old);
      await publishing.untilAccepted(10);
    }
  }
  await publishing.stop();
  process.stderr.write(
    `rolling upgrade from schema ${older?.schema ?? newest} to ${newest}: ${publishing.accepted.length} events accepted, ` +
      `${publishing.failures.length} refused, ${publishing.longestGapMs()} ms the longest time without a 202\n`,
  );
  expect(publishing.failures).toEqual([]);
  expect(publishing.longestGapMs()).toBeLessThan(gapMsMax);
  const [one] = answering;
  if (one === undefined) throw new Error('there is no process');
  const paths = ['/'];
  await expectAllDelivered(one.url, keySettings.CARILLON_ADMIN_KEY, {
    receiver,
    paths,
    ids: publishing.accepted,
  });
});
