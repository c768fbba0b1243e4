// `carillon partitions`: lists the databases of a server, and enters one more.
import { expect, inject, onTestFinished, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run as runProgram } from '#cli/program.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import { version } from '#lib/version.ts';
import { moveSlots } from '#store/moves/move.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { createDatabase, runSql, templateName } from '../support/postgres.ts';

async function openThree() {
  const server = inject('postgresUrl');
  const databases = await Promise.all([1, 2, 3].map(() => createDatabase(server, templateName)));
  onTestFinished(() => Promise.all(databases.map((database) => database.drop())).then(() => {}));
  const urls = databases.map(({ url }) => url);
  const cwd = temporaryFolder();
  const run = async (partitions: string, ...args: readonly string[]) => {
    const environment = { ...keySettings, DATABASE_URL: urls[0] ?? '', CARILLON_PARTITIONS: partitions };
    const [out, error] = [collect(), collect()];
    const input = Object.assign((async function* () {})(), { isTTY: false });
    const context = { out, error, input, environment, clock: systemClock };
    const code = await runProgram(['partitions', ...args], context);
    return { code, out: out.text(), error: error.text() };
  };
  return { urls, cwd, run };
}

function collect() {
  let text = '';
  return { write: (part: string) => void (text += part), text: () => text };
}

const addTenant = (id: string) =>
  `insert into tenants (id, name, dialect, created_at) values ('${id}', 'a', 'standard', 1)`;

test('partitions are added to a directory with tenants, and listed with what is in them', async () => {
  const { urls, cwd, run } = await openThree();
  const [directory = '', b = '', c = ''] = urls;
  await runSql(directory, `${addTenant('acme')}; ${addTenant('globex')}`);
  const one = JSON.parse((await run('', 'list', '--json')).out);
  expect(one).toMatchObject({ version: 0, partitions: [{ name: 'directory', slots: 4096, tenants: 2 }] });

  const added = await run('', 'add', `b=${b}`);
  expect(added).toMatchObject({ code: 0, error: '' });
  expect(added.out).toContain('b: migrated, and entered in the slot map with 2048 slots');
  expect(added.out).toContain(`CARILLON_PARTITIONS=b=${b}`);
  expect(JSON.parse((await run(`b=${b}`, 'add', 'b', '--json')).out)).toMatchObject({ slots: 2048 });
  const file = join(cwd, 'partition');
  writeFileSync(file, `c=${c.replace('postgres@', 'postgres:secret@')}\n`);
  const second = await run(`b=${b}`, 'add', '--file', file);
  expect(second.out).toContain('CARILLON_PARTITIONS=b=…,c=postgres://…');

  const listed = await run(`b=${b}`, 'list');
  expect(listed.out).toMatch(/^NAME +SLOTS +TENANTS +EVENTS +WAITING +SIZE +USABLE$/m);
  expect(listed.out).toMatch(/^b +136\d +0 +~0 +0 +[\d.]+ MiB +yes$/m);
  expect(listed.out).toMatch(/^c +1365 +0 +- +- +- +no$/m);
  expect(listed.out).toContain('c: CARILLON_PARTITIONS does not name it.');
  const { partitions } = JSON.parse((await run(`b=${b}`, 'list', '--json')).out);
  const sum = (kind: string) =>
    partitions.reduce((total: number, each: Record<string, number>) => total + (each[kind] ?? 0), 0);
  expect([sum('slots'), sum('tenants'), partitions[0].tenants]).toEqual([4096, 2, 2]);
});

test('a database that is another partition, has tenants, or whose password is an argument is refused', async () => {
  const { urls, run } = await openThree();
  const [, b = '', c = ''] = urls;
  await run('', 'add', `b=${b}`);
  const twice = await run('', 'add', `other=${b}`);
  expect(twice.code).toBe(78);
  expect(twice.error).toContain('the database of the partition other is that of the partition b of dir_');
  await runSql(c, addTenant('acme'));
  expect((await run('', 'add', `c=${c}`)).error).toContain('the database of c has tenants of its own');
  const secret = await run('', 'add', 'c=postgres://postgres:secret@127.0.0.1/c');
  expect(secret.code).toBe(2);
  expect(secret.error).toContain('--file');
  expect(secret.error).not.toContain('secret@');
  expect((await run('', 'add')).code).toBe(2);
  expect((await run('', 'add', 'Wrong=x')).error).toContain('names have a-z, 0-9 and -');
});

test('slots are moved, a move that was interrupted is shown and given up, and wrong arguments are refused', async () => {
  const { urls, run } = await openThree();
  const [directory = '', b = ''] = urls;
  const partitions = `b=${b}`;
  await runSql(directory, `${addTenant('acme')}; ${addTenant('globex')}`);
  await run('', 'add', partitions);
  const planned = await run(partitions, 'move', '--tenant', 'acme', '--to', 'b', '--dry-run');
  expect(planned.out).toBe('1 slots with 1 tenants would move to b.\n  acme\n');
  const slot = slotOf('acme' as TenantId);
  const die = (step: string): void => {
    if (step === 'copy') throw new Error('killed');
  };
  const options = { directory, others: [{ name: 'b', url: b }], clock: systemClock, version, onStep: die };
  await expect(moveSlots(options, { slots: [slot], to: 'b' })).rejects.toThrow('killed');
  const shown = await run(partitions, 'list');
  expect(shown.out).toContain(
    'A move from directory to b is under way: 0 slots moved, 1 to move, 1 of them closed.',
  );
  const other = await run(partitions, 'move', '--tenant', 'globex', '--to', 'b');
  expect(other.code).toBe(78);
  expect(other.error).toContain('another move is under way; go on with it (--resume), or give up the rest');
  expect((await run(partitions, 'move', '--abort')).code).toBe(0);
  const [empty] = [...Array(4096).keys()].filter(
    (one) => one !== slot && one !== slotOf('globex' as TenantId),
  );
  const done = await run(partitions, 'move', `${empty}`, '--to', 'directory');
  expect(done).toMatchObject({ code: 0 });
  expect(
    await run(partitions, 'move', '--count', '2', '--from', 'directory', '--to', 'b', '--dry-run', '--json'),
  ).toMatchObject({
    out: expect.stringContaining('"tenants":["acme","globex"]'),
  });
  for (const [args, message] of [
    [['7', '--tenant', 'acme', '--to', 'b'], /give slots, or --tenant, or --count with --from/],
    [['7'], /give the partition to move to with --to/],
    [['9-7', '--to', 'b'], /It must be slots of 0 to 4095/],
    [['4096', '--to', 'b'], /It must be slots of 0 to 4095/],
    [['--count', '1', '--to', 'b'], /--count with --from/],
  ] as const) {
    const refused = await run(partitions, 'move', ...args);
    expect(refused.code, args.join(' ')).toBe(2);
    expect(refused.error).toMatch(message);
  }
  expect((await run(partitions, 'move', '--tenant', 'nobody', '--to', 'b')).error).toContain(
    'there is no tenant nobody.',
  );
  expect((await run(partitions, 'move', '7', '--to', 'x')).error).toContain('there is no partition x');
  expect((await run(partitions, 'move', '--resume')).error).toContain('no move is under way');
});
