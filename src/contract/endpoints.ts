import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import {
  changeRule,
  choice,
  eventTypeIn,
  idIn,
  type JsonValue,
  Metadata,
  Mode,
  nullable,
  timeOut,
} from './schema.ts';
import { ownSecret, previousSecretEndsAt } from './secrets.ts';
import { settingsIn, settingsOut } from './settings.ts';

const url = Type.String({
  description: 'Where deliveries go: https, a public host, no user or password in it.',
  minLength: 1,
  // A longer one than the server is configured for is refused with `url_refused`.
  maxLength: 8192,
  examples: ['https://shop.example/hooks'],
});
const description = nullable(Type.String({ description: 'A text to show.', maxLength: 500 }));

const eventTypesRule =
  'Names of event types, prefixes such as `invoice.*` (any type with one more segment or more), or `*` for all.';

const eventTypes = Type.Array(eventTypeIn('An event type, a prefix, or `*`.'), {
  description: eventTypesRule,
  minItems: 1,
  examples: [['invoice.paid', 'payout.*'], ['*']],
});

export const DisabledReason = choice(['requested', 'gone', 'failing'], {
  $id: 'DisabledReason',
  description:
    'A client or the operator disabled it, the receiver answered 410 Gone, or it failed for too long. Null while enabled.',
});

export const EndpointKind = choice(['push', 'pull'], {
  $id: 'EndpointKind',
  description:
    '`push`: deliveries are sent to its URL. `pull`: they wait until a client takes them; see docs/pull.md.',
});

const fields = {
  id: Type.String({ examples: ['ep_01kdw2v0s7f4gr0000000000ab'] }),
  kind: EndpointKind,
  url: nullable(url),
  eventTypes: Type.Array(Type.String(), {
    description: `${eventTypesRule} As they were given; empty for none.`,
    examples: [['*']],
  }),
  mode: Mode,
  description,
  attributes: Type.Unsafe<Readonly<Record<string, JsonValue>>>({
    type: 'object',
    additionalProperties: true,
    description: 'What the dialect keeps with it, under its own names: a public key, a title.',
    examples: [{}],
  }),
  metadata: Metadata,
  ...settingsOut,
  previousSecretEndsAt,
  enabled: Type.Boolean({ description: 'While false, its deliveries are held.' }),
  disabledReason: nullable(DisabledReason),
  disabledAt: nullable(timeOut('When it was disabled; null while enabled.')),
  failureCount: Type.Integer({ description: 'Failed attempts in a row.', minimum: 0 }),
  firstFailureAt: nullable(
    timeOut('The first failure since the last success; null when the last attempt succeeded.'),
  ),
  lastFailureAt: nullable(
    timeOut('The last failure since the last success; null when the last attempt succeeded.'),
  ),
  createdAt: timeOut('When it was created.'),
  updatedAt: timeOut('When it was last changed.'),
};

export const Endpoint = Type.Object(fields, {
  $id: 'Endpoint',
  description: 'A destination of deliveries with its event types, of any dialect.',
});
export type Endpoint = Static<typeof Endpoint>;

export const EndpointWithSecret = Type.Object(
  {
    ...fields,
    secret: nullable(
      Type.String({
        description:
          'Signs its deliveries. Shown when it is created and rotated, and on request; null where receivers verify with a public ' +
          'key (see `attributes`) or with a secret that the tenant sets.',
      }),
    ),
  },
  { $id: 'EndpointWithSecret', description: 'An endpoint with its new signing secret.' },
);
export type EndpointWithSecret = Static<typeof EndpointWithSecret>;

export const EndpointPage = pageOf(Endpoint, 'EndpointPage');
export type EndpointPage = Static<typeof EndpointPage>;

const FoundEndpoint = Type.Object(
  { tenant: Type.String({ description: 'The tenant that owns it.', examples: ['acme'] }), ...fields },
  { $id: 'FoundEndpoint', description: 'An endpoint of any tenant.' },
);
export type FoundEndpoint = Static<typeof FoundEndpoint>;

export const FoundEndpointPage = pageOf(FoundEndpoint, 'FoundEndpointPage');
export type FoundEndpointPage = Static<typeof FoundEndpointPage>;

const filter = {
  mode: Type.Optional(Mode),
  enabled: Type.Optional(Type.Boolean({ description: 'Only enabled ones, or only disabled ones.' })),
  id: Type.Optional(
    idIn(
      'Only the one with this id, in the form that its owner knows: its own, that as a UUID, or the one that the client chose.',
      '019b9ab0-3d45-7000-8000-000000000001',
    ),
  ),
  url: Type.Optional(
    Type.String({
      description: 'Only those whose URL begins so.',
      minLength: 1,
      maxLength: 8192,
      examples: ['https://shop.example/'],
    }),
  ),
  ...pageQuery,
};

export const EndpointQuery = Type.Object(filter, { additionalProperties: false });
export type EndpointQuery = Static<typeof EndpointQuery>;

export const FindEndpointsQuery = Type.Object(
  { tenant: Type.Optional(idIn('Only those of this tenant.', 'acme')), ...filter },
  { additionalProperties: false },
);
export type FindEndpointsQuery = Static<typeof FindEndpointsQuery>;

export const CreateEndpoint = Type.Object(
  {
    kind: Type.Optional(EndpointKind),
    url: Type.Optional(url),
    eventTypes,
    mode: Type.Optional(Mode),
    description: Type.Optional(description),
    metadata: Type.Optional(Metadata),
    secret: Type.Optional(ownSecret),
    ...settingsIn,
  },
  {
    $id: 'CreateEndpoint',
    description: '`mode` is `live` when absent, and `kind` is `push`, which needs a `url`; `pull` has none.',
    additionalProperties: false,
  },
);
export type CreateEndpoint = Static<typeof CreateEndpoint>;

export const ChangeEndpoint = Type.Object(
  {
    url: Type.Optional(url),
    eventTypes: Type.Optional(eventTypes),
    description: Type.Optional(description),
    metadata: Type.Optional(Metadata),
    ...settingsIn,
  },
  { $id: 'ChangeEndpoint', description: changeRule, additionalProperties: false },
);
export type ChangeEndpoint = Static<typeof ChangeEndpoint>;

export const overlapSecondsDefault = 86_400;

export const RotateSecret = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        description:
          'How long the old secret signs beside the new one, where the dialect can carry two signatures.',
        minimum: 0,
        maximum: 30 * 86_400,
        default: overlapSecondsDefault,
      }),
    ),
    secret: Type.Optional(ownSecret),
  },
  { $id: 'RotateSecret', additionalProperties: false },
);
export type RotateSecret = Static<typeof RotateSecret>;

export const PurgedEndpoint = Type.Object(
  { canceled: Type.Integer({ description: 'Deliveries that waited and are canceled.', minimum: 0 }) },
  { $id: 'PurgedEndpoint' },
);
export type PurgedEndpoint = Static<typeof PurgedEndpoint>;

export const TestEvent = Type.Object(
  {
    type: Type.Optional(eventTypeIn('An event type; when absent, that of the test event of the dialect.')),
    payload: Type.Optional(
      Type.Unsafe<JsonValue>({
        description: 'Any JSON; when absent, the example of the event type.',
        examples: [{ invoice: 'in_17' }],
      }),
    ),
  },
  { $id: 'TestEvent', description: 'What a test event has.', additionalProperties: false },
);
export type TestEvent = Static<typeof TestEvent>;
