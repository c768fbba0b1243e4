// pg_dump under load, pg_restore into another database, paused, resume: nothing that the dump has is lost. Needs the tools of
// Postgres and a server of their version: those of TEST_POSTGRES_BIN, or the newest of /usr/lib/postgresql.
import { execFile } from 'node:child_process';
import { existsSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';
import { countStates, prepare, startLoad } from '../support/publishing.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const run = promisify(execFile);
const version = (folder: string): number => Number(/\d+/.exec(folder)?.[0] ?? 0);
const given = process.env['TEST_POSTGRES_BIN'] ?? '';
const installed = globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => version(b) - version(a));
const binaries = [given, ...installed].find((folder) => existsSync(join(folder, 'pg_dump')));
const title = 'a dump under load, restored elsewhere, paused and resumed, loses nothing';
const name = binaries === undefined ? `${title} (skipped: there is no pg_dump)` : title;

test.skipIf(binaries === undefined)(name, { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const receiver = await startReceiver();
  const postgres = await startPostgres({}, binaries);
  const [first, second] = [await createDatabase(postgres.url), await createDatabase(postgres.url)];
  receiver.answer = () => new Promise((resolve) => setTimeout(resolve, 50, 200));
  const server = await startServer(folder, { ...keySettings, DATABASE_URL: first.url });
  await prepare(server, receiver);
  const load = startLoad(server);
  await expect.poll(() => load.accepted.length, { timeout: 60_000 }).toBeGreaterThan(300);
  const before = [...load.accepted];
  const dump = join(folder, 'carillon.dump');
  await run(join(String(binaries), 'pg_dump'), ['--format=custom', `--file=${dump}`, first.url]);
  const during = load.accepted.length - before.length;
  await load.stop();
  await server.kill();
  expect(during, 'publishing went on').toBeGreaterThan(0);
  const restore = ['--exit-on-error', '--no-owner', `--dbname=${second.url}`, dump];
  await run(join(String(binaries), 'pg_restore'), restore);

  const idsSeen = (): string[] => receiver.requests.map(({ headers }) => String(headers['webhook-id']));
  const deliveredBefore = new Set(idsSeen());
  receiver.requests.length = 0;
  receiver.answer = () => 200;
  const paused = { ...keySettings, DATABASE_URL: second.url, CARILLON_PAUSED: 'true' };
  const restored = await startServer(folder, paused);
  expect(await (await fetch(`${restored.url}/readyz`)).text()).toContain('paused');
  const counts = await countStates(restored);
  const total = Object.values(counts).reduce((a, b) => a + b);
  expect(total).toBeGreaterThanOrEqual(before.length);
  expect(counts['pending']).toBeGreaterThan(0);
  expect(receiver.requests).toEqual([]);
  const headers = { authorization: `Bearer ${keySettings.CARILLON_ADMIN_KEY}` };
  const resumed = await fetch(`${restored.url}/admin/v1/resume`, { method: 'POST', headers });
  expect(await resumed.json()).toEqual({ resumed: true });
  await receiver.until(() => {
    const all = new Set([...deliveredBefore, ...idsSeen()]);
    return before.every((id) => all.has(id));
  });
  await expect.poll(async () => (await countStates(restored))['delivered'], { timeout: 30_000 }).toBe(total);
  expect(await restored.terminate()).toBe(0);
  await receiver.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});
