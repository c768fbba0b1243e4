import { expect, inject, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../test/support/free-port.ts';
import { createDatabase, runSql } from '../../test/support/postgres.ts';
import { connect } from './connection.ts';

/** The URL of a new database, with a host before it where nothing listens. */
async function openUrl(): Promise<string> {
  const database = await createDatabase(inject('postgresUrl'));
  onTestFinished(() => database.drop());
  const { host } = new URL(database.url);
  return database.url.replace(host, `127.0.0.1:${await findFreePort()},${host}`);
}

test('a host that is down is passed over', async () => {
  const client = await connect(await openUrl());
  onTestFinished(() => client.end());
  expect((await client.query<{ n: number }>('select 1 as n')).rows).toEqual([{ n: 1 }]);
});

test('a host that takes no writes is not taken, and leaves no connection behind', async () => {
  const url = await openUrl();
  const name = new URL(url.replace(/@[^,]*,/, '@')).pathname.slice(1);
  const server = inject('postgresUrl');
  await runSql(server, `alter database ${name} set default_transaction_read_only = on`);
  await expect(connect(url)).rejects.toThrow('no host takes writes');
  const select = `select count(*)::int as n from pg_stat_activity where datname = '${name}'`;
  await expect.poll(async () => (await runSql(server, select))[0]?.['n']).toBe(0);
});
