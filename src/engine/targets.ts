// Cache of what a request to an endpoint needs (URL, decrypted secrets, dialect), validated by the endpoint's revision.
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { type SecretBox, tenantSecretContext } from '#core/secrets.ts';
import { type Dialect, type Dialects, dialectNamed } from '#dialects/dialect.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import type { Seal } from '#lib/seal.ts';
import type { Store } from '#store/store.ts';
import { type DeliveryTerms, termsOf } from './terms.ts';

export interface Target {
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly secrets: readonly string[];
  readonly terms: DeliveryTerms;
}

export interface TargetsDeps {
  readonly store: Pick<Store, 'endpoints'>;
  readonly dialects: Dialects;
  readonly secrets: SecretBox;
  readonly seal: Seal;
  readonly clock: Clock;
}

/** Bytes of text in all entries, about: 20,000 usual endpoints. */
const bytesMax = 32 * 1024 * 1024;
const bytesEach = 1024;

interface Entry {
  readonly target: Target;
  readonly secretsUntil: number;
}

/** An endpoint may name many types, or have certificates or a transform, which are most of what it holds: sealed, and opened in its terms. */
function weigh({ target: { endpoint } }: Entry): number {
  const types = endpoint.eventTypes.reduce((sum, type) => sum + type.length, 0);
  const sealed = endpoint.sealedSettings?.length ?? 0;
  const transform = endpoint.settings.transform?.length ?? 0;
  return bytesEach + endpoint.url.length + types + transform + 2 * sealed;
}

export class Targets {
  readonly #deps: TargetsDeps;
  readonly #entries = new BoundedMap<EndpointId, Entry>(bytesMax, weigh);

  constructor(deps: TargetsDeps) {
    this.#deps = deps;
  }

  /**
   * The target as of `revision` or later; null when the endpoint has been removed. Answers without a promise from the
   * cache. Rejects when the store cannot be read.
   */
  get(id: EndpointId, revision: number): Target | Promise<Target | null> {
    const entry = this.#entries.get(id);
    const isFresh =
      entry !== undefined &&
      entry.target.endpoint.revision >= revision &&
      this.#deps.clock.now() < entry.secretsUntil;
    return isFresh ? entry.target : this.#load(id);
  }

  /** The endpoint has changed: the next `get` reads it again. */
  invalidate(id: EndpointId): void {
    this.#entries.delete(id);
  }

  async #load(id: EndpointId): Promise<Target | null> {
    const { store, dialects, secrets, seal, clock } = this.#deps;
    const loaded = await store.endpoints.load(id);
    if (loaded === null) return null;
    const { endpoint } = loaded;
    const dialect = dialectNamed(dialects, loaded.dialect);
    const opened =
      dialect.secretOwner === 'endpoint'
        ? secrets.open(endpoint, clock.now())
        : this.#openTenantSecret(endpoint, loaded.tenantSecret);
    const target = { endpoint, dialect, secrets: opened, terms: termsOf(endpoint, dialect, seal) };
    const secretsUntil = Math.min(...endpoint.secrets.map(({ expiresAt }) => expiresAt ?? Infinity));
    this.#entries.set(id, { target, secretsUntil });
    return target;
  }

  #openTenantSecret({ tenant, mode }: Endpoint, sealed: string | null): readonly string[] {
    return sealed === null ? [] : [this.#deps.seal.open(sealed, tenantSecretContext(tenant, mode))];
  }
}
