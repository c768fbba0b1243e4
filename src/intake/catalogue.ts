// The event catalogue in the API thread: checks publications by it (CARILLON_EVENT_TYPES), and checks a schema before it is
// stored. What it knows of the catalogue is at most a second old; a change by this process is known at once.
import type { Origin } from '#core/audit.ts';
import type { Backend } from '#core/backend.ts';
import {
  type CatalogueEntry,
  catalogueLimits,
  type CatalogueIndexEntry,
  type CatalogueRule,
  type EventTypeContent,
} from '#core/catalogue.ts';
import type { PublishEvent } from '#core/commands.ts';
import { Fault, fieldFault, type FieldProblem } from '#core/fault.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import type { JsonObject } from '#lib/json.ts';
import type { PayloadSchema } from './payload-schema.ts';

export interface Catalogue {
  /** Null when events of any type are accepted: publishing pays nothing for it. */
  readonly check: CheckEvents | null;
  /** Faults `field_invalid` for the schema and the examples, and those of the command. */
  set(content: EventTypeContent, origin: Origin): Promise<CatalogueEntry>;
  remove(name: string, origin: Origin): Promise<null>;
}

/** Refuses the events of a publication that the catalogue does not allow. Faults `event_type_unknown`, `payload_invalid`. */
export type CheckEvents = (dialect: Dialect, events: readonly PublishEvent[]) => Promise<void>;

export interface CatalogueDeps {
  readonly backend: Pick<Backend, 'run'>;
  readonly clock: Clock;
  readonly rule: CatalogueRule;
}

export function createCatalogue({ backend, clock, rule }: CatalogueDeps): Catalogue {
  const known = new KnownTypes({ backend, clock });
  const check: CheckEvents = async (dialect, events) => {
    if (dialect.events.isOpen !== true) return;
    await known.refresh();
    for (const [index, event] of events.entries()) {
      const at = events.length === 1 ? '' : `events[${index}].`;
      const type = known.get(event.type);
      if (type === undefined) throw typeUnknown(event.type, at);
      const schema = rule === 'strict' ? await known.schemaOf(type) : null;
      refuse(schema?.findProblems(event.payload, event.source.length, `${at}payload`) ?? []);
    }
  };
  return {
    check: rule === 'open' ? null : check,
    async set(content, origin) {
      await checkContent(content);
      return known.changing(() => backend.run('setEventType', content, origin));
    },
    remove: (name, origin) => known.changing(() => backend.run('removeEventType', { name }, origin)),
  };
}

/** How old the known catalogue may be. */
const ageMsMax = 1000;

class KnownTypes {
  readonly #deps: Pick<CatalogueDeps, 'backend' | 'clock'>;
  /** By the revision of the type, which names its content. */
  readonly #schemas = new BoundedMap<number, PayloadSchema>(catalogueLimits.typesMax);
  #types: ReadonlyMap<string, CatalogueIndexEntry> = new Map();
  #revision: number | null = null;
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(deps: Pick<CatalogueDeps, 'backend' | 'clock'>) {
    this.#deps = deps;
  }

  get(name: string): CatalogueIndexEntry | undefined {
    return this.#types.get(name);
  }

  async refresh(): Promise<void> {
    if (this.#deps.clock.now() - this.#readAt < ageMsMax) return;
    await (this.#reading ??= this.#read());
  }

  /** Makes a change, after which the catalogue is read again. */
  async changing<Result>(change: () => Promise<Result>): Promise<Result> {
    try {
      return await change();
    } finally {
      this.#readAt = -Infinity;
      this.#reading = null;
    }
  }

  /** Null when the type has none, or is gone since. */
  async schemaOf({ name, revision, hasSchema }: CatalogueIndexEntry): Promise<PayloadSchema | null> {
    if (!hasSchema) return null;
    const compiled = this.#schemas.get(revision);
    if (compiled !== undefined) return compiled;
    const type = await this.#deps.backend.run('readEventType', { name });
    if (type?.schema === undefined || type.schema === null) return null;
    const made = await compile(type.schema);
    this.#schemas.set(type.revision, made);
    return made;
  }

  #read(): Promise<void> {
    const readAt = this.#deps.clock.now();
    const reading: Promise<void> = this.#deps.backend
      .run('readCatalogue', { known: this.#revision })
      .then((index) => {
        if (index !== null) {
          this.#revision = index.revision;
          this.#types = new Map(index.types.map((type) => [type.name, type]));
        }
        // A change that was made meanwhile may not be in what was read.
        if (this.#reading === reading) this.#readAt = readAt;
      })
      .finally(() => {
        if (this.#reading === reading) this.#reading = null;
      });
    return reading;
  }
}

/** The compiler is loaded with the first schema. */
async function compile(schema: JsonObject): Promise<PayloadSchema> {
  const { compilePayloadSchema } = await import('./payload-schema.ts');
  return compilePayloadSchema(schema);
}

async function checkContent({ schema, examples }: EventTypeContent): Promise<void> {
  const bytes = Buffer.byteLength(JSON.stringify(examples));
  const { examplesBytesMax } = catalogueLimits;
  if (bytes > examplesBytesMax) {
    throw fieldFault(
      'examples',
      `are ${bytes} bytes of JSON; at most ${examplesBytesMax} are accepted`,
      'too_long',
    );
  }
  if (schema === null) return;
  const compiled = await compile(schema).catch((error: unknown) => {
    throw fieldFault('schema', error instanceof Error ? error.message : String(error), 'form');
  });
  const problems = examples.flatMap((example, index) =>
    compiled.findProblems(example, examplesBytesMax, `examples[${index}]`),
  );
  if (problems.length > 0) throw problemsFault('field_invalid', problems);
}

function typeUnknown(type: string, at: string): Fault {
  const message = `the event catalogue has no type "${type}", and CARILLON_EVENT_TYPES accepts only those it has`;
  return new Fault('event_type_unknown', `${at}type: ${message}`, {
    fields: [{ field: `${at}type`, message }],
  });
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw problemsFault('payload_invalid', problems);
}

function problemsFault(code: 'field_invalid' | 'payload_invalid', problems: readonly FieldProblem[]): Fault {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new Fault(code, `${first?.field ?? ''}: ${first?.message ?? ''}${more}`, { fields: problems });
}
