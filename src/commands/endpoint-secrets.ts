// Signing secrets of endpoints: made or brought, rotated with an overlap, and shown again on request.
import type { Change } from '#core/audit.ts';
import type { CommandHandlers } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect, NewSecret } from '#dialects/dialect.ts';
import type { CommandDeps } from './deps.ts';
import { findEndpoint, keyOf, notFound, scopeOf } from './endpoint-checks.ts';
import { dialectOf } from './tenant-dialect.ts';

/** A secret that the server makes, or `own`. Fault `field_invalid` for one that the dialect cannot sign with. */
export async function newSecret(
  { secretPool }: CommandDeps,
  dialect: Dialect,
  tenant: TenantId,
  own: string | undefined,
): Promise<NewSecret> {
  const problem = own === undefined ? null : dialect.checkSecret(own);
  if (problem !== null) throw fieldFault('secret', problem);
  const made = await secretPool.take(dialect, tenant);
  return own === undefined ? made : { ...made, secret: own };
}

/** The secret of a new endpoint; null where the tenant has one for all of them. */
export async function firstSecret(
  deps: CommandDeps,
  dialect: Dialect,
  tenant: TenantId,
  own: string | undefined,
): Promise<NewSecret | null> {
  if (dialect.secretOwner === 'endpoint') return newSecret(deps, dialect, tenant, own);
  if (own !== undefined) throw fieldFault('secret', `cannot be given: ${ofTenant(dialect)}`);
  return null;
}

export function createEndpointSecretCommands(
  deps: CommandDeps,
): Pick<CommandHandlers, 'rotateSecret' | 'revealSecret'> {
  const { store, clock, secrets, effects } = deps;
  return {
    async rotateSecret({ overlapMs, secret: own, ...ref }) {
      const dialect = await dialectOf(deps, ref.tenant);
      if (dialect.secretOwner === 'tenant') throw new Fault('field_invalid', ofTenant(dialect));
      // Made before the transaction: a key pair takes up to seconds.
      const { secret, attributes } = await newSecret(deps, dialect, ref.tenant, own);
      const now = clock.now();
      const overlap = dialect.signsWithAll ? overlapMs : 0;
      const changed = await store.endpoints.change(scopeOf(ref), keyOf(ref), (current) => ({
        now,
        isUrlUnique: false,
        secrets: secrets.rotate(current, secret, now, overlap),
        ...(attributes === undefined ? {} : { attributes: { ...current.attributes, ...attributes } }),
      }));
      if (changed === null || changed === 'url_taken') throw await notFound(deps, ref);
      const { after } = changed;
      effects.invalidate([after.id]);
      return { endpoint: after, secrets: dialect.isSecretShared ? [secret] : [] };
    },
    async revealSecret(ref) {
      const dialect = await dialectOf(deps, ref.tenant);
      const endpoint = await findEndpoint(deps, ref);
      if (dialect.secretOwner === 'tenant') throw new Fault('field_invalid', ofTenant(dialect));
      if (!dialect.isSecretShared) {
        const reason = 'receivers verify with the public key of the endpoint; its private key is never shown';
        throw new Fault('field_invalid', reason);
      }
      await noteReveal(deps, {
        tenant: ref.tenant,
        mode: endpoint.mode,
        noun: 'endpoint',
        target: endpoint.id,
      });
      return { endpoint, secrets: secrets.open(endpoint, clock.now()) };
    },
  };
}

/** Nothing changes by it, but the audit log says who has seen a secret. */
export async function noteReveal(
  { store }: CommandDeps,
  of: Pick<Change, 'tenant' | 'mode' | 'noun' | 'target'>,
): Promise<void> {
  await store.audit.append({ ...of, before: {}, after: {} });
}

const ofTenant = ({ name }: Dialect): string =>
  `endpoints of the dialect ${name} sign with the tenant's own secret`;
