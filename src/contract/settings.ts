// Settings of an endpoint, as requests give them and answers show them. Each is a member of the endpoint itself.
import { type Static, Type } from 'typebox';
import { choice, Json, type JsonValue, nullable } from './schema.ts';

const Filter = Type.Unsafe<Readonly<Record<string, JsonValue>>>({
  type: 'object',
  title: 'Filter',
  additionalProperties: true,
  description:
    'Conditions on the payload: only events that match are delivered. At most 8 KiB of JSON and 16 levels. ' +
    '`$eq $neq $gt $gte $lt $lte $in $nin $startsWith $endsWith $exist $and $or $not`; at the top also `$type`, `$mode` and ' +
    '`$orderingKey`. Null for none.',
  examples: [{ amount: { $gte: 1000 }, customer: { country: { $in: ['DE', 'AT'] } } }],
});

const strict = { additionalProperties: false };
const headerName = Type.String({ minLength: 1, maxLength: 100, examples: ['X-Api-Key'] });

const headersRule =
  'Headers of every request, besides those of the request itself and of the signature. A secret value is encrypted and never ' +
  'shown; without a value the stored one of that name stays. `Authorization` and `Cookie` are always secret.';

const HeadersIn = Type.Array(
  Type.Object(
    {
      name: headerName,
      value: Type.Optional(nullable(Type.String({ maxLength: 2048 }))),
      secret: Type.Optional(Type.Boolean({ default: false })),
    },
    strict,
  ),
  {
    description: `${headersRule} The list replaces all that there are.`,
    maxItems: 20,
    examples: [[{ name: 'X-Region', value: 'eu' }]],
  },
);

const HeadersOut = Type.Array(
  Type.Object({
    name: headerName,
    value: nullable(Type.String({ description: 'Null for a secret one.' })),
    secret: Type.Boolean(),
  }),
  { description: headersRule, examples: [[{ name: 'X-Region', value: 'eu', secret: false }]] },
);

const authorizationType = choice(['basic', 'bearer']);
const authorizationRule =
  'The header `Authorization`. The password or the token is encrypted and never shown.';
const authorizationText = Type.String({
  minLength: 1,
  maxLength: 2048,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  'x-problem': 'must not have control characters',
});

const AuthorizationIn = Type.Object(
  {
    type: authorizationType,
    username: Type.Optional(authorizationText),
    password: Type.Optional(authorizationText),
    token: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        pattern: '^[\\u0021-\\u007e]+$',
        'x-problem': 'must be ASCII without spaces',
      }),
    ),
  },
  {
    ...strict,
    title: 'Authorization',
    description: `${authorizationRule} \`username\` and \`password\` for basic, \`token\` for bearer.`,
    examples: [{ type: 'bearer', token: 'a-token' }],
  },
);

const AuthorizationOut = Type.Object(
  { type: authorizationType, username: nullable(Type.String({ description: 'Null for bearer.' })) },
  {
    title: 'Authorization',
    description: authorizationRule,
    examples: [{ type: 'basic', username: 'carillon' }],
  },
);

const timeoutMs = Type.Integer({
  description: 'How long a request may take, with its whole response. Null for that of the dialect.',
  minimum: 1000,
  maximum: 60_000,
  examples: [10_000],
});

const retryFields = {
  delaysMs: Type.Array(Type.Integer({ minimum: 1000, maximum: 7 * 86_400_000 }), {
    description:
      'The delay before each attempt after the first one, within 7 days; empty for a single attempt.',
    maxItems: 24,
  }),
  jitter: Type.Number({
    description: 'Up to this fraction is added to each delay at random.',
    minimum: 0,
    maximum: 1,
    default: 0.1,
  }),
  from: choice(['previous', 'first'], {
    description:
      'Whether a delay counts from the end of the attempt before, or from when the first one was due.',
    default: 'previous',
  }),
};
const retryRule = {
  title: 'Retry',
  description: 'The schedule of attempts. Null for that of the dialect. What is scheduled already stays so.',
  examples: [{ delaysMs: [5000, 60_000, 3_600_000], jitter: 0.1, from: 'previous' }],
};
const RetryIn = Type.Object(
  {
    delaysMs: retryFields.delaysMs,
    jitter: Type.Optional(retryFields.jitter),
    from: Type.Optional(retryFields.from),
  },
  { ...strict, ...retryRule },
);

const DisableAfter = Type.Object(
  {
    failures: Type.Optional(
      Type.Integer({ description: 'So many failures in a row.', minimum: 1, maximum: 10_000 }),
    ),
    spanMs: Type.Optional(
      Type.Integer({
        description: 'Nothing but failures for so long.',
        minimum: 60_000,
        maximum: 30 * 86_400_000,
      }),
    ),
    never: Type.Optional(
      Type.Unsafe<true>({ description: 'It stays enabled.', type: 'boolean', enum: [true] }),
    ),
  },
  {
    ...strict,
    title: 'DisableAfter',
    description:
      'When failures disable it: one of the members. Null for the rule of the dialect. A receiver that answers 410 Gone ' +
      'disables it where the dialect says so.',
    examples: [{ failures: 20 }],
  },
);

