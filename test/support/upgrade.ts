// "Upgrade on one machine" of docs/deploy.md, line by line, under load: from an older release with its schema, where the history of
// the repository is there, else from the same one.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import { listMigrations } from '#store/migrations.ts';
import { migrationsFolder } from '#store/sqlite/migrate.ts';
import { expectAllDelivered, isLong } from './fleet.ts';
import { findFreePort } from './free-port.ts';
import type { InstalledPackage } from './installed-package.ts';
import { readBlocks } from './markdown.ts';
import { unpackReleaseBefore } from './older-release.ts';
import { prepare } from './publishing.ts';
import { startReceiver } from './receiver.ts';
import { type Machine, openMachine } from './service.ts';
import { startPublishing } from './steady-publishing.ts';

const page = 'docs/deploy.md';
/** What docs/deploy.md says of the pause at most: the drain of 25 s and a start. */
const gapMsMax = 30_000;

export async function upgrade(installed: InstalledPackage, { onTestFinished }: TestContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-machine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  // Some are in flight when the old version is stopped.
  receiver.answer = () => sleep(100, 200);
  const port = await findFreePort();
  const settings = { PORT: String(port), CARILLON_ALLOW_TARGETS: '127.0.0.0/8', LOG_LEVEL: 'warn' };
  const machine = await openMachine(folder, settings);
  onTestFinished(() => machine.close());
  const before = installOlder(machine, installed);
  onTestFinished(before.remove);

  machine.start();
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => isReady(url), { timeout: 60_000 }).toBe(true);
  const adminKey = readFileSync(machine.place('/var/lib/carillon/admin.key'), 'utf8').trim();
  const newest = listMigrations(migrationsFolder).at(-1)?.number ?? 0;
  expect(readSchema(machine)).toBe(before.schema ?? newest);
  await prepare({ url, adminKey }, receiver);
  const publishing = startPublishing({
    urls: () => [url],
    key: () => adminKey,
    tenant: 'acme',
    publishers: 4,
  });
  onTestFinished(() => publishing.stop());
  await publishing.untilAccepted(40);
  const absence = watch(url);

  // An installation takes longer than all the rest, and is the same each time.
  const install = `#!/bin/sh\nln -s ${join(installed.folder, 'node_modules')} node_modules\n`;
  if (!isLong) machine.addProgram('npm', install);
  copyFileSync(installed.archive, machine.place('/path/to/carillon-0.2.0.tgz'));
  const npm = {
    npm_config_prefer_offline: 'true',
    npm_config_ignore_scripts: 'true',
    npm_config_audit: 'false',
  };
  const printed = await machine.run(readLines(), npm);
  expect(printed).toMatch(new RegExp(`schema +${newest}\\n`));
  expect(readSchema(machine)).toBe(newest);
  await publishing.untilAccepted(40);
  await publishing.stop();
  const absentMs = await absence.end();
  process.stderr.write(
    `upgrade from schema ${before.schema ?? newest} to ${newest}: ${publishing.accepted.length} events accepted, ` +
      `${publishing.failures.length} refused, ${absentMs} ms not ready, ${publishing.longestGapMs()} ms without a 202\n`,
  );
  expect(publishing.failures).toEqual([]);
  expect(publishing.longestGapMs()).toBeLessThan(gapMsMax);
  await expectAllDelivered(url, adminKey, { receiver, paths: ['/'], ids: publishing.accepted });
  expect(await machine.stop()).toBe(0);
}

/** The block below the title. */
function readLines(): string {
  const at = readFileSync(page, 'utf8').split('\n').indexOf('## Upgrade on one machine') + 1;
  const block = readBlocks(page).find(({ line }) => line > at);
  expect(block?.text).toContain('systemctl restart carillon');
  return block?.text ?? '';
}

/** Where docs/deploy.md installs a version. Its schema is null when it is the same release. */
function installOlder(
  machine: Machine,
  { folder }: InstalledPackage,
): { readonly schema: number | null; readonly remove: () => void } {
  const modules = join(machine.place('/opt/carillon-0.1.0'), 'node_modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync(machine.place('/opt/carillon-0.1.0'), machine.place('/opt/carillon'));
  const older = unpackReleaseBefore('0013-endpoint-settings');
  if (older === null) {
    symlinkSync(join(folder, 'node_modules/carillon'), join(modules, 'carillon'));
    return { schema: null, remove: () => {} };
  }
  // From its sources: it was not built.
  writeFileSync(join(older.folder, 'bin/carillon.js'), `await import('../src/main.ts');\n`);
  symlinkSync(older.folder, join(modules, 'carillon'));
  return { schema: older.schema, remove: () => rmSync(older.folder, { recursive: true, force: true }) };
}

/** Asks every 50 ms: how long the server was not ready, while publishers wait longer each time that they repeat. */
function watch(url: string): { end(): Promise<number> } {
  let readyAt = performance.now();
  let longestMs = 0;
  let isEnded = false;
  const run = async (): Promise<void> => {
    while (!isEnded) {
      const isThere = await isReady(url);
      const now = performance.now();
      if (isThere) {
        longestMs = Math.max(longestMs, now - readyAt);
        readyAt = now;
      }
      await sleep(50);
    }
  };
  const done = run();
  return {
    async end() {
      isEnded = true;
      await done;
      return Math.round(longestMs);
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function readSchema(machine: Machine): unknown {
  const database = new DatabaseSync(machine.place('/var/lib/carillon/carillon.db'), { readOnly: true });
  try {
    return database.prepare('select max(number) as number from migrations').get()?.['number'];
  } finally {
    database.close();
  }
}
