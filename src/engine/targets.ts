// Cache of what a request to an endpoint needs (URL, decrypted secrets, dialect), validated by the endpoint's revision.
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { type SecretBox, tenantSecretContext } from '#core/secrets.ts';
import { type Dialect, type Dialects, dialectNamed } from '#dialects/dialect.ts';
import type { TenantId } from '#core/tenant.ts';
import { type Batcher, createBatcher } from '#lib/batcher.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import { FairSemaphore } from '#lib/fair-semaphore.ts';
import type { Seal } from '#lib/seal.ts';
import type { LoadedEndpoint, Store } from '#store/store.ts';
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

/**
 * What is read of the store at once. A tenant with a thousand endpoints that were not called for long has all of them read at its next
 * event: by a statement for each, publishing would wait for a connection behind them.
 */
const readsAtOnce = { total: 3, perGroup: 1 };
const endpointsPerRead = 200;

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
  readonly #reads = new FairSemaphore<TenantId>(readsAtOnce);
  /** Of tenants that have something to read now. */
  readonly #batchers = new Map<TenantId, Batcher<EndpointId, LoadedEndpoint | undefined>>();

  constructor(deps: TargetsDeps) {
    this.#deps = deps;
  }

  /**
   * The target as of `revision` or later; null when the endpoint has been removed. Answers without a promise from the
   * cache; what has to be read takes its turn among those of all tenants. Rejects when the store cannot be read.
   */
  get(tenant: TenantId, id: EndpointId, revision: number): Target | Promise<Target | null> {
    const entry = this.#entries.get(id);
    const isFresh =
      entry !== undefined &&
      entry.target.endpoint.revision >= revision &&
      this.#deps.clock.now() < entry.secretsUntil;
    return isFresh ? entry.target : this.#read(tenant, id);
  }

  /** The endpoint has changed: the next `get` reads it again. */
  invalidate(id: EndpointId): void {
    this.#entries.delete(id);
  }

  /** All that a turn of the event loop asks for is one statement. What is asked for from then on is read by the next. */
  async #read(tenant: TenantId, id: EndpointId): Promise<Target | null> {
    const batcher = this.#batcherOf(tenant);
    try {
      const loaded = await batcher.submit(id);
      if (loaded === undefined) return null;
      const kept = this.#entries.get(id)?.target;
      // Who asked at the same time has kept it already.
      return kept?.endpoint === loaded.endpoint ? kept : this.#keep(loaded);
    } finally {
      if (batcher.size() === 0 && this.#batchers.get(tenant) === batcher) this.#batchers.delete(tenant);
    }
  }

  #batcherOf(tenant: TenantId): Batcher<EndpointId, LoadedEndpoint | undefined> {
    const known = this.#batchers.get(tenant);
    if (known !== undefined) return known;
    const batcher = createBatcher<EndpointId, LoadedEndpoint | undefined>({
      write: (ids) => this.#reads.run(tenant, () => this.#load(ids)),
      batchMax: endpointsPerRead,
      // Those of deliveries in memory, which has its bounds.
      queueMax: Infinity,
      overflow: () => new Error('the queue of endpoints to read has no bound'),
    });
    this.#batchers.set(tenant, batcher);
    return batcher;
  }

  async #load(ids: readonly EndpointId[]): Promise<(LoadedEndpoint | undefined)[]> {
    const loaded = await this.#deps.store.endpoints.load([...new Set(ids)]);
    return ids.map((id) => loaded.get(id));
  }

  #keep(loaded: LoadedEndpoint): Target {
    const { dialects, secrets, seal, clock } = this.#deps;
    const { endpoint } = loaded;
    const dialect = dialectNamed(dialects, loaded.dialect);
    const opened =
      dialect.secretOwner === 'endpoint'
        ? secrets.open(endpoint, clock.now())
        : this.#openTenantSecret(endpoint, loaded.tenantSecret);
    const target = { endpoint, dialect, secrets: opened, terms: termsOf(endpoint, dialect, seal) };
    const secretsUntil = Math.min(...endpoint.secrets.map(({ expiresAt }) => expiresAt ?? Infinity));
    this.#entries.set(endpoint.id, { target, secretsUntil });
    return target;
  }

  #openTenantSecret({ tenant, mode }: Endpoint, sealed: string | null): readonly string[] {
    return sealed === null ? [] : [this.#deps.seal.open(sealed, tenantSecretContext(tenant, mode))];
  }
}
