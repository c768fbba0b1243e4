// Checks of receivers: taken in here, made by a worker.
import { checksPerMinuteMax, type EndpointCheck } from '#core/check.ts';
import type { CommandHandlers } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import { slotOf } from '#core/slot.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { findEndpoint } from './endpoint-checks.ts';
import { chooseTestEvent } from './events.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createCheckReads(deps: ReadDeps): Pick<CommandHandlers, 'listChecks' | 'getCheck'> {
  const { checks } = deps.store;
  return {
    async listChecks(input) {
      const { id } = await findEndpoint(deps, input);
      return { items: await checks.list(id), nextCursor: null };
    },
    async getCheck({ check, ...input }) {
      const { id } = await findEndpoint(deps, input);
      const found = await checks.get(id, check);
      if (found !== null) return found;
      throw new Fault('check_not_found', `this endpoint has no check "${check}"`, { resourceId: check });
    },
  };
}

export function createCheckCommands(deps: CommandDeps): Pick<CommandHandlers, 'checkEndpoint'> {
  const { store, clock, ids, effects } = deps;
  return {
    async checkEndpoint({ type, ...input }) {
      const { id: endpoint, tenant, mode, url } = await findEndpoint(deps, input);
      if (url === '') {
        throw fieldFault(
          'id',
          'names an endpoint without a URL: nothing is sent to it, so there is no receiver to check',
        );
      }
      const event = await chooseTestEvent(deps, await dialectOf(deps, tenant), type).catch(blameType);
      const now = clock.now();
      const check: EndpointCheck = {
        id: ids.next('chk', now, slotOf(tenant)),
        tenant,
        mode,
        endpoint,
        eventType: event.type,
        payload: event.payload,
        state: 'waiting',
        items: [],
        createdAt: now,
        finishedAt: null,
      };
      const outcome = await store.checks.create(check);
      if (outcome.kind === 'unfinished') {
        throw limited(`the check "${outcome.id}" of this endpoint is not finished; wait for it`, 10);
      }
      if (outcome.kind === 'too_many') {
        throw limited(
          `a tenant starts at most ${checksPerMinuteMax} checks in a minute; try again later`,
          60,
        );
      }
      effects.checkStarted();
      return check;
    },
  };
}

/** A check is given no payload: where there is no example, its type is at fault. */
function blameType(error: unknown): never {
  const isOfPayload = error instanceof Fault && error.fields.some(({ field }) => field === 'payload');
  throw isOfPayload ? fieldFault('type', 'has no example: add one to the catalogue, or leave it out') : error;
}

function limited(message: string, retryAfterSeconds: number): Fault {
  return new Fault('rate_limited', message, { retryAfterSeconds });
}
