// Whose an endpoint is, and so where: the engine asks for endpoints by their ids alone. What is found is kept; a tenant owns an endpoint
// for life.
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { idSlot } from '#lib/ids.ts';
import type { Store } from '../store.ts';
import { nullWhenDown, type Partition } from './partition.ts';
import type { Routes } from './routes.ts';

const endpointsMax = 100_000;

export class Owners {
  readonly #routes: Routes<Store>;
  readonly #known = new BoundedMap<EndpointId, TenantId>(endpointsMax);

  constructor(routes: Routes<Store>) {
    this.#routes = routes;
  }

  learn(endpoint: EndpointId, tenant: TenantId): void {
    if (this.#known.get(endpoint) === undefined) this.#known.set(endpoint, tenant);
  }

  /** These endpoints by the partitions that something of them is on. */
  async split(endpoints: readonly EndpointId[]): Promise<Map<Partition<Store>, EndpointId[]>> {
    await this.#findAll(endpoints);
    const groups = new Map<Partition<Store>, EndpointId[]>();
    for (const endpoint of endpoints) {
      for (const place of this.#placesOf(endpoint)) {
        const group = groups.get(place) ?? [];
        group.push(endpoint);
        groups.set(place, group);
      }
    }
    return groups;
  }

  /** The partitions that something of an endpoint is on. */
  async placesOf(endpoint: EndpointId): Promise<readonly Partition<Store>[]> {
    await this.#findAll([endpoint]);
    return this.#placesOf(endpoint);
  }

  /** Of one that is removed, or whose partition is down, where its slot is. */
  #placesOf(endpoint: EndpointId): readonly Partition<Store>[] {
    const tenant = this.#known.get(endpoint);
    return tenant === undefined ? [this.#routes.inSlot(idSlot(endpoint))] : this.#routes.placesOf(tenant);
  }

  /** `owners` has those that requests are made to; the others are read. */
  async #findAll(endpoints: readonly EndpointId[]): Promise<void> {
    await this.#learnAll(endpoints, (store, ids) => store.endpoints.owners(ids));
    await this.#learnAll(endpoints, async (store, ids) => {
      const loaded = [...(await store.endpoints.load(ids))];
      return new Map(loaded.map(([id, { endpoint }]) => [id, endpoint.tenant]));
    });
  }

  async #learnAll(
    endpoints: readonly EndpointId[],
    find: (store: Store, ids: readonly EndpointId[]) => Promise<ReadonlyMap<EndpointId, TenantId>>,
  ): Promise<void> {
    const unknown = endpoints.filter((id) => this.#known.get(id) === undefined);
    if (unknown.length === 0) return;
    const learn = async (store: Store, _: unknown, ids: readonly EndpointId[]) => {
      const owners = await find(store, ids);
      for (const [id, tenant] of owners) this.learn(id, tenant);
      return owners;
    };
    await this.#routes.byIds(unknown, learn).catch(nullWhenDown);
  }
}
