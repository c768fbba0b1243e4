// Backup under load, restore elsewhere, paused, resume: nothing that the backup has is lost.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { type Finished, startCommand } from '../support/command-line.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { countStates, createTenant, prepare, startLoad } from '../support/publishing.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

let folder: string;
let elsewhere: string;
let receiver: Receiver;
beforeEach(async () => {
  folder = temporaryFolder();
  elsewhere = temporaryFolder();
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  for (const each of [folder, elsewhere]) rmSync(each, { recursive: true, force: true });
});

const fileIn = (where: string): string => join(where, 'carillon.db');
const backupFile = (): string => join(folder, 'backup.db');

function carillon(
  args: readonly string[],
  where = folder,
  more: Record<string, string> = {},
): Promise<Finished> {
  const environment = { DATABASE_URL: `sqlite:${fileIn(where)}`, ...more };
  return startCommand(args, { cwd: where, environment }).finished;
}

const readyText = async ({ url }: ServerProcess): Promise<string> => (await fetch(`${url}/readyz`)).text();

test(
  'a backup under load, restored elsewhere, paused and resumed, loses nothing',
  { timeout: 180_000 },
  async () => {
    // Slow, so that many deliveries wait or are in flight at the moment of the backup.
    receiver.answer = () => new Promise((resolve) => setTimeout(resolve, 50, 200));
    const server = await startServer(folder);
    await prepare(server, receiver);
    const load = startLoad(server);
    await expect.poll(() => load.accepted.length, { timeout: 60_000 }).toBeGreaterThan(300);
    const before = [...load.accepted];
    const made = await carillon(['backup', backupFile()]);
    expect(made).toMatchObject({ code: 0, error: '', out: expect.stringContaining('copied and checked') });
    const during = load.accepted.length - before.length;
    await load.stop();
    await server.kill();
    expect(during, 'publishing went on').toBeGreaterThan(0);
    expect(statSync(backupFile()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('backup.db'))).toEqual(['backup.db']);

    copyFileSync(join(folder, 'encryption.key'), join(elsewhere, 'encryption.key'));
    const restored = await carillon(['restore', backupFile()], elsewhere);
    expect(restored).toMatchObject({ code: 0, error: '' });
    const deliveredBefore = new Set(receiver.requests.map(({ headers }) => String(headers['webhook-id'])));
    receiver.requests.length = 0;
    receiver.answer = () => 200;
    const second = await startServer(elsewhere, { CARILLON_PAUSED: 'true' });
    expect(await readyText(second)).toContain('paused');
    const counts = await countStates(second);
    expect(Object.values(counts).reduce((a, b) => a + b)).toBeGreaterThanOrEqual(before.length);
    expect(counts['pending']).toBeGreaterThan(0);
    const client = createApiClient(second.url, second.adminKey, 1);
    const late = { id: 'while-paused', type: 'payment.paid', payload: {} };
    expect((await client.call('POST', '/tenants/acme/events', late)).status).toBe(202);
    await client.close();
    expect(receiver.requests).toEqual([]);
    const doctor = await carillon(['--server', second.url, '--json', 'doctor'], elsewhere, {
      CARILLON_ADMIN_KEY: second.adminKey,
    });
    expect(JSON.parse(doctor.out).checks).toContainEqual(
      expect.objectContaining({
        check: 'server',
        status: 'warn',
        advice: expect.stringContaining('carillon resume'),
      }),
    );
    const resumed = await carillon(['--server', second.url, 'resume'], elsewhere, {
      CARILLON_ADMIN_KEY: second.adminKey,
    });
    expect(resumed).toMatchObject({ code: 0, out: 'resumed: deliveries go out\n' });
    // What was delivered and recorded before the backup is not sent again; all else is.
    const owed = [...before, 'while-paused'];
    const arrived = (): Set<string> =>
      new Set([...deliveredBefore, ...receiver.requests.map(({ headers }) => String(headers['webhook-id']))]);
    await receiver.until(() => {
      const all = arrived();
      return owed.every((id) => all.has(id));
    });
    await expect.poll(async () => (await countStates(second))['pending'] ?? 0, { timeout: 30_000 }).toBe(0);
    const after = await countStates(second);
    expect(after['delivered']).toBe(Object.values(counts).reduce((a, b) => a + b) + 1);
    expect(await readyText(second)).toContain('ready');
    expect(await second.terminate()).toBe(0);
  },
);

