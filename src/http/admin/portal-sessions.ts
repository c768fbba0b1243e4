import {
  CreatePortalSession,
  IssuedPortalSession,
  type PortalSession as SessionJson,
  PortalSessionPage,
  type PortalTheme,
  RevokedPortalSessions,
} from '#contract/portal.ts';
import { contrastMin, contrastOf, darkSurface, lightSurface } from '#contract/contrast.ts';
import { PageQuery } from '#contract/page.ts';
import { type PortalFacts, portalPermissions } from '#core/portal.ts';
import { fieldFault } from '#core/fault.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

const tag = 'Portal';
const expiresInSecondsDefault = 3600;

export const portalSessions = {
  createPortalSession: {
    command: 'createPortalSession',
    docs: {
      tag,
      summary: 'Let a person of a tenant into the portal',
      description: 'The link of the answer opens once, within its time.',
    },
    body: CreatePortalSession,
    answers: { 201: { description: 'The new session.', schema: IssuedPortalSession } },
    faults: ['too_many'],
    parse: ({ params: { tenant }, body }) => ({
      tenant,
      mode: body.mode,
      permissions: body.permissions ?? portalPermissions,
      expiresInMs: (body.expiresInSeconds ?? expiresInSecondsDefault) * 1000,
      embedOrigins: body.embedOrigins ?? [],
      returnUrl: body.returnUrl ?? null,
      theme: readTheme(body.theme),
    }),
    reply: ({ session: { id, expiresAt }, secret }, { origin }) => ({
      status: 201,
      body: { id, url: `${origin()}/portal/${id}#${secret}`, expiresAt: formatTime(expiresAt) },
    }),
  },
  listPortalSessions: {
    command: 'listPortalSessions',
    docs: { tag, summary: 'List the portal sessions of a tenant' },
    query: PageQuery,
    answers: { 200: { description: 'A page of sessions.', schema: PortalSessionPage } },
    parse: ({ params: { tenant }, query }) => ({ tenant, ...pageRequest(query) }),
    reply: (page) => toPage(page, sessionToJson),
  },
  removePortalSession: {
    command: 'removePortalSession',
    docs: { tag, summary: 'Revoke a portal session', description: 'Its tab is refused from now on.' },
    answers: { 204: { description: 'It is revoked.' } },
    faults: ['session_not_found'],
    parse: ({ params: { tenant, id } }) => ({ tenant, id }),
    reply: () => ({ status: 204 }),
  },
  removePortalSessions: {
    command: 'removePortalSessions',
    docs: { tag, summary: 'Revoke all portal sessions of a tenant' },
    answers: { 200: { description: 'How many they were.', schema: RevokedPortalSessions } },
    parse: ({ params: { tenant } }) => ({ tenant }),
    reply: (revoked) => ({ status: 200, body: { revoked } }),
  },
} satisfies Partial<AdminTable>;

function readTheme(theme: PortalTheme = {}): PortalTheme {
  const { accent, colorScheme } = theme;
  const surface = colorScheme === 'dark' ? darkSurface : lightSurface;
  const contrast = accent === undefined ? contrastMin : contrastOf(accent, surface);
  if (contrast >= contrastMin) return theme;
  // Cut, not rounded: 4.49 is not shown as 4.5.
  const shown = Math.floor(contrast * 100) / 100;
  throw fieldFault(
    'theme.accent',
    `has a contrast of ${shown}:1 with ${surface}: text needs ${contrastMin}:1 or more`,
  );
}

export function sessionToJson(session: PortalFacts): SessionJson {
  const { id, mode, permissions, embedOrigins, returnUrl, theme, createdAt, openedAt, expiresAt } = session;
  return {
    id,
    mode,
    permissions: [...permissions],
    embedOrigins: [...embedOrigins],
    returnUrl,
    theme: { ...theme },
    createdAt: formatTime(createdAt),
    openedAt: openedAt === null ? null : formatTime(openedAt),
    expiresAt: formatTime(expiresAt),
  };
}
