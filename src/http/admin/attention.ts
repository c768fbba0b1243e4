import {
  type Attention as AttentionJson,
  AttentionPage,
  AttentionQuery,
  CountsQuery,
  EndpointCounts,
  failuresMinDefault,
  waitSecondsDefault,
} from '#contract/attention.ts';
import type { Attention } from '#core/attention.ts';
import { type EndpointId, shownUrl } from '#core/endpoint.ts';
import type { Clock } from '#lib/clock.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, scopeOf, toPage } from '../operation.ts';
import { healthToJson } from './endpoints.ts';

const dayMs = 86_400_000;

export const attention = (clock: Clock) =>
  ({
    countDeliveries: {
      command: 'countDeliveries',
      docs: { tag: 'Endpoints', summary: 'Count the deliveries of an endpoint by state' },
      query: CountsQuery,
      answers: { 200: { description: 'The counts.', schema: EndpointCounts } },
      faults: ['endpoint_not_found'],
      parse: ({ params, query: { since } }) => ({
        ...scopeOf(params),
        id: params.id as EndpointId,
        since: since === undefined ? clock.now() - dayMs : readTime(since),
      }),
      reply: (counts, _request, { since }) => ({
        status: 200,
        body: { since: formatTime(since), ...counts },
      }),
    },
    listAttention: {
      command: 'listAttention',
      docs: {
        tag: 'Stats',
        summary: 'List the endpoints that need a person',
        description:
          'Of all tenants: those that were disabled automatically, that fail, or that have a backlog.',
      },
      query: AttentionQuery,
      answers: { 200: { description: 'A page of endpoints.', schema: AttentionPage } },
      parse: ({ query }) => ({
        failuresMin: query.minFailures ?? failuresMinDefault,
        waitMsMax: (query.minWaitSeconds ?? waitSecondsDefault) * 1000,
        ...pageRequest(query),
      }),
      reply: (page) => toPage(page, toJson),
    },
  }) satisfies Partial<AdminTable>;

function toJson({ endpoint, troubles, waiting, oldestDueAt }: Attention): AttentionJson {
  return {
    tenant: endpoint.tenant,
    endpoint: endpoint.id,
    url: shownUrl(endpoint.url),
    mode: endpoint.mode,
    reasons: [...troubles],
    ...healthToJson(endpoint),
    waiting,
    oldestDueAt: oldestDueAt === null ? null : formatTime(oldestDueAt),
  };
}