describe('carillon backup', () => {
  test('overwrites nothing, and says where there is no database', async () => {
    writeFileSync(backupFile(), 'precious');
    expect(await carillon(['backup', backupFile()])).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^error: .*backup\.db exists already; give another name\n$/),
    });
    expect(readFileSync(backupFile(), 'utf8')).toBe('precious');
    rmSync(backupFile());
    expect(await carillon(['backup', backupFile()])).toMatchObject({
      code: 78,
      error: expect.stringMatching(/carillon\.db: there is no database to copy; check the path/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('and restore refer to the tools of Postgres', async () => {
    for (const [command, tool] of [
      ['backup', 'pg_dump'],
      ['restore', 'pg_restore'],
    ] as const) {
      const settings = {
        DATABASE_URL: 'postgres://localhost/carillon',
        CARILLON_ADMIN_KEY: 'x'.repeat(20),
        CARILLON_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
      };
      const { code, error } = await carillon([command, backupFile()], folder, settings);
      expect([code, error]).toEqual([78, expect.stringContaining(`use ${tool}, see docs/operating.md`)]);
    }
  });
});

describe('carillon restore', () => {
  /** The files of a killed server with one tenant, their backup and their key. */
  let prepared: string;
  beforeAll(async () => {
    prepared = temporaryFolder();
    const server = await startServer(prepared);
    await createTenant(server, 'acme');
    const environment = { DATABASE_URL: `sqlite:${fileIn(prepared)}` };
    const { finished } = startCommand(['backup', 'backup.db'], { cwd: prepared, environment });
    expect(await finished).toMatchObject({ code: 0 });
    await createTenant(server, 'later');
    await server.kill();
  });
  afterAll(() => rmSync(prepared, { recursive: true, force: true }));
  beforeEach(() => cpSync(prepared, folder, { recursive: true }));

  const tenants = (): string[] => {
    const database = new DatabaseSync(fileIn(folder));
    const rows = database.prepare('select id from tenants order by id').all();
    database.close();
    return rows.map(({ id }) => String(id));
  };

  test('moves what was there aside with its log, which does not get into the backup', async () => {
    const log = readFileSync(`${fileIn(folder)}-wal`);
    expect(log.length).toBeGreaterThan(0);
    const { code, out } = await carillon(['--json', 'restore', backupFile()]);
    expect(code).toBe(0);
    const { aside } = JSON.parse(out) as { aside: string[] };
    expect(aside.map((name) => name.replace(/^.*replaced-\d{8}T\d{6}Z/, ''))).toEqual(['', '-wal', '-shm']);
    expect(readFileSync(String(aside[1]))).toEqual(log);
    expect(statSync(fileIn(folder)).mode & 0o777).toBe(0o600);
    expect(tenants()).toEqual(['acme', 'operator']);
    // What was moved aside is a whole database: it can be restored, too.
    expect(await carillon(['restore', String(aside[0])])).toMatchObject({ code: 0 });
    expect(tenants()).toEqual(['acme', 'later', 'operator']);
  });

  test('is refused while a server runs, and changes nothing', async () => {
    const server = await startServer(folder);
    expect(await carillon(['restore', backupFile()])).toMatchObject({
      code: 78,
      error: expect.stringMatching(/another Carillon process is using this database; stop it first/),
    });
    expect(await readyText(server)).toContain('ready');
    expect(await server.terminate()).toBe(0);
  });

  test.each([
    ['damaged', () => damagePages(backupFile()), /the database is damaged/],
    ['cut off', () => truncateSync(backupFile(), 3 * 4096), /the database is damaged/],
    ['no database', () => writeFileSync(backupFile(), 'text '.repeat(999)), /not a Carillon database/],
    ['empty', () => truncateSync(backupFile()), /there is no database to copy/],
    ['missing', () => rmSync(backupFile()), /there is no database to copy/],
    ['of another key', () => writeFileSync(keyFile(), otherKey), /is not the key of this database/],
    [
      'without its key',
      () => rmSync(keyFile()),
      /put its encryption\.key at .*, or give CARILLON_ENCRYPTION/,
    ],
  ])('of a backup that is %s is refused with one line, and changes nothing', async (_, change, message) => {
    change();
    const before = filesIn(folder);
    const { code, error } = await carillon(['restore', backupFile()]);
    expect([code, error]).toEqual([78, expect.stringMatching(message)]);
    expect(error).toMatch(/^error: [^\n]+\n$/);
    expect(filesIn(folder)).toEqual(before);
    expect(tenants()).toEqual(['acme', 'later', 'operator']);
  });

  test('that was interrupted is found by the next start, and can be made again', async () => {
    copyFileSync(backupFile(), `${fileIn(folder)}.restoring`);
    for (const suffix of ['', '-wal', '-shm']) rmSync(fileIn(folder) + suffix);
    await expect(startServer(folder)).rejects.toThrow(
      /with 78 .*a restore was interrupted; run carillon restore/s,
    );
    expect(await carillon(['restore', backupFile()])).toMatchObject({ code: 0 });
    expect(tenants()).toEqual(['acme', 'operator']);
  });
});

const keyFile = (): string => join(folder, 'encryption.key');
const otherKey = Buffer.alloc(32).toString('base64');

/** The bytes of each file, but for the process lock; of the index of the log only that it is there. */
function filesIn(where: string): Record<string, string> {
  const files = readdirSync(where).filter((name) => !name.includes('.lock'));
  const hash = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(where, name)))
      .digest('hex');
  return Object.fromEntries(files.map((name) => [name, name.endsWith('-shm') ? '' : hash(name)]));
}

/** Overwrites every page but the first. */
function damagePages(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xee, 4096));
}
