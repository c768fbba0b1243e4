// What sending to an endpoint needs (URL, opened secrets, dialect), kept in memory by its revision.
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { type SecretBox, tenantSecretContext } from '#core/secrets.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { Seal } from '#lib/seal.ts';
import type { Store } from '#store/store.ts';

export interface Target {
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly secrets: readonly string[];
}

export interface Targets {
  /** The target as of `revision` or later; null when the endpoint has been removed. */
  get(id: EndpointId, revision: number): Target | null | Promise<Target | null>;
  /** The endpoint has changed: the next `get` reads it again. */
  forget(id: EndpointId): void;
}

/** Targets kept; beyond it those kept longest are read again when needed. */
const targetsMax = 20_000;

export function createTargets(deps: {
  store: Store;
  dialects: ReadonlyMap<string, Dialect>;
  secrets: SecretBox;
  seal: Seal;
  clock: Clock;
}): Targets {
  const kept = new Map<EndpointId, { target: Target; readonly secretsUntil: number }>();

  const load = async (id: EndpointId): Promise<Target | null> => {
    const loaded = await deps.store.endpoints.load(id);
    if (loaded === null) return null;
    const dialect = deps.dialects.get(loaded.dialect);
    if (dialect === undefined) throw new Error(`endpoint ${id} speaks an unknown dialect: ${loaded.dialect}`);
    const { endpoint } = loaded;
    const secrets =
      dialect.secretOwner === 'endpoint'
        ? deps.secrets.open(endpoint, deps.clock.now())
        : openTenantSecret(endpoint, loaded.tenantSecret);
    const target = { endpoint, dialect, secrets };
    const secretsUntil = Math.min(...endpoint.secrets.map(({ expiresAt }) => expiresAt ?? Infinity));
    kept.set(id, { target, secretsUntil });
    if (kept.size > targetsMax) kept.delete(kept.keys().next().value ?? id);
    return target;
  };

  const openTenantSecret = ({ tenant, mode }: Endpoint, sealed: string | null): readonly string[] =>
    sealed === null ? [] : [deps.seal.open(sealed, tenantSecretContext(tenant, mode))];

  return {
    get(id, revision) {
      const entry = kept.get(id);
      const isFresh =
        entry !== undefined &&
        entry.target.endpoint.revision >= revision &&
        deps.clock.now() < entry.secretsUntil;
      return isFresh ? entry.target : load(id);
    },
    forget: (id) => void kept.delete(id),
  };
}
