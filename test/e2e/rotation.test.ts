// Both keys of two processes on one Postgres change as docs/security.md says, while events are published and delivered: no
// publication fails, no attempt fails, and in the end nothing needs the old ones.
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { keyIdOf } from '#lib/seal.ts';
import { createApiClient } from '../support/api-client.ts';
import { runCommand } from '../support/command-line.ts';
import { createFleet, expectAllDelivered, type Fleet, isLong } from '../support/fleet.ts';
import { temporaryFolder } from '../support/harness.ts';
import { createDatabase, runSql, templateName, type TestDatabase } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type SteadyPublishing, startPublishing } from '../support/steady-publishing.ts';

/** Up to eight starts, one after the other. */
vi.setConfig({ testTimeout: 240_000 });

const old = { admin: 'cak_old_0123456789abcdefghij', encryption: new Uint8Array(32).fill(1) };
const fresh = { admin: 'cak_new_0123456789abcdefghij', encryption: new Uint8Array(32).fill(2) };
type Keys = typeof old;

/** More values than one step of the rotation takes. */
const endpointCount = 60;
const paths = ['/0', '/1'];

let database: TestDatabase;
let receiver: Receiver;
let fleet: Fleet;
let publishing: SteadyPublishing | null = null;
beforeEach(async () => {
  database = await createDatabase(inject('postgresUrl'), templateName);
  receiver = await startReceiver();
  fleet = createFleet(database.url);
});
afterEach(async () => {
  await publishing?.stop();
  await fleet.close();
  await receiver.close();
  await database.drop();
});

/** The first of a list is what callers use, and what encrypts. */
const settingsOf = (admin: readonly Keys[], encryption: readonly Keys[]) => ({
  CARILLON_ADMIN_KEY: admin.map((keys) => keys.admin).join(','),
  CARILLON_ENCRYPTION_KEY: encryption
    .map((keys) => Buffer.from(keys.encryption).toString('base64'))
    .join(','),
});

test('both keys of two processes are rotated with no publication and no delivery failed', async () => {
  // Every process knows the new keys before anything needs them; the short form begins here.
  const bothKnown = settingsOf([fresh, old], [old, fresh]);
  const first = isLong ? settingsOf([old], [old]) : bothKnown;
  await fleet.start(first);
  await fleet.start(first);
  await fill();
  let key = old.admin;
  publishing = startPublishing({
    urls: () => fleet.processes.map(({ url }) => url),
    key: () => key,
    tenant: 'acme',
    publishers: 2,
  });
  await publishing.untilAccepted(20);
  expect(await columnsSealedBy(old)).toContain('endpoints.secrets');

  if (isLong) await fleet.restart(bothKnown);
  key = fresh.admin;
  await fleet.restart(settingsOf([fresh], [fresh, old]));
  for (const { url } of fleet.processes) expect(await statusWith(url, old.admin)).toBe(401);
  await publishing.untilAccepted(20);
  expect(await columnsSealedBy(old)).not.toEqual([]);
  const rotated = await carillon(['keys', 'rotate-encryption', '--json'], [fresh, old]);
  expect(JSON.parse(rotated)).toMatchObject({ remaining: 0 });
  expect(JSON.parse(rotated).resealed).toBeGreaterThan(100);
  expect(await columnsSealedBy(old)).toEqual([]);
  expect(await columnsSealedBy(fresh)).toContain('endpoints.secrets');
  const idOfOld = keyIdOf(old.encryption);
  expect(await carillon(['doctor'], [fresh, old])).toContain(`the older key ${idOfOld} is needed no more`);

  await fleet.restart(settingsOf([fresh], [fresh]));
  await publishing.untilAccepted(20);
  await publishing.stop();
  expect(publishing.failures).toEqual([]);
  expect(await carillon(['doctor'], [fresh])).not.toContain(idOfOld);
  const [one] = fleet.processes;
  if (one === undefined) throw new Error('there is no process');
  await expectAllDelivered(one.url, fresh.admin, { receiver, paths, ids: publishing.accepted });
  for (const { path, headers } of receiver.requests) expect(headers['x-key']).toBe(`value ${path}`);
});

/** Secrets of each of many endpoints; all but two subscribe to what is never published. */
async function fill(): Promise<void> {
  const [{ url } = { url: '' }] = fleet.processes;
  const client = createApiClient(url, old.admin, 8);
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const create = (path: string) =>
    client.call('POST', '/tenants/acme/endpoints', {
      url: `${receiver.url}${path}`,
      eventTypes: [paths.includes(path) ? '*' : 'never'],
      headers: [{ name: 'X-Key', value: `value ${path}`, secret: true }],
    });
  const made = await Promise.all(Array.from({ length: endpointCount }, (_, place) => create(`/${place}`)));
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
  await client.close();
}

/** `table.column` of each text of the database that a key has encrypted, as its beginning says, wherever it is. */
async function columnsSealedBy({ encryption }: Keys): Promise<string[]> {
  const mark = `v2.${keyIdOf(encryption)}.`;
  // The name of each column, and its text: that of bytes is what they say.
  const columns = await runSql(
    database.url,
    `select table_name || '.' || column_name as place, quote_ident(table_name) as owner,
       case data_type when 'bytea' then 'encode(' || quote_ident(column_name) || ', ''escape'')'
         else quote_ident(column_name) || '::text' end as content
     from information_schema.columns
     where table_schema = 'public' and table_name in (select relname from pg_class where relkind = 'r')`,
  );
  const parts = columns.map(
    ({ place, owner, content }) =>
      `select '${String(place)}' as place
       where exists (select 1 from ${String(owner)} where position('${mark}' in ${String(content)}) > 0)`,
  );
  const rows = await runSql(database.url, parts.join(' union all '));
  return rows.map(({ place }) => String(place));
}

async function statusWith(url: string, key: string): Promise<number> {
  return (await fetch(`${url}/admin/v1/tenants`, { headers: { authorization: `Bearer ${key}` } })).status;
}

/** What the command line prints, with the settings of the processes. */
async function carillon(args: readonly string[], encryption: readonly Keys[]): Promise<string> {
  const [{ url } = { url: '' }] = fleet.processes;
  const environment = {
    ...settingsOf([fresh], encryption),
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    CARILLON_SERVER: url,
  };
  const { code, out, error } = await runCommand(args, { cwd: temporaryFolder(), environment });
  expect(code, out + error).toBe(0);
  return out;
}
