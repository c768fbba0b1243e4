import { type Static, Type } from 'typebox';
import { pageOf, pageQuery } from './page.ts';
import { choice, idIn, type JsonValue, Mode, nullable, timeIn, timeOut } from './schema.ts';

const AuditActor = Type.Object(
  {
    kind: choice(['root', 'key', 'credential', 'portal'], {
      description:
        '`root`: a key of the configuration. `key`: a key of this API. `credential`: that of a client of a tenant. ' +
        '`portal`: a session of the portal.',
    }),
    id: Type.String({
      description: 'Of a key of the configuration its fingerprint.',
      examples: ['key_01kdw2v0s7f4gr0000000000ab'],
    }),
    name: Type.String({ description: 'The name of the key, or the tenant.', examples: ['support'] }),
    console: Type.Boolean({ description: 'True for a session of the console that the key has opened.' }),
  },
  { $id: 'AuditActor', description: 'With what the change was asked for.' },
);

const AuditFacts = Type.Unsafe<{ readonly [name: string]: JsonValue }>({
  $id: 'AuditFacts',
  type: 'object',
  additionalProperties: true,
  description:
    'What is shown of a thing, without secrets. A member of more than 1024 bytes is an object with their number, `bytes`.',
});

export const AuditEntry = Type.Object(
  {
    id: Type.String({ examples: ['aud_01kdw2v0s7f4gr0000000000ab'] }),
    at: timeOut('When it was changed.'),
    actor: AuditActor,
    command: Type.String({ description: 'What was asked for.', examples: ['changeEndpoint'] }),
    tenant: nullable(Type.String({ description: 'Null for what belongs to no tenant.' })),
    mode: nullable(Mode),
    noun: Type.String({ description: 'What kind of thing was changed.', examples: ['endpoint'] }),
    target: Type.String({ description: 'Its id.', examples: ['ep_01kdw2v0s7f4gr0000000000ab'] }),
    before: nullable(AuditFacts),
    after: nullable(AuditFacts),
    address: nullable(
      Type.String({ description: 'Of the client, as far as the proxies on the way are trusted.' }),
    ),
    requestId: nullable(Type.String({ description: '`X-Request-Id` of the request.' })),
  },
  {
    $id: 'AuditEntry',
    description:
      'One change. `before` is null when the thing was made, `after` when it was removed; otherwise both have the members ' +
      'that differ.',
  },
);
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditPage = pageOf(AuditEntry, 'AuditPage');
export type AuditPage = Static<typeof AuditPage>;

export const AuditQuery = Type.Object(
  {
    tenant: Type.Optional(idIn('Only changes of this tenant.', 'acme')),
    actor: Type.Optional(idIn('Only changes by this one.', 'key_01kdw2v0s7f4gr0000000000ab')),
    command: Type.Optional(idIn('Only changes by this command.', 'changeEndpoint')),
    since: Type.Optional(timeIn('Only changes at this time or later.')),
    until: Type.Optional(timeIn('Only changes before this time.')),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type AuditQuery = Static<typeof AuditQuery>;
