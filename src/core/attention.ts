import type { Endpoint } from './endpoint.ts';

/**
 * Why an endpoint needs a person: it was disabled automatically, fails in a row, or what is due for it has waited for too
 * long.
 */
export type Trouble = 'disabled' | 'failing' | 'backlog';

/** An endpoint that needs a person. */
export interface Attention {
  readonly endpoint: Endpoint;
  readonly troubles: readonly Trouble[];
  /** Deliveries that wait for it, counted up to `waitingMax`. */
  readonly waiting: number;
  /** When the oldest of them was due; null unless it has waited for too long. Unix ms. */
  readonly oldestDueAt: number | null;
}

/** The deliveries of an endpoint by state, each counted up to `deliveriesCountMax`. */
export interface EndpointCounts {
  readonly pending: number;
  readonly held: number;
  /** Created since a time. */
  readonly exhausted: number;
  readonly canceled: number;
}

export const waitingCountMax = 1000;
export const deliveriesCountMax = 10_000;
