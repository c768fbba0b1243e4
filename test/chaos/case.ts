// A chaos case: the processes, load and receivers as data, and the faults to inject while events are published.
import type { StoreKind } from '../support/database.ts';
import type { Load, LoadShape } from './load.ts';
import type { Behaviour } from './messages.ts';
import type { Needs, Role, Cluster } from './cluster.ts';

export interface Case {
  readonly name: string;
  readonly stores: readonly StoreKind[];
  /** The roles of the processes at the start; with SQLite always one process of the role `all`. */
  readonly roles: readonly Role[];
  /** What the case replaces in the environment of the processes, to break it. */
  readonly needs?: Needs;
  readonly load: LoadShape;
  readonly receivers: Behaviour;
  run(cluster: Cluster, load: Load): Promise<void>;
}

/** One first attempt in twenty fails. Every response is delayed, so that requests are always in flight. */
export const someFail: Behaviour = { failing: 0.05, resetting: 0, late: 0, slowMs: 100, flap: null };

export const usualLoad: LoadShape = { endpoints: 8, fanOut: 2, perSecond: 400, seconds: 6 };
