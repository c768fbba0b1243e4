import { CheckEndpoint, EndpointCheck, EndpointChecks } from '#contract/checks.ts';
import { checkToJson } from '#core/check.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { type AdminTable, scopeOf } from '../operation.ts';

const tag = 'Endpoints';

export const checks = {
  checkEndpoint: {
    command: 'checkEndpoint',
    docs: {
      tag,
      summary: 'Check the receiver of an endpoint',
      description:
        'A job: up to 40 requests within 60 s, by the settings of the endpoint, some of them with wrong signatures. They ' +
        'count in no health, are no attempts and are not retried. One at a time for an endpoint, 10 per minute for a tenant.',
    },
    body: CheckEndpoint,
    answers: { 202: { description: 'It is going to be made.', schema: EndpointCheck } },
    faults: ['endpoint_not_found', 'event_type_unknown', 'field_invalid', 'rate_limited'],
    parse: ({ params, body }) => ({ ...refOf(params), ...body }),
    reply: (check) => ({ status: 202, body: checkToJson(check) }),
  },
  listChecks: {
    command: 'listChecks',
    docs: { tag, summary: 'List the last checks of a receiver' },
    answers: { 200: { description: 'The last checks.', schema: EndpointChecks } },
    faults: ['endpoint_not_found'],
    parse: ({ params }) => refOf(params),
    reply: ({ items }) => ({ status: 200, body: { data: items.map(checkToJson), nextCursor: null } }),
  },
  getCheck: {
    command: 'getCheck',
    docs: { tag, summary: 'Show a check of a receiver' },
    answers: {
      200: { description: 'The check, with its score card once it is finished.', schema: EndpointCheck },
    },
    faults: ['endpoint_not_found', 'check_not_found'],
    parse: ({ params }) => ({ ...refOf(params), check: params.check }),
    reply: (check) => ({ status: 200, body: checkToJson(check) }),
  },
} satisfies Partial<AdminTable>;

function refOf(params: { readonly tenant: TenantId; readonly id: string }) {
  return { ...scopeOf(params), id: params.id as EndpointId };
}
