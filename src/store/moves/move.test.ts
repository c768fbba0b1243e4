// Moves of slots between databases: every row of every table, whatever step a run of it dies at.
import { expect, inject, onTestFinished, test } from 'vitest';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import { version } from '#lib/version.ts';
import { nameProcess } from '#core/server.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openPostgresStore } from '#store/postgres/index.ts';
import { createDatabase, runSql, templateName } from '../../../test/support/postgres.ts';
import { fillPostgres, makePresentRows, rowTenant } from '../../../test/support/store-rows.ts';
import { start } from '../../../test/contracts/store-world.ts';
import { numbersPerDay } from '../event-numbers.ts';
import { Database, useDatabase } from '../postgres/database.ts';
import { createSlotStore } from '../postgres/slots.ts';
import { mapOfOne } from '../partitioned/slot-map.ts';
import { abortMove, moveSlots, resumeMove } from './move.ts';
import type { MoveOptions } from './mover.ts';

/** What a move does with each table of a database: all of them are named here, so that a table that is added later is not forgotten. */
const tables = {
  /** Rows of a tenant, which are copied while its slot is sealed, and then deleted where they were. */
  copied: [
    'tenants',
    'tenant_secrets',
    'endpoints',
    'replays',
    'endpoint_checks',
    'events',
    'event_ids',
    'deliveries_ended',
    'deliveries_waiting',
    'attempts',
    'stats',
  ],
  /** Rows of a tenant that are of the same use in either database: they follow after the switch. */
  carried: ['audit_log', 'alert_signals', 'alert_messages'],
  /** Written by triggers on what is copied. */
  derived: ['endpoint_types'],
  /** A move waits until there is none of its tenants. */
  awaited: ['fan_outs'],
  /** In the directory alone. */
  directory: [
    'admin_keys',
    'catalogue',
    'console_sessions',
    'credentials',
    'event_types',
    'portal_sessions',
    'slot_map',
    'slot_move',
    'unfinished_tenants',
  ],
  /** Of the database itself: what it was told lately, who shares it, what it serves. The archive of all is the directory's. */
  own: [
    'alert_channels',
    'alert_windows',
    'alerts',
    'archive',
    'archive_files',
    'closed_slots',
    'metadata',
    'migrations',
    'moved_events',
    'processes',
    'slot_arrivals',
  ],
} as const;

const server = inject('postgresUrl');
const names = ['directory', 'b', 'c'];
/** Deaths at more steps, and on every way. */
const isLong = process.env['PARTITIONS'] === 'long';
const tenants = [rowTenant, 'ten_removed'] as TenantId[];
const slots = tenants.map(slotOf);
const firstEvent = Math.floor(start / 86_400_000) * numbersPerDay + 1;

type Row = Record<string, unknown>;

/** Three databases; tenants with a row in every table are in the one with the number `source`. */
async function openThree(source: number) {
  const databases = await Promise.all(names.map(() => createDatabase(server, templateName)));
  onTestFinished(() => Promise.all(databases.map((database) => database.drop())).then(() => {}));
  const urls = databases.map(({ url }) => url);
  const [directory = '', b = '', c = ''] = urls;
  const map = mapOfOne().slots.fill(source);
  await runSql(
    directory,
    `insert into slot_map (id, version, names, slots)
     values (1, 1, '${JSON.stringify(names)}', '\\x${Buffer.from(map).toString('hex')}')`,
  );
  // A partition has no credentials.
  const { credentials, ...partition } = makePresentRows(firstEvent);
  const rows = source === 0 ? { ...partition, credentials: credentials ?? [] } : partition;
  await fillPostgres(urls[source] ?? '', rows, 7);
  if (source !== 0) await fillPostgres(directory, { tenants: rows['tenants'] ?? [] }, 7);
  const options: MoveOptions = {
    directory,
    others: [
      { name: 'b', url: b },
      { name: 'c', url: c },
    ],
    clock: systemClock,
    version,
    settleMs: 0,
    drainMs: 0,
  };
  return { urls, options, url: (number: number) => urls[number] ?? '' };
}

