// Keys: what a client of a dialect authenticates with. A bearer token is kept as its hash alone; the secret
// of a key pair is kept sealed, because checking an HMAC needs it.
import type { Page } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { Credential, CredentialId, Mode, TenantId } from '#core/tenant.ts';
import type { Caller, CredentialKind, Dialect, IssuedCredential, Proof } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import { sha256Hex } from '#lib/hmac.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Random } from '#lib/random.ts';
import type { Seal } from '#lib/seal.ts';
import type { PageRequest, Store } from '#store/store.ts';
import type { Tenants } from './tenants.ts';

export interface Credentials {
  /** The only time that the secret part is answered. Fault `field_invalid` for a kind the dialect has not. */
  issue(
    tenant: TenantId,
    mode: Mode,
    kind?: CredentialKind,
  ): Promise<{ credential: Credential; issued: IssuedCredential }>;
  list(tenant: TenantId, page: PageRequest): Promise<Page<Credential>>;
  /** Fault `credential_not_found`. */
  remove(tenant: TenantId, id: CredentialId): Promise<void>;
  /** Whose request it is. Faults: `key_unknown`, and what the dialect says of a wrong signature. */
  authenticate(dialect: Dialect, proof: Proof): Promise<Caller>;
}

export function createCredentials(deps: {
  store: Store;
  tenants: Tenants;
  dialects: ReadonlyMap<string, Dialect>;
  clock: Clock;
  ids: IdSource;
  random: Random;
  seal: Seal;
}): Credentials {
  const { store, tenants, dialects, clock, ids, random, seal } = deps;
  return {
    async issue(tenantId, mode, wanted) {
      const tenant = await tenants.get(tenantId);
      const dialect = dialects.get(tenant.dialect);
      if (dialect === undefined)
        throw new Error(`tenant ${tenantId} speaks an unknown dialect: ${tenant.dialect}`);
      const [usual] = dialect.credentialKinds;
      const kind = wanted ?? usual ?? 'bearer';
      if (!dialect.credentialKinds.includes(kind)) {
        throw fieldFault(
          'kind',
          `must be ${dialect.credentialKinds.join(' or ')} for the dialect ${dialect.name}`,
        );
      }
      const issued = dialect.issueCredential(mode, random, kind);
      const now = clock.now();
      const id = ids.next('crd', now) as CredentialId;
      const credential: Credential = {
        id,
        tenant: tenantId,
        mode,
        kind: issued.kind,
        lookup: issued.kind === 'bearer' ? sha256Hex(issued.token) : issued.key,
        sealedSecret: issued.kind === 'bearer' ? null : seal.close(issued.secret, sealContext(id)),
        createdAt: now,
      };
      await store.credentials.create(credential);
      return { credential, issued };
    },
    async list(tenant, page) {
      await tenants.get(tenant);
      return store.credentials.list(tenant, page);
    },
    async remove(tenant, id) {
      await tenants.get(tenant);
      if (!(await store.credentials.remove(tenant, id))) {
        throw new Fault('credential_not_found', `this tenant has no credential "${id}"`);
      }
    },
    async authenticate(dialect, proof) {
      const lookup = proof.kind === 'bearer' ? sha256Hex(proof.token) : proof.key;
      const credential = await store.credentials.find(dialect.name, lookup);
      const kind = proof.kind === 'bearer' ? 'bearer' : 'key-pair';
      if (credential === null || credential.kind !== kind) {
        throw new Fault(
          'key_unknown',
          'the key is not known here; check that it is whole and of this server',
        );
      }
      if (proof.kind === 'signed' && credential.sealedSecret !== null) {
        const secret = seal.open(credential.sealedSecret, sealContext(credential.id));
        const fault = proof.check(secret, clock.now());
        if (fault !== null) throw fault;
      }
      return { tenant: credential.tenant, mode: credential.mode };
    },
  };
}

const sealContext = (id: CredentialId): string => `credential:${id}`;
