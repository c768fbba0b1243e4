// The portal: its sessions in the admin API, and its own API under /portal/api.
import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { choice, Json, Mode, nullable, timeOut } from './schema.ts';

export const PortalPermission = choice(['read', 'endpoints', 'secrets', 'redeliver', 'replay', 'test'], {
  $id: 'PortalPermission',
  description:
    '`read`: show and list. `endpoints`: create, change and remove them. `secrets`: rotate them. `redeliver`: one delivery ' +
    'again. `replay`: many. `test`: send test events.',
});
export type PortalPermission = Static<typeof PortalPermission>;

const permissions = Type.Array(PortalPermission, {
  description: 'What the session may do.',
  minItems: 1,
  maxItems: 6,
  uniqueItems: true,
});

const origins = Type.Array(
  Type.String({
    maxLength: 270,
    pattern: '^https://[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?(:[0-9]{1,5})?$',
    'x-problem': 'must be an origin such as https://app.example.com',
    examples: ['https://app.example.com'],
  }),
  {
    description: 'Whose pages may hold the portal in a frame; none when absent.',
    maxItems: 10,
    uniqueItems: true,
  },
);

const returnUrl = Type.String({
  description: 'Where the page leads back to.',
  maxLength: 2048,
  pattern: '^https://[^\\s"<>\\\\]+$',
  'x-problem': 'must be an https: URL',
  examples: ['https://app.example.com/settings'],
});

const Theme = Type.Object(
  {
    colorScheme: Type.Optional(choice(['auto', 'light', 'dark'])),
    accent: Type.Optional(
      Type.String({
        description: 'A color.',
        pattern: '^#[0-9a-fA-F]{6}$',
        'x-problem': 'must be like #0055cc',
      }),
    ),
    name: Type.Optional(
      Type.String({ description: 'The name of the platform.', minLength: 1, maxLength: 60 }),
    ),
  },
  { $id: 'PortalTheme', description: 'How the page looks.', additionalProperties: false },
);

export const CreatePortalSession = Type.Object(
  {
    mode: Mode,
    permissions: Type.Optional({ ...permissions, description: 'All of them when absent.' }),
    expiresInSeconds: Type.Optional(
      Type.Integer({ description: 'How long it lasts.', minimum: 300, maximum: 86_400, default: 3600 }),
    ),
    embedOrigins: Type.Optional(origins),
    returnUrl: Type.Optional(returnUrl),
    theme: Type.Optional(Theme),
  },
  { $id: 'CreatePortalSession', additionalProperties: false },
);
export type CreatePortalSession = Static<typeof CreatePortalSession>;

const id = Type.String({ examples: ['pts_01kdw2v0s7f4gr0000000000ab'] });
const expiresAt = timeOut('When it ends.');

export const IssuedPortalSession = Type.Object(
  {
    id,
    url: Type.String({
      description: 'Where to send the person: the link opens once. Shown only in this answer.',
      examples: ['https://hooks.example.com/portal/pts_01kdw2v0s7f4gr0000000000ab#q8m1…'],
    }),
    expiresAt,
  },
  { $id: 'IssuedPortalSession', description: 'A new session of the portal.' },
);
export type IssuedPortalSession = Static<typeof IssuedPortalSession>;

export const PortalSession = Type.Object(
  {
    id,
    mode: Mode,
    permissions,
    embedOrigins: Type.Array(Type.String()),
    returnUrl: nullable(Type.String()),
    theme: Theme,
    createdAt: timeOut('When it was created.'),
    openedAt: nullable(timeOut('When its link was opened; null before.')),
    expiresAt,
  },
  { $id: 'PortalSession', description: 'A session of the portal, without its secret.' },
);
export type PortalSession = Static<typeof PortalSession>;

export const PortalSessionPage = pageOf(PortalSession, 'PortalSessionPage');
export type PortalSessionPage = Static<typeof PortalSessionPage>;

export const RevokedPortalSessions = Type.Object(
  { revoked: Type.Integer({ description: 'How many were revoked.', minimum: 0 }) },
  { $id: 'RevokedPortalSessions' },
);
export type RevokedPortalSessions = Static<typeof RevokedPortalSessions>;

/** What the page of the portal knows of its session. */
export const PortalAccess = Type.Object(
  { ...PortalSession.properties, tenant: Type.String(), dialect: Type.String() },
  { $id: 'PortalAccess', description: 'The session of this tab.' },
);
export type PortalAccess = Static<typeof PortalAccess>;

export const OpenPortal = Type.Object(
  {
    id: Type.String({ description: 'From the path of the link.', minLength: 1, maxLength: 64 }),
    secret: Type.String({
      description: 'What stands after the # of the link.',
      minLength: 1,
      maxLength: 128,
    }),
  },
  { $id: 'OpenPortal', additionalProperties: false },
);
export type OpenPortal = Static<typeof OpenPortal>;

export const OpenedPortal = Type.Object(
  {
    ...PortalAccess.properties,
    token: Type.String({ description: 'For this tab: the bearer token of its requests.' }),
  },
  { $id: 'OpenedPortal', description: 'The session, opened.' },
);
export type OpenedPortal = Static<typeof OpenedPortal>;

export const PortalEventTypes = Type.Object(
  {
    data: Type.Array(
      Type.Object(
        { name: Type.String({ examples: ['invoice.paid'] }), example: Json },
        { $id: 'PortalEventType' },
      ),
      { description: 'Those that the dialect of the tenant has an example of.' },
    ),
  },
  { $id: 'PortalEventTypes' },
);
export type PortalEventTypes = Static<typeof PortalEventTypes>;