/** All rows of the tenants in these tables, with events by their ids in place of their numbers. */
async function readAll(url: string, among: readonly string[]): Promise<Record<string, readonly Row[]>> {
  const events = await runSql(url, 'select seq, id from events');
  const idOf = new Map(events.map(({ seq, id }) => [seq, id]));
  const found: Record<string, readonly Row[]> = {};
  for (const table of among) {
    const own =
      table === 'attempts'
        ? `delivery in (select id from deliveries_waiting union all select id from deliveries_ended)`
        : `${table === 'tenants' ? 'id' : 'tenant'} in ('${tenants.join("', '")}')`;
    // Attempts by number.
    const order = table === 'attempts' ? 'delivery, seq' : '1, 2, 3';
    const rows = await runSql(url, `select * from ${table} where ${own} order by ${order}`);
    found[table] = rows
      .map(({ seq, event_seq: event, ...row }) => ({
        ...row,
        ...(table === 'event_ids' ? { event: idOf.get(seq) } : {}),
        ...(event === undefined ? {} : { event: idOf.get(event) }),
      }))
      .toSorted((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
  }
  return found;
}

/** What a move changes of a row: all of it is said here. */
function moved(table: string, row: Row): Row {
  switch (table) {
    case 'tenants':
      return { ...row, revision: String(Number(row['revision']) + 1) };
    case 'replays':
      return { ...row, owner: null, position: '' };
    case 'endpoint_checks':
      return { ...row, due_at: null };
    case 'deliveries_waiting':
      return row['claimed_by'] === null
        ? row
        : { ...row, claimed_by: null, lease: String(Number(row['lease']) + 1), due_at: expect.any(String) };
    default:
      return row;
  }
}

const kept = [...tables.copied, ...tables.carried, ...tables.derived];

test('every table of the schema is said to move, or not to', async () => {
  const { url } = await openThree(1);
  const found = await runSql(
    url(1),
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  expect(found.map(({ name }) => String(name)).toSorted()).toEqual(Object.values(tables).flat().toSorted());
});

const ways = [
  ['a partition', 'another', 1, 2, true],
  ['the directory', 'a partition', 0, 1, isLong],
  ['a partition', 'the directory', 1, 0, true],
] as const;

test.each(isLong ? ways : ways.slice(0, 2))(
  'all rows of a tenant move from %s to %s, whatever step each run dies at',
  async (_from, _to, source, target, isDeadly) => {
    const { options, url } = await openThree(source);
    const before = await readAll(url(source), kept);
    for (const table of kept) {
      expect(before[table]?.length, `${table} needs a row in store-rows.ts`).toBeGreaterThan(0);
    }
    const seen = new Set<string>();
    const dieOnce = (step: string): void => {
      if (seen.has(step)) return;
      seen.add(step);
      if (isDeadly) throw new Error(`killed at ${step}`);
    };
    const asked = { slots, to: names[target] ?? '' };
    let deaths = 0;
    for (let isDone = false; !isDone;) {
      const run = moveSlots({ ...options, onStep: dieOnce }, asked);
      isDone = await run.then(
        () => true,
        (error: unknown) => {
          expect(String(error)).toMatch(/killed at/);
          deaths++;
          return false;
        },
      );
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'prepare',
        'freeze',
        'close',
        'drain',
        'seal',
        'copy',
        'switch',
        'switched',
        'end',
      ]),
    );
    expect(deaths).toBe(isDeadly ? seen.size : 0);
    const after = await readAll(url(target), kept);
    for (const table of kept) {
      if (source === 0 && table === 'audit_log') continue;
      expect(after[table], table).toEqual(before[table]?.map((row) => moved(table, row)));
    }
    const left = await readAll(url(source), kept);
    const stays = source === 0 ? ['tenants', 'audit_log'] : [];
    for (const table of kept)
      expect(left[table], table).toHaveLength(stays.includes(table) ? (before[table]?.length ?? 0) : 0);
    const [map] = await runSql(url(0), 'select version, slots, moves from slot_map');
    for (const slot of slots) expect(Buffer.from(map?.['slots'] as Uint8Array)[slot]).toBe(target);
    expect(JSON.parse(String(map?.['moves']))).toEqual([{ from: source, to: target, version: 2 }]);
    for (const table of ['slot_move', 'slot_arrivals', 'moved_events']) {
      for (const number of [0, source, target])
        expect(await runSql(url(number), `select * from ${table}`)).toEqual([]);
    }
    // The same again changes nothing; and back.
    expect(await moveSlots(options, asked)).toMatchObject({ slots: 0 });
    await moveSlots(options, { slots, to: names[source] ?? '' });
    const back = await readAll(url(source), kept);
    expect(back['events']).toEqual(before['events']);
    expect(back['attempts']).toEqual(before['attempts']);
  },
);

test('what changes after the history was copied is as it is when the tenants are closed', async () => {
  const { options, url } = await openThree(1);
  let before: Record<string, readonly Row[]> = {};
  const change = async (step: string): Promise<void> => {
    if (step !== 'freeze') return;
    const now = Date.now();
    await runSql(
      url(1),
      `-- What had ended waits again, with another attempt.
       with gone as (delete from deliveries_ended returning *)
       insert into deliveries_waiting (id, tenant, mode, endpoint, event_seq, attempts, step, first_due_at, due_at, lease, is_ordered, was_delivered)
       select id, tenant, mode, endpoint, event_seq, attempts, 0, 1, 1, 4, true, true from gone;
       -- What waited has ended.
       with gone as (
         delete from deliveries_waiting where seq = (select min(seq) from deliveries_waiting) returning *
       )
       insert into deliveries_ended (id, tenant, mode, endpoint, event_seq, state, attempts, ended_at)
       select id, tenant, mode, endpoint, event_seq, 'delivered', attempts, ${now} from gone;
       insert into attempts select nextval('attempt_numbers'), 'att_later_' || seq, delivery, endpoint, number + 1, started_at, duration_ms, url,
         request_headers, outcome, status, error_code, error_message, response_headers, response_body, trigger, content from attempts;
       -- A delivery is added to an event, and another event is published.
       update events set deliveries = deliveries + 1, last_delivery = 'dlv_7zz' where deliveries > 0;
       insert into events select ${Math.floor(now / 86_400_000) * numbersPerDay + 1000}, 'later', tenant, mode, type, fingerprint, ordering_key, occurred_at, created_at, traceparent,
         0, null, null, payload, metadata, number, filtered from events limit 1;
       insert into event_ids select id, tenant, mode, seq from events where id = 'later';
       insert into stats select tenant, endpoint, ${now}, accepted, refused, unreachable, durations, codes from stats`,
    );
    before = await readAll(url(1), kept);
  };
  await moveSlots({ ...options, onStep: change }, { slots, to: 'c' });
  const after = await readAll(url(2), kept);
  for (const table of kept)
    expect(after[table], table).toEqual(before[table]?.map((row) => moved(table, row)));
});

test('a move that is given up before the switch leaves everything as it was', async () => {
  const { options, url } = await openThree(1);
  const changed = ['deliveries_waiting', 'endpoint_checks'];
  const among = kept.filter((table) => !changed.includes(table));
  const before = await readAll(url(1), kept);
  for (const last of isLong ? ['freeze', 'close', 'seal', 'copy', 'switch'] : ['switch']) {
    const die = (step: string): void => {
      if (step === last) throw new Error('killed');
    };
    await expect(moveSlots({ ...options, onStep: die }, { slots, to: 'c' })).rejects.toThrow('killed');
    await expect(moveSlots(options, { slots: [1], to: 'b' })).rejects.toThrow(/another move is under way/);
    // The command is dead, and the tenants are refused: that is what the metric tells.
    const since = await closedSince(url(0));
    if (last === 'freeze') expect(since).toBeNull();
    else expect(since).toBeGreaterThan(Date.now() - 60_000);
    // Its own command dies, too; the next one ends what was begun, whatever it was asked for.
    for (const step of ['give back', 'clear', 'given back']) {
      const dieAt = (reached: string): void => {
        if (reached.startsWith(step)) throw new Error('killed');
      };
      await expect(abortMove({ ...options, onStep: dieAt })).rejects.toThrow('killed');
    }
    expect(await resumeMove(options)).toMatchObject({ slots: 0 });
    expect(await closedSince(url(0))).toBeNull();
    const after = await readAll(url(1), kept);
    for (const table of among) expect(after[table], `${last}: ${table}`).toEqual(before[table]);
    expect(after['deliveries_waiting']).toHaveLength(before['deliveries_waiting']?.length ?? 0);
    const other = await readAll(url(2), kept);
    for (const table of kept) expect(other[table], `${last}: ${table}`).toEqual([]);
    expect(await runSql(url(1), 'select * from closed_slots')).toEqual([]);
  }
  await expect(resumeMove(options)).rejects.toThrow(/no move is under way/);
  await moveSlots(options, { slots, to: 'c' });
  expect((await readAll(url(2), kept))['events']).toEqual(before['events']);
});

const closedSince = (directory: string): Promise<number | null> =>
  useDatabase(directory, (db) => createSlotStore(db).closedSince());

test('while a process of another version shares the source, nothing moves', async () => {
  const { options, url } = await openThree(1);
  const open = (older: string) => {
    const processName = nameProcess({ version: older, role: 'worker', pid: 7, host: 'a' });
    const ids = createIdSource(systemRandom);
    return openPostgresStore({ url: url(1), poolMax: 1, ids, now: start, processName });
  };
  const older = await open('0.0.1');
  const moving = moveSlots(options, { slots, to: 'c' });
  await expect(moving).rejects.toThrow(/the process 7 on a is of version 0.0.1, .* upgrade all processes/);
  await older.close();
  const present = await open(version);
  await resumeMove(options);
  await present.close();
});

test('slots of several partitions, an unknown partition, and a second process are refused', async () => {
  const { options, url } = await openThree(1);
  await runSql(url(0), 'update slot_map set slots = set_byte(slots, 5, 2)');
  await expect(moveSlots(options, { slots: [4, 5], to: 'directory' })).rejects.toThrow(/several partitions/);
  await expect(moveSlots(options, { slots: [4], to: 'x' })).rejects.toThrow(/there is no partition x/);
  const directory = new Database({ url: url(0), poolMax: 1 });
  onTestFinished(() => directory.close());
  const readUsed = async (): Promise<number[]> => {
    let used: number[] = [];
    await createSlotStore(directory).change((current, slotsUsed) => {
      used = [...slotsUsed];
      return current ?? mapOfOne();
    });
    return used;
  };
  const second: Promise<unknown>[] = [];
  const onStep = async (): Promise<void> => {
    // A partition that comes now gets none of the slots that are about to move.
    if (second.length === 0) expect(await readUsed()).toContain(4);
    if (second.length === 0)
      second.push(expect(resumeMove(options)).rejects.toThrow(/another process moves slots/));
  };
  await moveSlots({ ...options, onStep }, { slots: [4], to: 'c' });
  expect(second).toHaveLength(1);
  await Promise.all(second);
});
