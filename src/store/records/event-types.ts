import { type Change, showEventType } from '#core/audit.ts';
import type { Page, PageRequest } from '#core/commands.ts';
import type { CatalogueIndex, EventType, EventTypeContent } from '#core/catalogue.ts';
import { isDeepStrictEqual } from 'node:util';
import { makePage, readCursor } from '../cursor.ts';
import { assignments, columnList, insertInto, sql } from '../sql.ts';
import type { EventTypeStore, ReadStore } from '../store.ts';
import type { Engine, Reader } from './engine.ts';
import { defineFormat, flag, json, optionalJson, plain, type StoredRow } from './fields.ts';
import { hasNul } from './scope.ts';
import { all, get, run, type Work } from './work.ts';

export function readEventTypes(reader: Reader): ReadStore['eventTypes'] {
  return {
    get: (name) => reader.read(find(name)),
    list: (page) => reader.read(list(page)),
    index: (known) => reader.read(index(known)),
  };
}

export function createEventTypeStore(engine: Engine): EventTypeStore {
  return {
    ...readEventTypes(engine),
    set: (content, terms) => engine.transaction(() => set(engine, content, terms)),
    remove: (name) => engine.transaction(() => remove(engine, name)),
  };
}

const format = defineFormat<EventType>({
  name: plain(),
  groupName: plain(),
  description: plain(),
  schema: optionalJson(),
  examples: json(),
  deprecated: flag(),
  version: plain(),
  revision: plain(),
  createdAt: plain(),
  updatedAt: plain(),
});

const selectTypes = sql`select ${columnList(format.columns)} from event_types`;

function* find(name: string): Work<EventType | null> {
  if (hasNul(name)) return null;
  const row = yield* get<StoredRow>(sql`${selectTypes} where name = ${name}`);
  return row === undefined ? null : format.read(row);
}

function* list({ cursor, limit }: PageRequest): Work<Page<EventType>> {
  const after = readCursor('event-type', cursor) ?? '';
  const rows = yield* all<StoredRow>(sql`
    ${selectTypes} where name > ${after} order by name limit ${limit + 1}`);
  return makePage('event-type', rows, limit, (row) => String(row['name']), format.read);
}

function* index(known: number | null): Work<CatalogueIndex | null> {
  const catalogue = yield* get<{ revision: number }>(sql`select revision from catalogue`);
  const revision = catalogue?.revision ?? 0;
  if (revision === known) return null;
  // Read after the revision: types that are newer than it are only read once more.
  const rows = yield* all<{ name: string; revision: number; has_schema: boolean | number }>(sql`
    select name, revision, schema is not null as has_schema from event_types order by name`);
  return {
    revision,
    types: rows.map((row) => ({
      name: row.name,
      revision: row.revision,
      hasSchema: Boolean(row.has_schema),
    })),
  };
}

function* set(
  engine: Engine,
  content: EventTypeContent,
  { now, countMax, charactersMax }: Parameters<EventTypeStore['set']>[1],
): Work<EventType | null> {
  const revision = (yield* lockCatalogue()) + 1;
  const before = yield* find(content.name);
  if (before !== null && isSame(before, content)) return before;
  const others = yield* measureOthers(content.name);
  if (before === null && others.count >= countMax) return null;
  if (others.characters + lengthOf(content) > charactersMax) return null;
  const { version = 0, createdAt = now } = before ?? {};
  const after = { ...content, version: version + 1, revision, createdAt, updatedAt: now };
  const row = format.write(after);
  yield* run(
    before === null
      ? insertInto('event_types', row)
      : sql`update event_types set ${assignments(row)} where name = ${content.name}`,
  );
  yield* run(sql`update catalogue set revision = ${revision}`);
  yield* engine.audit(changeOf(content.name, before, after));
  return after;
}

function* remove(engine: Engine, name: string): Work<boolean> {
  if (hasNul(name)) return false;
  const revision = yield* lockCatalogue();
  const before = yield* find(name);
  if (before === null) return false;
  yield* run(sql`delete from event_types where name = ${name}`);
  yield* run(sql`update catalogue set revision = ${revision + 1}`);
  yield* engine.audit(changeOf(name, before, null));
  return true;
}

function changeOf(target: string, before: EventType | null, after: EventType | null): Change {
  const show = (side: EventType | null): Change['before'] => (side === null ? null : showEventType(side));
  return { tenant: null, mode: null, noun: 'event-type', target, before: show(before), after: show(after) };
}

/** Changes come one after the other, each with a revision of its own. Returns the revision as it is. */
function* lockCatalogue(): Work<number> {
  const row = yield* get<{ revision: number }>(sql`
    insert into catalogue (id, revision) values (1, 0)
    on conflict (id) do update set revision = catalogue.revision returning revision`);
  return row?.revision ?? 0;
}

interface Size {
  readonly count: number;
  /** Of what `lengthOf` counts. */
  readonly characters: number;
}

/** All types but one. */
function* measureOthers(name: string): Work<Size> {
  const size = yield* get<Size>(sql`
    select count(*) as count, cast(coalesce(sum(
      length(coalesce(description, '')) + length(coalesce(schema, '')) + length(examples)
    ), 0) as bigint) as characters from event_types where name <> ${name}`);
  return size ?? { count: 0, characters: 0 };
}

function lengthOf({ description, schema, examples }: EventTypeContent): number {
  const schemaLength = schema === null ? 0 : JSON.stringify(schema).length;
  return (description?.length ?? 0) + schemaLength + JSON.stringify(examples).length;
}

function isSame(before: EventType, content: EventTypeContent): boolean {
  return isDeepStrictEqual(before, { ...before, ...content });
}
