import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { Mode, choice, nullable, timeOut, type JsonValue } from './schema.ts';

export const EndpointParams = Type.Object({
  tenant: Type.String({ minLength: 1, maxLength: 255, examples: ['acme'] }),
  id: Type.String({ description: 'The id of the endpoint.', minLength: 1, maxLength: 255 }),
});

const url = Type.String({
  description: 'Where deliveries go: https, a public host, no user or password in it.',
  minLength: 1,
  maxLength: 8192,
  examples: ['https://shop.example/hooks'],
});
const description = nullable(Type.String({ description: 'For people.', maxLength: 500 }));

/** Limits in number are the server's configuration; this one only bounds what is looked at. */
const eventTypes = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
  description: 'Exact names of event types, or `*` for all.',
  minItems: 1,
  maxItems: 1000,
  examples: [['invoice.paid', 'invoice.voided'], ['*']],
});

const fields = {
  id: Type.String({ examples: ['ep_01kdw2v0s7f4gr0000000000ab'] }),
  url,
  eventTypes: Type.Array(Type.String(), {
    description: 'Exact names of event types, or `*` for all; empty for none.',
    examples: [['*']],
  }),
  mode: Mode,
  description,
  attributes: Type.Unsafe<Readonly<Record<string, JsonValue>>>({
    type: 'object',
    additionalProperties: true,
    description: 'What the dialect keeps of it beside this, by its own names: a public key, a title.',
    examples: [{}],
  }),
  enabled: Type.Boolean({ description: 'While false, its deliveries are held.' }),
  disabledReason: nullable(
    choice(['requested', 'gone', 'failing'], {
      description:
        'Somebody asked for it, the receiver answered 410 Gone, or it failed for too long. Null while enabled.',
    }),
  ),
  disabledAt: nullable(timeOut('When it was disabled; null while enabled.')),
  failureCount: Type.Integer({ description: 'Failed attempts in a row.', minimum: 0 }),
  firstFailureAt: nullable(
    timeOut('The first failure of the present run; null when the last attempt succeeded.'),
  ),
  lastFailureAt: nullable(
    timeOut('The last failure of the present run; null when the last attempt succeeded.'),
  ),
  createdAt: timeOut('When it was made.'),
  updatedAt: timeOut('When it was last changed.'),
};

export const Endpoint = Type.Object(fields, {
  $id: 'Endpoint',
  description: 'One registered URL with its event types, whichever dialect made it.',
});
export type Endpoint = Static<typeof Endpoint>;

export const EndpointWithSecret = Type.Object(
  {
    ...fields,
    secret: nullable(
      Type.String({
        description:
          'What signs its deliveries. Shown when it is made and when it is rotated; null where receivers verify ' +
          'with a public key (see `attributes`) or with a secret that the tenant sets.',
      }),
    ),
  },
  { $id: 'EndpointWithSecret', description: 'An endpoint with its new signing secret.' },
);
export type EndpointWithSecret = Static<typeof EndpointWithSecret>;

export const EndpointPage = pageOf(Endpoint, 'EndpointPage');
export type EndpointPage = Static<typeof EndpointPage>;

export const EndpointQuery = Type.Object(
  {
    mode: Type.Optional(Mode),
    enabled: Type.Optional(Type.Boolean({ description: 'Only enabled ones, or only disabled ones.' })),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type EndpointQuery = Static<typeof EndpointQuery>;

export const CreateEndpoint = Type.Object(
  { url, eventTypes, mode: Type.Optional(Mode), description: Type.Optional(description) },
  {
    $id: 'CreateEndpoint',
    description: '`mode` is live unless said otherwise.',
    additionalProperties: false,
  },
);
export type CreateEndpoint = Static<typeof CreateEndpoint>;

export const ChangeEndpoint = Type.Object(
  {
    url: Type.Optional(url),
    eventTypes: Type.Optional(eventTypes),
    description: Type.Optional(description),
  },
  { $id: 'ChangeEndpoint', description: 'Only what is given changes.', additionalProperties: false },
);
export type ChangeEndpoint = Static<typeof ChangeEndpoint>;

export const overlapSecondsDefault = 86_400;

export const RotateSecret = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Integer({
        description: 'How long the old secret signs beside the new one, where the dialect has room for two.',
        minimum: 0,
        maximum: 30 * 86_400,
        default: overlapSecondsDefault,
      }),
    ),
  },
  { $id: 'RotateSecret', additionalProperties: false },
);
export type RotateSecret = Static<typeof RotateSecret>;
