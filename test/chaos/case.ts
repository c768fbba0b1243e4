// One way to hurt the server: data, and the steps that are taken while events are published.
import type { StoreKind } from './database.ts';
import type { Load, LoadShape } from './load.ts';
import type { Behaviour } from './wire.ts';
import type { Needs, Role, World } from './world.ts';

export interface Case {
  readonly name: string;
  readonly stores: readonly StoreKind[];
  /** The processes that it begins with; with SQLite it is one, of the role `all`. */
  readonly roles: readonly Role[];
  /** What is put between the processes and the world so that it can be broken. */
  readonly needs?: Needs;
  readonly load: LoadShape;
  readonly receivers: Behaviour;
  run(world: World, load: Load): Promise<void>;
}

/** One delivery in twenty fails at first; no answer comes at once, so that something is always on its way. */
export const someFail: Behaviour = { failing: 0.05, resetting: 0, late: 0, slowMs: 100, flap: null };

export const usualLoad: LoadShape = { endpoints: 8, fanOut: 2, perSecond: 400, seconds: 6 };
