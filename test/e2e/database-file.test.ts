// The file under a server: a second server on it, files that are deleted, replaced or damaged, and starts on what is left.
import {
  copyFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

let folder: string;
let file: string;
let receiver: Receiver;
beforeEach(async () => {
  folder = temporaryFolder();
  file = join(folder, 'carillon.db');
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Calls the admin API on a connection of its own; returns the status. */
async function call(server: ServerProcess, path: string, body: object): Promise<number> {
  const client = createApiClient(server.url, server.adminKey, 1);
  const { status } = await client.call('POST', path, body);
  await client.close();
  return status;
}

async function prepare(server: ServerProcess): Promise<void> {
  expect(await call(server, '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' })).toBe(201);
  const endpoint = { url: receiver.url, eventTypes: ['*'] };
  expect(await call(server, '/tenants/acme/endpoints', endpoint)).toBe(201);
}

const publish = (server: ServerProcess, id: string): Promise<number> =>
  call(server, '/tenants/acme/events', { id, type: 'payment.paid', payload: { id } });

const delivered = (id: string): Promise<void> =>
  receiver.until(() => receiver.requests.some(({ headers }) => headers['webhook-id'] === id));

async function read(server: ServerProcess, path: string): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${server.adminKey}` };
  const response = await fetch(`${server.url}${path}`, { headers });
  return { status: response.status, text: await response.text() };
}

const isUsable = async (server: ServerProcess): Promise<string | undefined> =>
  /^carillon_database_usable (\d)$/m.exec((await read(server, '/metrics')).text)?.[1];

/** A start that must fail: its only line on standard error. */
async function refusal(): Promise<string> {
  const started = await startServer(folder).then(
    async (server) => `started at ${server.url}, and ended with ${await server.terminate()}`,
    (error: unknown) => String(error),
  );
  expect(started).toMatch(/ended with 78 before it listened:\nerror: [^\n]+\n$/);
  return started;
}

/** A server with one delivered event that was killed. */
async function leaveKilled(): Promise<void> {
  const server = await startServer(folder);
  await prepare(server);
  expect(await publish(server, 'before')).toBe(202);
  await delivered('before');
  await server.kill();
}

function overwrite(path: string, at: number, bytes: Buffer): void {
  const open = openSync(path, 'r+');
  writeSync(open, bytes, 0, bytes.length, at);
  closeSync(open);
}

/** Overwrites the first page of a table that no start reads. Moves the log into the file before, so that it is read. */
function damage(): void {
  const database = new DatabaseSync(file);
  const row = database.prepare("select rootpage from sqlite_schema where name = 'tenant_secrets'").get();
  database.close();
  overwrite(file, (Number(row?.['rootpage']) - 1) * 4096, Buffer.alloc(4096, 0xee));
}

describe('two servers on one file whose lock was removed', () => {
  test('the second is refused while the first answers', async () => {
    const first = await startServer(folder);
    await prepare(first);
    rmSync(`${file}.lock`);
    expect(await refusal()).toMatch(/another Carillon process is using this database; stop it first/);
    expect(await publish(first, 'after')).toBe(202);
    await delivered('after');
    expect(await first.terminate()).toBe(0);
  });

  test('when the first stands still, the second takes over, and the first writes and sends nothing more', async () => {
    const first = await startServer(folder);
    await prepare(first);
    receiver.answer = () => 'never';
    expect(await publish(first, 'in-flight')).toBe(202);
    await delivered('in-flight');
    process.kill(first.pid, 'SIGSTOP');
    receiver.requests.length = 0;
    receiver.answer = () => 200;
    rmSync(`${file}.lock`);
    const second = await startServer(folder);
    expect(await publish(second, 'from-the-second')).toBe(202);
    process.kill(first.pid, 'SIGCONT');
    expect(await publish(first, 'to-the-first')).toBe(503);
    expect(await read(first, '/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('another Carillon process has taken over the database'),
    });
    expect(await isUsable(first)).toBe('0');
    expect(await publish(second, 'last')).toBe(202);
    for (const id of ['in-flight', 'from-the-second', 'last']) await delivered(id);
    expect(receiver.requests.some(({ body }) => body.includes('to-the-first'))).toBe(false);
    await first.kill();
    expect(await second.terminate()).toBe(0);
  });

  test('a program that reads the file does not prevent a start', async () => {
    await leaveKilled();
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.prepare('select count(*) from events').get();
    const server = await startServer(folder);
    expect(await publish(server, 'after')).toBe(202);
    await server.terminate();
    reader.close();
  });
});

describe('while the server runs', () => {
  test.each([
    ['the database is moved away', '', () => {}],
    ['the database is replaced by a copy', '', () => copyFileSync(`${file}.aside`, file)],
    ['the log is moved away', '-wal', () => {}],
    ['the index of the log is replaced', '-shm', () => writeFileSync(`${file}-shm`, '')],
  ])('%s: no 202 until it is back', async (_, suffix, replace) => {
    const server = await startServer(folder);
    await prepare(server);
    expect(await publish(server, 'before')).toBe(202);
    renameSync(file + suffix, `${file}${suffix}.aside`);
    replace();
    expect(await publish(server, 'meanwhile')).toBe(503);
    expect(await read(server, '/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('a file of the database was deleted or replaced'),
    });
    expect(await isUsable(server)).toBe('0');
    renameSync(`${file}${suffix}.aside`, file + suffix);
    await expect.poll(async () => (await read(server, '/readyz')).status).toBe(200);
    expect(await publish(server, 'after')).toBe(202);
    await delivered('after');
    expect(await server.terminate()).toBe(0);
  });

  test('nothing is published, and the log says that the database is gone', async () => {
    const server = await startServer(folder);
    rmSync(file);
    await expect
      .poll(() => server.output())
      .toMatch(/"detail":"[^"]+carillon\.db: a file of the database was deleted/);
    expect(server.output().match(/database\.unusable/g)).toHaveLength(1);
    await server.terminate();
  });
});

describe('a start after kill -9', () => {
  test.each([
    ['is missing', () => rmSync(file)],
    ['is empty', () => truncateSync(file)],
  ])('is refused when the database %s and its log is not', async (what, change) => {
    await leaveKilled();
    change();
    expect(await refusal()).toMatch(
      new RegExp(
        `carillon\\.db ${what} and .*carillon\\.db-wal holds transactions of it; put the database back`,
      ),
    );
    expect(await refusal()).toMatch(/restore <file> with a backup/);
  });

  test('is refused when the header of the log is gone', async () => {
    await leaveKilled();
    overwrite(`${file}-wal`, 0, Buffer.alloc(32));
    expect(await refusal()).toMatch(/carillon\.db-wal is damaged: its header is gone/);
  });

  test('is refused when a page of a small database is damaged', async () => {
    await leaveKilled();
    damage();
    expect(await refusal()).toMatch(
      /the database is damaged \(.*\); run carillon restore <file> with a backup/,
    );
  });

  test('of a large database is ready, until a check in the background finds a damaged page', async () => {
    await leaveKilled();
    const database = new DatabaseSync(file);
    database.exec("insert into metadata (name, value) values ('large', hex(zeroblob(40000000)))");
    database.close();
    damage();
    const server = await startServer(folder);
    await expect
      .poll(async () => (await read(server, '/readyz')).text, { timeout: 30_000 })
      .toContain('the database is damaged');
    expect(await publish(server, 'after')).toBe(503);
    expect(await server.terminate()).toBe(0);
    // What was found damaged is not closed as sound: it is found again.
    const again = await startServer(folder);
    await expect
      .poll(async () => (await read(again, '/readyz')).text, { timeout: 30_000 })
      .toContain('the database is damaged');
    await again.terminate();
  });

  test('of a large database whose pages are in order goes on', async () => {
    await leaveKilled();
    const database = new DatabaseSync(file);
    database.exec("insert into metadata (name, value) values ('large', hex(zeroblob(40000000)))");
    database.close();
    const server = await startServer(folder, { LOG_LEVEL: 'info' });
    await expect.poll(() => server.output(), { timeout: 30_000 }).toContain('database.checked');
    expect(server.output()).toContain('database.log_missing');
    expect(await publish(server, 'after')).toBe(202);
    expect(await server.terminate()).toBe(0);
  });
});

test('a file that was closed in order is not checked at the next start', async () => {
  const first = await startServer(folder);
  await prepare(first);
  expect(await first.terminate()).toBe(0);
  damage();
  const second = await startServer(folder);
  expect(await publish(second, 'after')).toBe(202);
  await second.terminate();
});
