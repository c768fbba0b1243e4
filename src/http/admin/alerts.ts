import {
  type Alert as AlertJson,
  Alert as AlertSchema,
  AlertPage,
  AlertTest,
  ChangeAlert,
  CreateAlert,
  CreatedAlert,
  SnoozeAlert,
} from '#contract/alerts.ts';
import { PageQuery } from '#contract/page.ts';
import type { AlertId, AlertView } from '#core/alert.ts';
import type { TenantId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import { formatTime, readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Alerts';
const alert = { description: 'The alert.', schema: AlertSchema };

export const alerts = {
  createAlert: {
    command: 'createAlert',
    docs: {
      tag,
      summary: 'Create an alert',
      description:
        'Tells people when endpoints fail, are disabled or recover, when deliveries are exhausted or wait for too long, and ' +
        'when a replay has finished. A webhook is delivered as an event `alert.<type>` of the tenant `operator`, to an endpoint ' +
        'that this creates.',
    },
    body: CreateAlert,
    answers: { 201: { description: 'The new alert.', schema: CreatedAlert } },
    faults: ['too_many', 'url_refused'],
    parse: ({ body }) => ({ name: body.name, types: body.types, via: body.via, ...toInput(body) }),
    reply: ({ view, secret }) => ({ status: 201, body: { ...toJson(view), secret } }),
  },
  listAlerts: {
    command: 'listAlerts',
    docs: { tag, summary: 'List the alerts', description: 'Newest first, with what they could not send.' },
    query: PageQuery,
    answers: { 200: { description: 'A page of alerts.', schema: AlertPage } },
    parse: ({ query }) => pageRequest(query),
    reply: (page) => toPage(page, toJson),
  },
  getAlert: {
    command: 'getAlert',
    docs: { tag, summary: 'Show an alert' },
    answers: { 200: alert },
    faults: ['alert_not_found'],
    parse: ({ params }) => ({ id: params.id as AlertId }),
    reply: (view) => ({ status: 200, body: toJson(view) }),
  },
  changeAlert: {
    command: 'changeAlert',
    docs: { tag, summary: 'Change an alert', description: 'What could not be sent is tried again at once.' },
    body: ChangeAlert,
    answers: { 200: alert },
    faults: ['alert_not_found', 'endpoint_not_found', 'url_refused'],
    parse: ({ params, body }) => ({
      id: params.id as AlertId,
      ...given({ name: body.name, types: body.types, via: body.via }),
      ...toInput(body),
    }),
    reply: (view) => ({ status: 200, body: toJson(view) }),
  },
  removeAlert: {
    command: 'removeAlert',
    docs: {
      tag,
      summary: 'Remove an alert',
      description: 'With what it was still to tell, and the endpoint of a webhook.',
    },
    answers: { 204: { description: 'It is removed.' } },
    faults: ['alert_not_found'],
    parse: ({ params }) => ({ id: params.id as AlertId }),
    reply: () => ({ status: 204 }),
  },
  testAlert: {
    command: 'testAlert',
    docs: {
      tag,
      summary: 'Send a sample',
      description: 'At once, also while the alert is snoozed or disabled.',
    },
    answers: { 200: { description: 'What became of it.', schema: AlertTest } },
    faults: ['alert_not_found'],
    parse: ({ params }) => ({ id: params.id as AlertId }),
    reply: ({ error }) => ({ status: 200, body: { sent: error === null, error } }),
  },
  snoozeAlert: {
    command: 'snoozeAlert',
    docs: {
      tag,
      summary: 'Snooze an alert',
      description:
        'What happens meanwhile is counted, and told when the snooze ends, unless it is over by then.',
    },
    body: SnoozeAlert,
    answers: { 200: alert },
    faults: ['alert_not_found'],
    parse: ({ params, body: { until } }) => ({
      id: params.id as AlertId,
      until: until === null ? null : readTime(until),
    }),
    reply: (view) => ({ status: 200, body: toJson(view) }),
  },
} satisfies Partial<AdminTable>;

function toInput({
  tenants,
  windowSeconds,
  enabled,
}: Pick<ChangeAlert, 'tenants' | 'windowSeconds' | 'enabled'>) {
  const windowMs = windowSeconds === undefined ? undefined : windowSeconds * 1000;
  return given({ tenants: tenants as TenantId[] | null | undefined, windowMs, enabled });
}

function toJson({ alert: { via, ...alert }, endpoint, ...status }: AlertView): AlertJson {
  const orNull = (time: number | null): string | null => (time === null ? null : formatTime(time));
  const { health, enabled: isDelivering } = endpoint ?? { health: null, enabled: true };
  const isFailing = health !== null && health.failureCount > 0;
  const ofEndpoint = isDelivering
    ? isFailing
      ? `the last ${health.failureCount} requests to its endpoint have failed`
      : null
    : 'its endpoint in the tenant operator is disabled';
  return {
    id: alert.id,
    name: alert.name,
    types: [...alert.types],
    tenants: alert.tenants === null ? null : [...alert.tenants],
    via: viaToJson(via, endpoint),
    windowSeconds: alert.windowMs / 1000,
    enabled: alert.enabled,
    snoozedUntil: orNull(alert.snoozedUntil),
    createdAt: formatTime(alert.createdAt),
    updatedAt: formatTime(alert.updatedAt),
    lastSentAt: orNull(status.lastSentAt),
    lastError: status.lastError ?? ofEndpoint,
    lastErrorAt: orNull(status.lastError === null && isFailing ? health.lastFailureAt : status.lastErrorAt),
  };
}

function viaToJson(via: AlertView['alert']['via'], endpoint: AlertView['endpoint']): AlertJson['via'] {
  switch (via.kind) {
    case 'webhook':
      return { kind: 'webhook', endpoint: via.endpoint, url: endpoint?.url ?? null };
    case 'email':
      return { kind: 'email', to: [...via.to] };
    default:
      return { kind: 'chat', host: via.host };
  }
}