const rateFields = {
  perSecond: Type.Number({
    description:
      'Requests per second: first attempts, retries and redeliveries. With several processes, of each of them.',
    minimum: 0.1,
    maximum: 1000,
  }),
  burst: Type.Integer({
    description:
      'Requests that may start at once after a quiet time. A twentieth of `perSecond`, at least 1, if left out.',
    minimum: 1,
    maximum: 1000,
  }),
};
const rateRule = {
  title: 'RateLimit',
  description: 'How fast requests are made. What exceeds it waits. Null for as fast as the receiver answers.',
  examples: [{ perSecond: 10, burst: 1 }],
};
const RateLimitIn = Type.Object(
  { perSecond: rateFields.perSecond, burst: Type.Optional(rateFields.burst) },
  { ...strict, ...rateRule },
);

const inFlightMax = Type.Integer({
  description:
    'Requests in flight at once, in each process. The limit of the server (`CARILLON_IN_FLIGHT_PER_ENDPOINT_MAX`) also ' +
    'applies. Null for that limit alone.',
  minimum: 1,
  maximum: 1000,
  examples: [4],
});

const tlsRule =
  'How TLS connections to the receiver are made. Certificates are always verified. Null for the public authorities, without a ' +
  'client certificate.';
const tlsVersion = choice(['TLSv1.2', 'TLSv1.3'], { $id: 'TlsVersion' });
const pem = { minLength: 1, maxLength: 16_384 };
const minVersionRule = 'The oldest version of TLS that is accepted. Null for TLSv1.2.';

const TlsIn = Type.Object(
  {
    ca: Type.Optional(
      nullable(
        Type.String({
          description:
            'The authorities that the certificate of the receiver is verified with, in place of the public ones: 1 to 10 ' +
            'certificates in PEM.',
          ...pem,
        }),
      ),
    ),
    clientCertificate: Type.Optional(
      nullable(
        Type.String({
          description:
            'The client certificate, then those that lead to its authority: 1 to 10 certificates in PEM.',
          ...pem,
        }),
      ),
    ),
    clientKey: Type.Optional(
      nullable(
        Type.String({
          description:
            'The private key of the client certificate in PEM, not encrypted. It is encrypted at rest and never shown.',
          ...pem,
        }),
      ),
    ),
    minVersion: Type.Optional(nullable({ ...tlsVersion, description: minVersionRule })),
  },
  {
    ...strict,
    title: 'Tls',
    description: `${tlsRule} What is left out stays as it is; null removes it.`,
    examples: [{ minVersion: 'TLSv1.3' }],
  },
);

const certificates = (description: string) =>
  nullable(
    Type.Array(
      Type.Object({
        subject: Type.String({ examples: ['CN=carillon'] }),
        issuer: Type.String({ examples: ['O=Shop, CN=Shop CA'] }),
        notAfter: Type.String({ description: 'When it expires. RFC 3339.', format: 'date-time' }),
        sha256: Type.String({ description: 'Its fingerprint, in hex.' }),
      }),
      { description },
    ),
  );

const TlsOut = Type.Object(
  {
    ca: certificates('The authorities of the receiver. Null for the public ones.'),
    clientCertificate: certificates('The client certificate and those that lead to its authority.'),
    hasClientKey: Type.Boolean({ description: 'Whether there is a private key, which is never shown.' }),
    minVersion: nullable({ ...tlsVersion, description: minVersionRule }),
  },
  {
    title: 'Tls',
    description: tlsRule,
    examples: [{ ca: null, clientCertificate: null, hasClientKey: false, minVersion: 'TLSv1.3' }],
  },
);

const egress = Type.String({
  description:
    'The egress proxy that requests go through, by its name in the configuration, or `direct` for none. Null for the default of ' +
    'the configuration. Only the operator sets it.',
  minLength: 1,
  maxLength: 40,
  examples: ['direct'],
});

const transform = Type.String({
  description:
    'JavaScript whose last expression is a function `(event) => payload`, or `null` to cancel the delivery, or ' +
    '`{payload, headers, path}`. At most 32 KiB; each call has 50 ms and 16 MiB, and neither I/O nor a clock nor randomness.',
  minLength: 1,
  maxLength: 32_768,
  examples: ['(event) => ({ ...event.payload, source: "payments" })'],
});

/** In a request; null removes a setting. */
export const settingsIn = {
  filter: Type.Optional(nullable(Filter)),
  headers: Type.Optional(nullable(HeadersIn)),
  authorization: Type.Optional(nullable(AuthorizationIn)),
  timeoutMs: Type.Optional(nullable(timeoutMs)),
  retry: Type.Optional(nullable(RetryIn)),
  disableAfter: Type.Optional(nullable(DisableAfter)),
  rateLimit: Type.Optional(nullable(RateLimitIn)),
  inFlightMax: Type.Optional(nullable(inFlightMax)),
  tls: Type.Optional(nullable(TlsIn)),
  egress: Type.Optional(nullable(egress)),
  transform: Type.Optional(nullable(transform)),
};

