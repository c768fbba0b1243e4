// Routing: which partition is asked. By the tenant through the slot map; by an id first where its slot is, then elsewhere, because ids
// of before have no slot, and a copy of the operator's endpoints is on every partition.
import { Fault } from '#core/fault.ts';
import { slotOf } from '#core/slot.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { idSlot } from '#lib/ids.ts';
import { isSlotsClosed } from '../closed.ts';
import type { SlotMap } from '../store.ts';
import { isUnavailable, type Partition } from './partition.ts';

/** The slot map as this process knows it. */
export interface MapSource {
  readonly current: SlotMap;
  reload(): Promise<void>;
  /** Reads it again when it was not read for long: this process was suspended, perhaps. Never rejects. */
  confirm(): Promise<void>;
  /** The same; rejects when it cannot be read. */
  require(): Promise<void>;
}

export interface Found<S, Result> {
  readonly partition: Partition<S>;
  readonly result: Result;
}

const retryAfterSeconds = 2;

export class Routes<S> {
  readonly partitions: readonly Partition<S>[];
  readonly directory: Partition<S>;
  readonly #map: MapSource;
  readonly #view: (store: S) => S;

  constructor(partitions: readonly Partition<S>[], map: MapSource, view: (store: S) => S = (store) => store) {
    const [directory] = partitions;
    if (directory === undefined) throw new Error('a store over no partition');
    this.partitions = partitions;
    this.directory = directory;
    this.#map = map;
    this.#view = view;
  }

  /** As this process knows it. */
  get map(): SlotMap {
    return this.#map.current;
  }

  /** The same, with each store seen through `view`. */
  through(view: (store: S) => S): Routes<S> {
    return new Routes(this.partitions, this.#map, view);
  }

  call<Result>(partition: Partition<S>, work: (store: S) => Promise<Result>): Promise<Result> {
    return partition.call((store) => work(this.#view(store)));
  }

  /** Where a tenant is. The operator's own is at home in the directory, and has a copy everywhere. */
  homeOf(tenant: TenantId): Partition<S> {
    return tenant === operatorTenant ? this.directory : this.inSlot(slotOf(tenant));
  }

  inSlot(slot: number): Partition<S> {
    return this.numbered(this.map.slots[slot]);
  }

  /** Fault `unavailable` for one that another process has added, and the settings of this one do not name. */
  numbered(number: number | undefined): Partition<S> {
    if (number === undefined) return this.directory;
    const found = this.partitions.find((one) => one.number === number);
    if (found !== undefined) return found;
    const message =
      'the partition of this tenant is not among CARILLON_PARTITIONS of the process that answers';
    throw new Fault('unavailable', message, { retryAfterSeconds });
  }

  /** One that has moved refuses its tenant, and the map is read again. */
  async home<Result>(tenant: TenantId, work: (store: S) => Promise<Result>): Promise<Result> {
    await this.#map.confirm();
    const home = this.homeOf(tenant);
    try {
      return await this.call(home, work);
    } catch (error) {
      if (!isSlotsClosed(error) || !(await this.hasMoved([tenant]))) throw error;
      return this.call(this.homeOf(tenant), work);
    }
  }

  confirmMap(): Promise<void> {
    return this.#map.confirm();
  }

  requireMap(): Promise<void> {
    return this.#map.require();
  }

  /** Reads the map again, and says whether one of these tenants is elsewhere now. */
  async hasMoved(tenants: readonly TenantId[]): Promise<boolean> {
    const before = tenants.map((tenant) => this.homeOf(tenant));
    await this.#map.reload();
    return tenants.some((tenant, index) => this.homeOf(tenant) !== before[index]);
  }

  inDirectory<Result>(work: (store: S) => Promise<Result>): Promise<Result> {
    return this.call(this.directory, work);
  }

  /** The partitions that something of a tenant is on; of null, of any. */
  placesOf(tenant: TenantId | null): readonly Partition<S>[] {
    return tenant === null || tenant === operatorTenant ? this.partitions : [this.homeOf(tenant)];
  }

  /** What all of these answer. Rejects when one cannot. */
  all<Result>(
    partitions: readonly Partition<S>[],
    work: (store: S, partition: Partition<S>) => Promise<Result>,
  ): Promise<Result[]> {
    return Promise.all(partitions.map((one) => this.call(one, (store) => work(store, one))));
  }

  /** What those answer that can be used. Rejects when none can, and with every other error. */
  async usable<Result>(
    work: (store: S, partition: Partition<S>) => Promise<Result>,
    among: readonly Partition<S>[] = this.partitions,
  ): Promise<Found<S, Result>[]> {
    const asked = await Promise.allSettled(among.map((one) => this.call(one, (store) => work(store, one))));
    const failed = asked.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
    const error = failed.find((reason) => !isUnavailable(reason));
    if (error !== undefined) throw error;
    if (failed.length === among.length && failed.length > 0) throw failed[0];
    return asked.flatMap((one, index) => {
      const partition = among[index];
      return one.status === 'fulfilled' && partition !== undefined ? [{ partition, result: one.value }] : [];
    });
  }

  /** The first answer that is not null, from where the slot of the id is, then from the others. */
  byId<Result>(
    id: string,
    work: (store: S, partition: Partition<S>) => Promise<Result | null>,
  ): Promise<Result | null> {
    const first = this.inSlot(idSlot(id));
    return this.first([first, ...this.partitions.filter((one) => one !== first)], work);
  }

  /**
   * Asks for these where their slots are, and for those that were not found there, elsewhere. One that cannot be asked is the answer when
   * some are not found.
   */
  async byIds<Id extends string, Result>(
    ids: readonly Id[],
    work: (store: S, partition: Partition<S>, left: readonly Id[]) => Promise<ReadonlyMap<Id, Result>>,
  ): Promise<ReadonlyMap<Id, Result>> {
    const bySlot = Map.groupBy(ids, (id) => this.inSlot(idSlot(id)));
    const elsewhere = this.partitions.map(
      (one) => [one, ids.filter((id) => this.inSlot(idSlot(id)) !== one)] as const,
    );
    const found = new Map<Id, Result>();
    const failed: unknown[] = [];
    for (const [partition, own] of [...bySlot, ...elsewhere]) {
      const left = own.filter((id) => !found.has(id));
      if (left.length === 0) continue;
      try {
        const results = await this.call(partition, (store) => work(store, partition, left));
        for (const [id, result] of results) found.set(id, result);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        failed.push(error);
      }
    }
    if (failed.length > 0 && ids.some((id) => !found.has(id))) throw failed[0];
    return found;
  }

  /** The first answer that is not null. One that cannot be asked is the answer when no other is. */
  async first<Result>(
    partitions: readonly Partition<S>[],
    work: (store: S, partition: Partition<S>) => Promise<Result | null>,
  ): Promise<Result | null> {
    const failed: unknown[] = [];
    for (const partition of partitions) {
      try {
        const found = await this.call(partition, (store) => work(store, partition));
        if (found !== null) return found;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed[0];
    return null;
  }
}
