import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { changeRule, choice, idIn, nullable, timeIn, timeOut, withoutControls } from './schema.ts';
import { emailAddress, recipientsMax } from './tenants.ts';

export const AlertType = choice(
  [
    'endpoint.failing',
    'endpoint.disabled',
    'endpoint.recovered',
    'delivery.exhausted',
    'backlog.growing',
    'replay.finished',
  ],
  {
    $id: 'AlertType',
    description:
      '`endpoint.failing`: half way to being disabled. `endpoint.disabled`: disabled after failures or a 410. ' +
      '`endpoint.recovered`: a request was accepted again. `delivery.exhausted`: last attempts failed, counted per endpoint. ' +
      '`backlog.growing`: what is due for an endpoint waits for longer than CARILLON_ALERT_BACKLOG. `replay.finished`: a ' +
      'replay has redelivered all.',
  },
);
export type AlertType = Static<typeof AlertType>;

const name = Type.String({
  description: 'What it is for.',
  minLength: 1,
  maxLength: 100,
  ...withoutControls,
  examples: ['operations'],
});
const types = Type.Array(AlertType, {
  description: 'What it tells of.',
  minItems: 1,
  maxItems: 6,
  uniqueItems: true,
  examples: [['endpoint.disabled', 'endpoint.recovered']],
});
const windowSeconds = Type.Integer({
  description:
    'Of the same endpoint and type, at most one message is sent in so many seconds; what happens meanwhile is counted and ' +
    'sent at its end. 900 when absent.',
  minimum: 60,
  maximum: 86_400,
  examples: [900],
});
const tenantsIn = Type.Array(idIn('The id of a tenant.', 'acme'), {
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
});
const enabled = Type.Boolean({
  description: 'While false, it tells of nothing, and what waited is dropped.',
});

const to = Type.Array(emailAddress, {
  description: 'Who gets the mails. All are named in each.',
  minItems: 1,
  maxItems: recipientsMax,
  uniqueItems: true,
});
const url = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: 8192, examples: [example] });

const AlertViaIn = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('webhook'),
      url: url('Where the signed events are sent.', 'https://ops.example/alerts'),
    },
    { title: 'NewWebhookChannel', additionalProperties: false },
  ),
  Type.Object({ kind: Type.Literal('email'), to }, { title: 'NewEmailChannel', additionalProperties: false }),
  Type.Object(
    {
      kind: Type.Literal('chat'),
      url: url(
        'An incoming webhook of Slack or Teams, or of what takes `{"text"}`. It is not shown again.',
        'https://hooks.slack.example/services/T0/B0/abc',
      ),
    },
    { title: 'NewChatChannel', additionalProperties: false },
  ),
]);

const AlertViaOut = Type.Union(
  [
    Type.Object(
      {
        kind: Type.Literal('webhook'),
        endpoint: Type.String({
          description: 'The endpoint of the tenant `operator` that it is delivered to.',
        }),
        url: nullable(Type.String({ description: 'Null when the endpoint has been removed.' })),
      },
      { title: 'WebhookChannel' },
    ),
    Type.Object({ kind: Type.Literal('email'), to: Type.Array(Type.String()) }, { title: 'EmailChannel' }),
    Type.Object(
      {
        kind: Type.Literal('chat'),
        host: Type.String({
          description: 'The rest of the URL is a secret.',
          examples: ['hooks.slack.example'],
        }),
      },
      { title: 'ChatChannel' },
    ),
  ],
  { $id: 'AlertVia', description: 'How the alert reaches people.' },
);

export const Alert = Type.Object(
  {
    id: Type.String({ examples: ['alr_01kdw2v0s7f4gr0000000000ab'] }),
    name,
    types,
    tenants: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'The tenants that it tells of; null for all.',
    }),
    via: AlertViaOut,
    windowSeconds: Type.Integer({
      description: 'At most one message of an endpoint and a type in so many seconds.',
    }),
    enabled,
    snoozedUntil: nullable(timeOut('Until then messages wait; null for no snooze.')),
    createdAt: timeOut('When it was created.'),
    updatedAt: timeOut('When it was last changed.'),
    lastSentAt: nullable(timeOut('When it last sent something; null for never.')),
    lastError: nullable(
      Type.String({ description: 'Why the last message was not sent. Null after one that was.' }),
    ),
    lastErrorAt: nullable(timeOut('When sending last failed; null for never.')),
  },
  { $id: 'Alert', description: 'Who is told of what, by which channel.' },
);
export type Alert = Static<typeof Alert>;

export const AlertPage = pageOf(Alert, 'AlertPage');
export type AlertPage = Static<typeof AlertPage>;

export const CreatedAlert = Type.Object(
  {
    ...Alert.properties,
    secret: nullable(
      Type.String({
        description: 'Of a webhook: the secret that signs (Standard Webhooks). Null for others.',
      }),
    ),
  },
  { $id: 'CreatedAlert', description: 'A new alert.' },
);
export type CreatedAlert = Static<typeof CreatedAlert>;

export const CreateAlert = Type.Object(
  {
    name,
    types,
    tenants: Type.Optional(tenantsIn),
    via: AlertViaIn,
    windowSeconds: Type.Optional(windowSeconds),
    enabled: Type.Optional(enabled),
  },
  { $id: 'CreateAlert', additionalProperties: false },
);
export type CreateAlert = Static<typeof CreateAlert>;

export const ChangeAlert = Type.Object(
  {
    name: Type.Optional(name),
    types: Type.Optional(types),
    tenants: Type.Optional(
      Type.Unsafe<string[] | null>({
        ...tenantsIn,
        type: ['array', 'null'],
        description: 'Replaces all; null for all tenants.',
      }),
    ),
    via: Type.Optional(AlertViaIn),
    windowSeconds: Type.Optional(windowSeconds),
    enabled: Type.Optional(enabled),
  },
  {
    $id: 'ChangeAlert',
    description: `${changeRule} The kind of channel cannot be changed.`,
    additionalProperties: false,
  },
);
export type ChangeAlert = Static<typeof ChangeAlert>;

export const SnoozeAlert = Type.Object(
  { until: nullable(timeIn('Until then messages wait, at most 30 days from now; null ends the snooze.')) },
  { $id: 'SnoozeAlert', additionalProperties: false },
);
export type SnoozeAlert = Static<typeof SnoozeAlert>;

export const AlertTest = Type.Object(
  {
    sent: Type.Boolean({
      description: 'Of a webhook: it is on its way, and `endpoint` shows how the request ended.',
    }),
    error: nullable(Type.String({ description: 'Why it was not sent.' })),
  },
  { $id: 'AlertTest', description: 'What became of the sample.' },
);
export type AlertTest = Static<typeof AlertTest>;