/** The same in a request of a tenant, which must not get around the proxies of the operator. */
export const { egress: _operatorsOwn, ...tenantSettingsIn } = settingsIn;

/** In an answer. */
export const settingsOut = {
  filter: nullable(Filter),
  headers: nullable(HeadersOut),
  authorization: nullable(AuthorizationOut),
  timeoutMs: nullable(timeoutMs),
  retry: nullable(Type.Object(retryFields, retryRule)),
  disableAfter: nullable(DisableAfter),
  rateLimit: nullable(Type.Object(rateFields, rateRule)),
  inFlightMax: nullable(inFlightMax),
  tls: nullable(TlsOut),
  egress: nullable(egress),
  transform: nullable(transform),
};

const SettingsIn = Type.Object(settingsIn);
export type SettingsIn = Static<typeof SettingsIn>;

/** A body with the members that are settings put together, if there are any. */
export function gatherSettings<T extends SettingsIn>(
  body: T,
): Omit<T, keyof SettingsIn> & { readonly settings?: SettingsIn } {
  const isSetting = ([name]: readonly [string, unknown]): boolean => Object.hasOwn(settingsIn, name);
  const entries = Object.entries(body);
  const others = Object.fromEntries(entries.filter((entry) => !isSetting(entry)));
  const settings: SettingsIn = Object.fromEntries(entries.filter(isSetting));
  const gathered = Object.keys(settings).length === 0 ? {} : { settings };
  return { ...(others as Omit<T, keyof SettingsIn>), ...gathered };
}

export const FilterSample = Type.Object(
  {
    payload: Json,
    type: Type.Optional(Type.String({ description: 'The event type, for `$type`.', maxLength: 128 })),
    orderingKey: Type.Optional(
      Type.String({ description: 'The ordering key, for `$orderingKey`.', maxLength: 200 }),
    ),
    filter: Type.Optional(
      nullable(
        Type.Unsafe<Readonly<Record<string, JsonValue>>>({
          type: 'object',
          title: 'Filter',
          additionalProperties: true,
          description: 'A filter to try in place of that of the endpoint. Null for none.',
        }),
      ),
    ),
  },
  { $id: 'FilterSample', description: 'An event to try a filter with.', additionalProperties: false },
);
export type FilterSample = Static<typeof FilterSample>;

export const FilterVerdict = Type.Object(
  {
    matches: Type.Boolean({ description: 'Whether the event would be delivered.' }),
    reasons: Type.Array(
      Type.Object({
        path: Type.String({
          description: 'Where in the payload; empty for the payload itself.',
          examples: ['customer.country'],
        }),
        message: Type.String({ examples: ['is "FR"; the filter asks for $in ["DE","AT"]'] }),
      }),
      { description: 'Why it does not match, at most 20; empty when it matches.' },
    ),
  },
  { $id: 'FilterVerdict' },
);
export type FilterVerdict = Static<typeof FilterVerdict>;

export const TransformSample = Type.Object(
  {
    payload: Json,
    type: Type.Optional(
      Type.String({ description: 'The event type; one of the dialect by default.', maxLength: 128 }),
    ),
    orderingKey: Type.Optional(Type.String({ description: 'The ordering key.', maxLength: 200 })),
    transform: Type.Optional(
      nullable(
        Type.String({
          description: 'A source to try in place of that of the endpoint. Null for none.',
          minLength: 1,
          maxLength: 32_768,
        }),
      ),
    ),
  },
  {
    $id: 'TransformSample',
    description: 'An event to try a transform with.',
    additionalProperties: false,
  },
);
export type TransformSample = Static<typeof TransformSample>;

export const TransformVerdict = Type.Object(
  {
    canceled: Type.Boolean({ description: 'It returned null: the delivery would be canceled.' }),
    payload: Json,
    headers: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Headers that it added.',
    }),
    url: nullable(
      Type.String({ description: 'Where it would be sent; null when nothing would.', format: 'uri' }),
    ),
    error: nullable(
      Type.Object(
        {
          message: Type.String({ examples: ["TypeError: cannot read property 'id' of undefined"] }),
          line: nullable(Type.Integer({ description: 'Of the source, from 1.' })),
          column: nullable(Type.Integer({ description: 'From 1.' })),
        },
        { title: 'TransformError', description: 'Why the attempt would fail; null when it would not.' },
      ),
    ),
    durationMs: Type.Number({ description: 'How long the call took.' }),
  },
  { $id: 'TransformVerdict', description: 'What a transform makes of a sample.' },
);
export type TransformVerdict = Static<typeof TransformVerdict>;
