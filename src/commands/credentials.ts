// Credentials: what a client of a dialect authenticates with. A bearer token is kept as its hash alone; the secret of a
// key pair is kept sealed (encrypted), because checking an HMAC needs it.
import type { Caller, Client, IssuedCredential } from '#core/caller.ts';
import type { CommandHandlers, CredentialFacts } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { Credential, CredentialId } from '#core/tenant.ts';
import { credentialContext } from '#core/secrets.ts';
import { slotOf } from '#core/slot.ts';
import { sha256Hex } from '#lib/hmac.ts';
import { dialectNamed } from '#dialects/dialect.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

type CredentialCommands = Pick<CommandHandlers, 'createCredential' | 'removeCredential' | 'authenticate'>;

export function createCredentialReads(deps: ReadDeps): Pick<CommandHandlers, 'listCredentials'> {
  return {
    async listCredentials({ tenant, ...page }) {
      await dialectOf(deps, tenant);
      const { items, nextCursor } = await deps.store.credentials.list(tenant, page);
      return { items: items.map(withoutSecret), nextCursor };
    },
  };
}

export function createCredentialCommands(deps: CommandDeps): CredentialCommands {
  const { store, clock } = deps;
  return {
    async createCredential({ tenant, mode, kind }) {
      const dialect = await dialectOf(deps, tenant);
      const wanted = kind ?? dialect.credentialKinds[0] ?? 'bearer';
      if (!dialect.credentialKinds.includes(wanted)) {
        throw fieldFault(
          'kind',
          `must be ${dialect.credentialKinds.join(' or ')} for the dialect ${dialect.name}`,
        );
      }
      const issued = dialect.issueCredential(mode, deps.random, wanted);
      const now = clock.now();
      const id = deps.ids.next('crd', now, slotOf(tenant)) as CredentialId;
      const credential = { id, tenant, mode, ...toStored(deps, id, issued), createdAt: now };
      await store.credentials.create(credential);
      return { credential: withoutSecret(credential), issued };
    },
    async removeCredential({ tenant, id }) {
      await dialectOf(deps, tenant);
      if (!(await store.credentials.remove(tenant, id))) {
        throw new Fault('credential_not_found', `this tenant has no credential "${id}"`);
      }
      return null;
    },
    async authenticate(client) {
      const caller = await authenticate(deps, client);
      // After a restart the pool is empty: fill it before the client creates an endpoint.
      deps.secretPool.fill(dialectNamed(deps.dialects, client.dialect));
      return caller;
    },
  };
}

/** See `Commands.authenticate`. */
export async function authenticate(
  { store, dialects, seal, clock }: ReadDeps,
  { dialect: name, proof }: Client,
): Promise<Caller> {
  const lookup = proof.kind === 'bearer' ? sha256Hex(proof.token) : proof.key;
  const credential = await store.credentials.find(name, lookup);
  const kind = proof.kind === 'bearer' ? 'bearer' : 'key-pair';
  if (credential === null || credential.kind !== kind) {
    throw new Fault('key_unknown', 'the key is not known here; check that it is whole and of this server');
  }
  const { id, tenant, mode, sealedSecret } = credential;
  if (proof.kind === 'signed') {
    const { checkSignature } = dialectNamed(dialects, name);
    if (sealedSecret === null || checkSignature === undefined) {
      throw new Error(`dialect ${name} takes signed requests and cannot check them`);
    }
    const secret = seal.open(sealedSecret, credentialContext(id));
    const fault = checkSignature(proof.evidence, { tenant, secret }, clock.now());
    if (fault !== null) throw fault;
  }
  const caller = { tenant, mode, credential: id };
  return dialectNamed(dialects, name).endpointRules.hasPull === true ? caller : { ...caller, kind: 'push' };
}

function toStored(
  { seal }: CommandDeps,
  id: CredentialId,
  issued: IssuedCredential,
): Pick<Credential, 'kind' | 'lookup' | 'sealedSecret'> {
  return issued.kind === 'bearer'
    ? { kind: 'bearer', lookup: sha256Hex(issued.token), sealedSecret: null }
    : {
        kind: 'key-pair',
        lookup: issued.key,
        sealedSecret: seal.close(issued.secret, credentialContext(id)),
      };
}

function withoutSecret({ id, tenant, mode, kind, lookup, createdAt }: Credential): CredentialFacts {
  return { id, tenant, mode, kind, lookup, createdAt };
}
