// Events: reading what was published, and publishing the test event of a dialect.
import type { CommandHandlers } from '#core/commands.ts';
import { publishedOf } from '#core/event.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { draftEvent } from '#dialects/draft.ts';
import { endpointNotFound } from './endpoint-checks.ts';
import { encodeJson, type JsonValue } from '#lib/json.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { findExample } from './event-types.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createEventReads(deps: ReadDeps): Pick<CommandHandlers, 'getEvent' | 'listEvents'> {
  const { store } = deps;
  return {
    async getEvent({ tenant, mode, id }) {
      const found = await store.events.get({ tenant, mode }, id);
      if (found !== null) return found;
      await dialectOf(deps, tenant);
      throw new Fault('event_not_found', `this tenant has no event "${id}"`);
    },
    async listEvents({ tenant, mode, limit, cursor, filter }) {
      await dialectOf(deps, tenant);
      return store.events.list({ tenant, mode }, { limit, cursor }, filter);
    },
  };
}

export function createEventCommands(deps: CommandDeps): Pick<CommandHandlers, 'sendTest'> {
  const { store, limits, effects } = deps;
  return {
    async sendTest({ tenant, mode, type, payload, ...key }) {
      const dialect = await dialectOf(deps, tenant);
      const endpoint = await store.endpoints.get({ tenant, mode }, key);
      if (endpoint === null) throw endpointNotFound(key);
      if (!endpoint.enabled) {
        throw new Fault(
          'endpoint_disabled',
          `the endpoint is disabled (${endpoint.disabledReason ?? 'requested'}); enable it before you send a test event`,
        );
      }
      const event = await chooseTestEvent(deps, dialect, type, payload);
      const draft = draftEvent(
        { ...event, source: encodeJson(event.payload), mode: endpoint.mode },
        { tenant, dialect, limits },
      );
      const result = await effects.publish([{ ...draft, onlyEndpoint: endpoint.id }]);
      const [published] = publishedOf(result, false);
      if (published === undefined) throw new Error('a publication of one event led to none');
      return published;
    },
  };
}

/** The test event of a dialect, or an event of a type, with a payload or an example of the catalogue. */
export async function chooseTestEvent(
  deps: Pick<CommandDeps, 'store'>,
  dialect: Dialect,
  type: string | undefined,
  payload?: JsonValue,
) {
  const example = type === undefined ? undefined : await findExample(deps, dialect, type);
  return testEvent(dialect, type, payload ?? example);
}

/** The first sample, that of a type, or another payload of it. */
function testEvent(
  { name, events }: Dialect,
  type: string | undefined,
  payload: JsonValue | undefined,
): { readonly type: string; readonly payload: JsonValue } {
  const sample = events.samples.find((one) => type === undefined || one.type === type);
  if (sample !== undefined) return payload === undefined ? sample : { type: sample.type, payload };
  if (type === undefined) throw new Error(`dialect ${name} has no sample event`);
  if (payload !== undefined) return { type, payload };
  const problem = events.checkType(type);
  if (problem !== null) {
    throw new Fault('event_type_unknown', `type: ${problem}`, {
      fields: [{ field: 'type', message: problem }],
    });
  }
  throw fieldFault('payload', 'is required, because there is no example of this event type');
}
