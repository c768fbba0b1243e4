// Keys of the admin API: made once and shown once, kept as a hash, removed at once in every process.
import { type AdminKey, type KeyFacts, type KeyId, reaches } from '#core/access.ts';
import type { CommandHandlers } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { sha256Hex } from '#lib/hmac.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';

const keysMax = 1000;
/** The word before the secret of a key, and how much of the key is shown later. */
const keyWord = 'adm_';
const prefixLength = keyWord.length + 8;

type KeyReads = Pick<CommandHandlers, 'listKeys' | 'findKey' | 'findConsoleSession'>;
type KeyCommands = Pick<
  CommandHandlers,
  'createKey' | 'removeKey' | 'noteKeyUse' | 'startConsoleSession' | 'endConsoleSession'
>;

export function createKeyReads({ store }: ReadDeps): KeyReads {
  return {
    async listKeys(page) {
      const { items, nextCursor } = await store.keys.list(page);
      return { items: items.map(withoutLookup), nextCursor };
    },
    findKey: ({ lookup }) => store.keys.find(lookup),
    findConsoleSession: ({ lookup }) => store.consoleSessions.find(lookup),
  };
}

export function createKeyCommands(deps: CommandDeps): KeyCommands {
  const { store, clock, effects } = deps;
  return {
    async createKey({ name, scopes, tenants, expiresAt, by }) {
      const wider = scopes.find((scope) => !by.scopes.includes(scope));
      if (wider !== undefined) {
        throw fieldFault('scopes', `must not have "${wider}", which the key that creates it does not have`);
      }
      await checkTenants(deps, by, tenants);
      const now = clock.now();
      if (expiresAt !== null && expiresAt <= now) throw fieldFault('expiresAt', 'must be in the future');
      const secret = keyWord + Buffer.from(deps.random.bytes(32)).toString('base64url');
      const key: AdminKey = {
        id: deps.ids.next('key', now) as KeyId,
        name,
        lookup: sha256Hex(secret),
        prefix: secret.slice(0, prefixLength),
        scopes,
        tenants,
        createdAt: now,
        expiresAt,
        lastUsedAt: null,
      };
      if (!(await store.keys.create(key, keysMax))) {
        throw new Fault('too_many', `there are ${keysMax} keys already; remove one that is no longer used`);
      }
      return { key: withoutLookup(key), secret };
    },
    async removeKey({ id }) {
      if ((await store.keys.remove(id)) === null) throw new Fault('key_not_found', `there is no key "${id}"`);
      effects.accessChanged();
      return null;
    },
    async noteKeyUse({ id, at }) {
      await store.keys.used(id, at);
      return null;
    },
    async startConsoleSession(session) {
      await store.consoleSessions.start(session, clock.now());
      return null;
    },
    async endConsoleSession({ lookup }) {
      await store.consoleSessions.end(lookup);
      return null;
    },
  };
}

/** A key reaches no more tenants than the one that creates it. */
async function checkTenants(
  { store }: CommandDeps,
  by: { readonly tenants: readonly TenantId[] | null },
  tenants: readonly TenantId[] | null,
): Promise<void> {
  if (tenants === null && by.tenants !== null) {
    throw fieldFault(
      'tenants',
      'is required, because the key that creates it is for some tenants',
      'required',
    );
  }
  for (const [at, tenant] of (tenants ?? []).entries()) {
    if (reaches(by, tenant) && (await store.tenants.get(tenant)) !== null) continue;
    throw fieldFault(`tenants[${at}]`, `there is no tenant "${tenant}"`);
  }
}

function withoutLookup(key: AdminKey): KeyFacts {
  const { id, name, prefix, scopes, tenants, createdAt, expiresAt, lastUsedAt } = key;
  return { id, name, prefix, scopes, tenants, createdAt, expiresAt, lastUsedAt };
}
