import type { JsonObject } from '#lib/json.ts';
import { unreachable } from './fault.ts';
import type { Metadata, Mode, TenantId } from './tenant.ts';

export type EndpointId = string & { readonly brand: 'EndpointId' };

/** Somebody asked for it, the receiver answered 410 Gone, or it failed for too long. */
export type DisabledReason = 'requested' | 'gone' | 'failing';

/** A signing secret as it is stored. Newest first in an endpoint; an old one signs beside it until it ends. */
export interface SealedSecret {
  readonly sealed: string;
  /** Unix ms after which it no longer signs; null for the current one. */
  readonly expiresAt: number | null;
}

/** How deliveries to an endpoint have been going: the present run of failures. */
export interface Health {
  /** Failures in a row. */
  readonly failureCount: number;
  readonly firstFailureAt: number | null;
  readonly lastFailureAt: number | null;
  /** Failures in the counting window that `DisablingRule` speaks of, and its start. */
  readonly windowFailures: number;
  readonly windowStartedAt: number | null;
}

export const goodHealth: Health = {
  failureCount: 0,
  firstFailureAt: null,
  lastFailureAt: null,
  windowFailures: 0,
  windowStartedAt: null,
};

/** One registered URL with its event types and secrets. */
export interface Endpoint {
  readonly id: EndpointId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly url: string;
  /** Exact names, or `*` for all; empty subscribes to nothing. */
  readonly eventTypes: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: number | null;
  readonly health: Health;
  readonly secrets: readonly SealedSecret[];
  /** The identity that the client chose, where its dialect lets it; unique per tenant and mode. */
  readonly alias: string | null;
  /** What the dialect alone needs to keep of the endpoint; opaque to everybody else. */
  readonly attributes: JsonObject;
  readonly metadata: Metadata;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Rises with each change of what is sent or where: a cached copy knows by it that it is old. */
  readonly revision: number;
}

/** When an endpoint is disabled without anybody asking. */
export type DisablingRule =
  | { readonly kind: 'never' }
  /** Nothing but failures for this long. */
  | { readonly kind: 'failing-for'; readonly ms: number }
  /** More than `failures` without a success inside a window of `withinMs` that the first of them opens. */
  | { readonly kind: 'failures-within'; readonly failures: number; readonly withinMs: number };

/** Stands among an endpoint's event types for all of them, those to come included. */
export const everyType = '*';

/** The health after one more attempt that ended at `at`. */
export function healthAfter(health: Health, rule: DisablingRule, accepted: boolean, at: number): Health {
  if (accepted) return goodHealth;
  const windowMs = rule.kind === 'failures-within' ? rule.withinMs : Infinity;
  const isWindowOpen = health.windowStartedAt !== null && at - health.windowStartedAt <= windowMs;
  return {
    failureCount: health.failureCount + 1,
    firstFailureAt: health.firstFailureAt ?? at,
    lastFailureAt: at,
    windowFailures: isWindowOpen ? health.windowFailures + 1 : 1,
    windowStartedAt: isWindowOpen ? health.windowStartedAt : at,
  };
}

/** Whether a health is bad enough to disable its endpoint. */
export function isFailing(health: Health, rule: DisablingRule): boolean {
  switch (rule.kind) {
    case 'never':
      return false;
    case 'failing-for':
      return (
        health.firstFailureAt !== null &&
        health.lastFailureAt !== null &&
        health.lastFailureAt - health.firstFailureAt >= rule.ms
      );
    case 'failures-within':
      return health.windowFailures > rule.failures;
    default:
      return unreachable(rule);
  }
}
