// The event catalogue: the operator's event types, and those that the platforms of the other dialects have.
import type { CatalogueEntry, EventType } from '#core/catalogue.ts';
import { catalogueLimits } from '#core/catalogue.ts';
import type { CommandHandlers, Page, PageRequest } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { dialectOf, requireDialect } from './tenant-dialect.ts';

type Reads = Pick<
  CommandHandlers,
  'getEventType' | 'listEventTypes' | 'listTenantEventTypes' | 'readEventType' | 'readCatalogue'
>;

export function createEventTypeReads(deps: ReadDeps): Reads {
  const { store } = deps;
  return {
    async getEventType({ name, dialect: dialectName }) {
      const dialect = chooseDialect(deps, dialectName);
      const found = await findEntry(deps, dialect, name);
      if (found === null) throw notFound(name);
      return found;
    },
    listEventTypes: ({ dialect, ...page }) => list(deps, chooseDialect(deps, dialect), page),
    async listTenantEventTypes({ tenant, limit, cursor = null }) {
      return list(deps, await dialectOf(deps, tenant), { limit, cursor });
    },
    readEventType: ({ name }) => store.eventTypes.get(name),
    readCatalogue: ({ known }) => store.eventTypes.index(known),
  };
}

export function createEventTypeCommands(
  deps: CommandDeps,
): Pick<CommandHandlers, 'setEventType' | 'removeEventType'> {
  const { store, clock } = deps;
  return {
    async setEventType(content) {
      const dialect = chooseDialect(deps, null);
      const problem = dialect.events.checkType(content.name);
      if (problem !== null) throw fieldFault('name', problem, 'form');
      const { typesMax: countMax, charactersMax } = catalogueLimits;
      const type = await store.eventTypes.set(content, { now: clock.now(), countMax, charactersMax });
      if (type !== null) return toEntry(dialect, type);
      throw new Fault(
        'event_type_limit_reached',
        `the catalogue has at most ${countMax} event types, with ${charactersMax} characters of descriptions, schemas and ` +
          'examples together; remove what is no longer used',
      );
    },
    async removeEventType({ name }) {
      if (!(await store.eventTypes.remove(name))) throw notFound(name);
      return null;
    },
  };
}

/** The first example of the operator's type; undefined when it has none. */
export async function findExample({ store }: Pick<ReadDeps, 'store'>, dialect: Dialect, type: string) {
  if (dialect.events.isOpen !== true) return undefined;
  return (await store.eventTypes.get(type))?.examples[0];
}

async function findEntry(deps: ReadDeps, dialect: Dialect, name: string): Promise<CatalogueEntry | null> {
  if (dialect.events.isOpen !== true)
    return platformEntries(dialect).find((one) => one.name === name) ?? null;
  const type = await deps.store.eventTypes.get(name);
  return type === null ? null : toEntry(dialect, type);
}

async function list(deps: ReadDeps, dialect: Dialect, page: PageRequest): Promise<Page<CatalogueEntry>> {
  if (dialect.events.isOpen !== true) return pageOf(platformEntries(dialect), page);
  const { items, nextCursor } = await deps.store.eventTypes.list(page);
  return { items: items.map((type) => toEntry(dialect, type)), nextCursor };
}

function toEntry({ name: dialect }: Dialect, { revision: _revision, ...type }: EventType): CatalogueEntry {
  return { ...type, dialect };
}

/** In the order of their names. The samples are the examples; a platform's checks are code and no schema. */
function platformEntries({ name: dialect, events, docs }: Dialect): readonly CatalogueEntry[] {
  const { samples } = events;
  const names = new Set([...(docs.deliveries.types ?? []), ...samples.map(({ type }) => type)]);
  return [...names].toSorted().map((name) => ({
    name,
    dialect,
    groupName: null,
    description: null,
    schema: null,
    examples: samples.flatMap(({ type, payload }) => (type === name ? [payload] : [])),
    deprecated: false,
    version: 1,
    createdAt: null,
    updatedAt: null,
  }));
}

/** The cursor is the name of the last entry. */
function pageOf(entries: readonly CatalogueEntry[], { limit, cursor }: PageRequest): Page<CatalogueEntry> {
  const after = cursor === null ? '' : Buffer.from(cursor, 'base64url').toString();
  if (cursor !== null && !entries.some(({ name }) => name === after)) {
    throw new Fault('cursor_invalid', 'The cursor is not one that this list gave.');
  }
  const rest = entries.filter(({ name }) => name > after);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    rest.length > items.length && last !== undefined ? Buffer.from(last.name).toString('base64url') : null;
  return { items, nextCursor };
}

/** The one that is named, or the one whose types are the operator's. */
function chooseDialect({ dialects }: Pick<ReadDeps, 'dialects'>, name: string | null): Dialect {
  if (name !== null) return requireDialect(dialects, name);
  const open = [...dialects.values()].find(({ events }) => events.isOpen === true);
  if (open === undefined) throw new Error('no dialect leaves its event types to the operator');
  return open;
}

function notFound(name: string): Fault {
  return new Fault('event_type_not_found', `the catalogue has no event type "${name}"`);
}
