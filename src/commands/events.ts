// Events: reading what was published, and publishing the test event of a dialect.
import type { CommandHandlers } from '#core/commands.ts';
import { publishedOf } from '#core/event.ts';
import { Fault } from '#core/fault.ts';
import { draftEvent } from '#dialects/draft.ts';
import { endpointNotFound } from './endpoint-checks.ts';
import { encodeJson } from '#lib/json.ts';
import type { CommandDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

type EventCommands = Pick<CommandHandlers, 'getEvent' | 'listEvents' | 'sendTest'>;

export function createEventCommands(deps: CommandDeps): EventCommands {
  const { store, limits, effects } = deps;
  return {
    async getEvent({ tenant, mode, id }) {
      const found = await store.events.get({ tenant, mode }, id);
      if (found !== null) return found;
      await dialectOf(deps, tenant);
      throw new Fault('event_not_found', `this tenant has no event "${id}"`);
    },
    async listEvents({ tenant, mode, limit, cursor }) {
      await dialectOf(deps, tenant);
      return store.events.list({ tenant, mode }, { limit, cursor });
    },
    async sendTest({ tenant, mode, ...key }) {
      const dialect = await dialectOf(deps, tenant);
      const endpoint = await store.endpoints.get({ tenant, mode }, key);
      if (endpoint === null) throw endpointNotFound(key);
      if (!endpoint.enabled) {
        throw new Fault(
          'endpoint_disabled',
          `the endpoint is disabled (${endpoint.disabledReason ?? 'requested'}); enable it before you send a test event`,
        );
      }
      const [sample] = dialect.events.samples;
      if (sample === undefined) throw new Error(`dialect ${dialect.name} has no sample event`);
      const draft = draftEvent(
        { ...sample, source: encodeJson(sample.payload), mode: endpoint.mode },
        { tenant, dialect, limits },
      );
      const result = await effects.publish([{ ...draft, onlyEndpoint: endpoint.id }]);
      const [published] = publishedOf(result, false);
      if (published === undefined) throw new Error('a publication of one event led to none');
      return published;
    },
  };
}
