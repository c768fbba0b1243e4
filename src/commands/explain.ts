// Explaining an event: for each endpoint of its tenant whether it went there, and if not why.
import type { CommandHandlers, PageRequest } from '#core/commands.ts';
import type { Delivery } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import { createExplainer } from '#core/explanation.ts';
import { Fault } from '#core/fault.ts';
import type { ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

export function createExplainReads(deps: ReadDeps): Pick<CommandHandlers, 'explainEvent'> {
  const { store } = deps;
  return {
    async explainEvent({ tenant, mode, id, isAnyMode, limit, cursor = null }) {
      const stored = await store.events.get({ tenant, mode }, id);
      if (stored === null) {
        await dialectOf(deps, tenant);
        throw new Fault('event_not_found', `this tenant has no event "${id}"`);
      }
      const { event } = stored;
      const scope = { tenant, mode: isAnyMode ? null : event.mode };
      const known = await store.endpoints.listKnown(scope, { limit, cursor });
      const wanted = new Set(
        known.items.filter(({ endpoint }) => endpoint.mode === event.mode).map(({ endpoint }) => endpoint.id),
      );
      const deliveries = await readDeliveries(deps, event, wanted);
      const explain = createExplainer(event);
      const items = known.items.map((one) => explain(one, deliveries.get(one.endpoint.id) ?? null));
      const isTest =
        stored.deliveries === 1 &&
        items.some(({ reason }) => reason === 'unknown') &&
        (await isTestEvent(deps, event));
      const told = isTest ? items.map(asTest) : items;
      return { stored, items: told, nextCursor: known.nextCursor };
    },
  };
}

/** A test event goes to one endpoint, whatever the others select. */
function asTest<T extends { readonly delivery: Delivery | null; readonly mode: string }>(explanation: T): T {
  const isOther = explanation.delivery === null;
  return isOther
    ? { ...explanation, reason: 'test_event', isRecorded: true, filterReasons: [] }
    : explanation;
}

const pageMax: PageRequest['limit'] = 200;

/** The deliveries of an event to these endpoints. It has at most one to each endpoint of its tenant and mode. */
async function readDeliveries(
  { store }: ReadDeps,
  { tenant, mode, id }: Event,
  endpoints: ReadonlySet<EndpointId>,
): Promise<ReadonlyMap<EndpointId, Delivery>> {
  const found = new Map<EndpointId, Delivery>();
  let cursor: string | null = null;
  do {
    const page = await listOf(store, { tenant, mode }, id, cursor);
    for (const one of page.items) if (endpoints.has(one.endpoint)) found.set(one.endpoint, one);
    cursor = page.nextCursor;
  } while (cursor !== null && found.size < endpoints.size);
  return found;
}

function listOf(
  store: ReadDeps['store'],
  scope: Pick<Event, 'tenant' | 'mode'>,
  event: string,
  cursor: string | null,
) {
  return store.deliveries.list(scope, { event }, { limit: pageMax, cursor });
}

/** Known by its first attempt. */
async function isTestEvent({ store }: ReadDeps, { tenant, mode, id }: Event): Promise<boolean> {
  const { items } = await listOf(store, { tenant, mode }, id, null);
  const [only] = items;
  const detail = only === undefined ? null : await store.deliveries.get({ tenant, mode }, only.id);
  return detail?.attempts[0]?.trigger === 'test';
}
