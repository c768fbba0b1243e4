// The portal: its sessions in the admin API, and its own API under /portal/api.
import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { choice, Mode, nullable, timeOut } from './schema.ts';

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
    pattern:
      '^(https://[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?|http://(localhost|127[.]0[.]0[.]1))(:[0-9]{1,5})?$',
    'x-problem': 'must be an origin such as https://app.example.com; http: only of localhost and 127.0.0.1',
    examples: ['https://app.example.com'],
  }),
  {
    description:
      'Whose pages may hold the portal in a frame; none when absent. For trials also `http://localhost` and `http://127.0.0.1`, with a port.',
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

const image = Type.String({
  description:
    'An image of at most 24,576 characters as a `data:` URI: the page loads nothing from elsewhere.',
  maxLength: 24_576,
  pattern: '^data:image/(png|jpeg|webp|svg[+]xml);base64,[A-Za-z0-9+/]+={0,2}$',
  'x-problem': 'must be a data: URI of an image (PNG, JPEG, WebP or SVG) in base64',
});

export const PortalTheme = Type.Object(
  {
    colorScheme: Type.Optional(
      choice(['auto', 'light', 'dark'], {
        description: 'What is absent is `auto`: as the system of the reader says.',
      }),
    ),
    accent: Type.Optional(
      Type.String({
        description:
          'The color of buttons and links. Its contrast must be 4.5:1 or more (WCAG 2.2): with white, or with #161a21 where the ' +
          'color scheme is `dark`. For the other scheme the page changes its lightness until it has that.',
        pattern: '^#[0-9a-fA-F]{6}$',
        'x-problem': 'must be like #0055cc',
        examples: ['#0055cc'],
      }),
    ),
    radius: Type.Optional(
      Type.Integer({ description: 'Of corners, in pixels.', minimum: 0, maximum: 16, default: 6 }),
    ),
    font: Type.Optional(
      Type.String({
        description: 'Names of fonts that the reader has, as in CSS.',
        maxLength: 200,
        pattern: '^[A-Za-z0-9 ,_-]+$',
        'x-problem': 'must be names of fonts with commas between, without quotes',
        examples: ['Inter, Segoe UI, sans-serif'],
      }),
    ),
    name: Type.Optional(
      Type.String({ description: 'The name of the platform.', minLength: 1, maxLength: 60 }),
    ),
    logo: Type.Optional(image),
    logoDark: Type.Optional({ ...image, description: 'In place of `logo` on a dark page.' }),
  },
  { $id: 'PortalTheme', description: 'How the page looks.', additionalProperties: false },
);
export type PortalTheme = Static<typeof PortalTheme>;

export const CreatePortalSession = Type.Object(
  {
    mode: Mode,
    permissions: Type.Optional({ ...permissions, description: 'All of them when absent.' }),
    expiresInSeconds: Type.Optional(
      Type.Integer({ description: 'How long it lasts.', minimum: 300, maximum: 86_400, default: 3600 }),
    ),
    embedOrigins: Type.Optional(origins),
    returnUrl: Type.Optional(returnUrl),
    theme: Type.Optional(PortalTheme),
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
    theme: PortalTheme,
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
