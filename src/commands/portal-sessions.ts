// Sessions of the portal: made by the operator, opened once by whoever has the link, and used with the token that this gives.
import type { CommandHandlers } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import type { PortalFacts, PortalSession } from '#core/portal.ts';
import { slotOf } from '#core/slot.ts';
import { sha256Hex } from '#lib/hmac.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

/** Of one tenant, that have not ended. */
const sessionsMax = 1000;

type PortalReads = Pick<CommandHandlers, 'listPortalSessions' | 'findPortalSession' | 'getPortalSession'>;
type PortalCommands = Pick<
  CommandHandlers,
  'createPortalSession' | 'openPortalSession' | 'removePortalSession' | 'removePortalSessions'
>;

export function createPortalReads(deps: ReadDeps): PortalReads {
  const { portalSessions } = deps.store;
  return {
    async listPortalSessions({ tenant, ...page }) {
      await dialectOf(deps, tenant);
      const { items, nextCursor } = await portalSessions.list(tenant, page);
      return { items: items.map(withoutLookup), nextCursor };
    },
    findPortalSession: async ({ lookup }) => usable(deps, await portalSessions.find(lookup)),
    getPortalSession: async ({ id }) => usable(deps, await portalSessions.get(id)),
  };
}

export function createPortalCommands(deps: CommandDeps): PortalCommands {
  const { store, clock } = deps;
  return {
    async createPortalSession({ tenant, expiresInMs, ...given }) {
      await dialectOf(deps, tenant);
      const now = clock.now();
      const secret = makeSecret(deps, '');
      const session: PortalSession = {
        ...given,
        id: deps.ids.next('pts', now, slotOf(tenant)),
        tenant,
        lookup: sha256Hex(secret),
        createdAt: now,
        openedAt: null,
        expiresAt: now + expiresInMs,
      };
      if (!(await store.portalSessions.create(session, sessionsMax))) {
        throw new Fault('too_many', `this tenant has ${sessionsMax} portal sessions; revoke some`);
      }
      return { session: withoutLookup(session), secret };
    },
    async openPortalSession({ id, secret }) {
      const token = makeSecret(deps, 'pst_');
      const lookups = [sha256Hex(secret), sha256Hex(token)] as const;
      const session = await store.portalSessions.open(id, ...lookups, clock.now());
      if (session !== null) return { session: withoutLookup(session), token };
      throw new Fault('key_unknown', 'This link is not valid, has been opened before, or has ended.');
    },
    async removePortalSession({ tenant, id }) {
      await dialectOf(deps, tenant);
      if ((await store.portalSessions.remove(tenant, id)) > 0) return null;
      throw new Fault('session_not_found', `this tenant has no portal session "${id}"`);
    },
    async removePortalSessions({ tenant }) {
      await dialectOf(deps, tenant);
      return store.portalSessions.remove(tenant, null);
    },
  };
}

/** 256 bits. */
function makeSecret({ random }: CommandDeps, word: string): string {
  return word + Buffer.from(random.bytes(32)).toString('base64url');
}

function usable({ clock }: ReadDeps, session: PortalSession | null): PortalFacts | null {
  return session === null || session.expiresAt <= clock.now() ? null : withoutLookup(session);
}

function withoutLookup(session: PortalSession): PortalFacts {
  const { id, tenant, mode, permissions, embedOrigins, returnUrl, theme } = session;
  const { createdAt, openedAt, expiresAt } = session;
  return { id, tenant, mode, permissions, embedOrigins, returnUrl, theme, createdAt, openedAt, expiresAt };
}
