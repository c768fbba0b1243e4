// Messages between the chaos runner and its receiver process.

/** Faults of the receivers at the first request of a delivery. They answer 200 to later ones, because the third would come late. */
export interface Behaviour {
  /** Fractions of deliveries: answered 500; reset within the response body; not answered before the deadline. */
  readonly failing: number;
  readonly resetting: number;
  readonly late: number;
  /** Every response is delayed by up to this long. */
  readonly slowMs: number;
  /** All endpoints answer 500 for `downMs` of each `periodMs`. */
  readonly flap: { readonly periodMs: number; readonly downMs: number } | null;
}

/** One request that a receiver got. */
export interface Seen {
  /** The delivery: `<number of the endpoint> <event id>`. */
  readonly delivery: string;
  /** Hash of the body's bytes. */
  readonly hash: string;
  readonly isSigned: boolean;
  /** Logical times: positions in the order of all events at the receivers. `ended` is Infinity while the request is open. */
  readonly began: number;
  ended: number;
  /** Unix ms. */
  readonly beganAt: number;
  /** `cut`: the sender closed the connection before the response. */
  outcome: 'open' | 'accepted' | 'refused' | 'cut';
}

export type Command =
  | { readonly kind: 'prepare'; readonly seed: number; readonly behaviour: Behaviour }
  | { readonly kind: 'secrets'; readonly secrets: readonly string[] }
  | { readonly kind: 'count' }
  | { readonly kind: 'report' };

export type Report =
  | { readonly kind: 'listening'; readonly port: number }
  /** Accepted deliveries, without duplicates. */
  | { readonly kind: 'count'; readonly accepted: number }
  | { readonly kind: 'report'; readonly seen: readonly Seen[] };
