import { ExplainedEvent, ExplainQuery, type Explanation as ExplanationJson } from '#contract/explanation.ts';
import { shownUrl } from '#core/endpoint.ts';
import type { Explanation } from '#core/explanation.ts';
import { type AdminTable, pageRequest, scopeOf } from '../operation.ts';
import { deliveryToJson } from './deliveries.ts';
import { eventToJson } from './events.ts';

export const explanation = {
  explainEvent: {
    command: 'explainEvent',
    docs: {
      tag: 'Events',
      summary: 'Explain where an event went, and why not elsewhere',
      description:
        'One entry for each endpoint of the tenant. What is not recorded is inferred from the endpoint as it is now, and ' +
        'says so. `mode` selects the event where both modes have one of this id.',
    },
    query: ExplainQuery,
    answers: { 200: { description: 'The event, and a page of endpoints.', schema: ExplainedEvent } },
    faults: ['event_not_found'],
    parse: ({ params, query }) => ({
      ...scopeOf(params, query.mode),
      id: params.id,
      isAnyMode: true,
      ...pageRequest(query),
    }),
    reply: ({ stored, items, nextCursor }) => ({
      status: 200,
      body: { event: eventToJson(stored), data: items.map(toJson), nextCursor },
    }),
  },
} satisfies Partial<AdminTable>;

function toJson(explained: Explanation): ExplanationJson {
  const { endpoint, url, mode, reason, isRecorded, filterReasons, delivery } = explained;
  return {
    endpoint,
    url: shownUrl(url),
    mode,
    reason,
    basis: isRecorded ? 'recorded' : 'inferred',
    filterReasons: [...filterReasons],
    delivery: delivery === null ? null : deliveryToJson(delivery),
  };
}
