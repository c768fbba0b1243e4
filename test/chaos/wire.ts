// What the chaos runner and its receiver process tell each other.

/** How the receivers treat the first request of a delivery. Every later one is answered 200: the third comes late. */
export interface Behaviour {
  /** Fractions of deliveries, by the seed: answered 500; reset in the answer's body; never answered in time. */
  readonly failing: number;
  readonly resetting: number;
  readonly late: number;
  /** Any answer waits up to this long. */
  readonly slowMs: number;
  /** All endpoints answer 500 for `downMs` of each `periodMs`. */
  readonly flap: { readonly periodMs: number; readonly downMs: number } | null;
}

/** One request as the receiver saw it. */
export interface Seen {
  /** The delivery: `<number of the endpoint> <event id>`. */
  readonly delivery: string;
  /** Hash of the body's bytes. */
  readonly hash: string;
  readonly isSigned: boolean;
  /** Places in the order of everything that happened at the receiver. `ended` is Infinity while it is open. */
  readonly began: number;
  ended: number;
  /** Unix ms. */
  readonly beganAt: number;
  /** `cut`: the sender went away before the answer. */
  outcome: 'open' | 'accepted' | 'refused' | 'cut';
}

export type Order =
  | { readonly kind: 'prepare'; readonly seed: number; readonly behaviour: Behaviour }
  | { readonly kind: 'secrets'; readonly secrets: readonly string[] }
  | { readonly kind: 'count' }
  | { readonly kind: 'report' };

export type Report =
  | { readonly kind: 'listening'; readonly port: number }
  /** Deliveries accepted, each counted once. */
  | { readonly kind: 'count'; readonly accepted: number }
  | { readonly kind: 'report'; readonly seen: readonly Seen[] };
