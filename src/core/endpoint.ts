import type { DisablingRule } from './disabling.ts';
import type { JsonObject } from '#lib/json.ts';
import { unreachable } from './fault.ts';
import type { EndpointSettings } from './settings.ts';
import type { Metadata, Mode, TenantId } from './tenant.ts';

export type EndpointId = string & { readonly brand: 'EndpointId' };

/** `push`: requests are made to its URL. `pull`: its deliveries wait until a client takes them. Never changes. */
export type EndpointKind = 'push' | 'pull';

/** On request, after 410 Gone, or automatically after failing for too long (circuit breaker). */
export type DisabledReason = 'requested' | 'gone' | 'failing';

/** A signing secret as stored (encrypted). Newest first; after a rotation the old one also signs until it expires. */
export interface SealedSecret {
  readonly sealed: string;
  /** Unix ms after which it no longer signs; null for the current one. */
  readonly expiresAt: number | null;
}

/** Health of an endpoint: its current run of failures. */
export interface Health {
  /** Failures in a row. */
  readonly failureCount: number;
  readonly firstFailureAt: number | null;
  readonly lastFailureAt: number | null;
  /** Failures in the counting window of a `failures-within` rule, and the start of that window. */
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

/** One destination with its event types and secrets. */
export interface Endpoint {
  readonly id: EndpointId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly kind: EndpointKind;
  /** Empty for one of kind `pull`. */
  readonly url: string;
  /** Exact names, prefixes such as `payment.*`, or `*` for all; empty subscribes to nothing. */
  readonly eventTypes: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: number | null;
  readonly health: Health;
  readonly secrets: readonly SealedSecret[];
  /** The client's own id of the endpoint, in dialects that have one; unique per tenant and mode. */
  readonly alias: string | null;
  /** Data that only the dialect reads; opaque to the rest of the system. */
  readonly attributes: JsonObject;
  readonly metadata: Metadata;
  readonly settings: EndpointSettings;
  /** The secret parts of the settings (encrypted); null for none. */
  readonly sealedSettings: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Incremented by each change of what is sent or where: invalidates cached copies. */
  readonly revision: number;
}

/** A URL as it is shown: null for that of a pull endpoint. */
export function shownUrl(url: string): string | null {
  return url === '' ? null : url;
}

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

/** True when the health requires disabling the endpoint. */
export function isFailing(health: Health, rule: DisablingRule): boolean {
  return hasReached(health, rule, 1);
}

/** True when it is half way there: the operator is told. */
export function isHalfway(health: Health, rule: DisablingRule): boolean {
  return hasReached(health, rule, 0.5);
}

function hasReached(health: Health, rule: DisablingRule, share: number): boolean {
  switch (rule.kind) {
    case 'never':
      return false;
    case 'failures-in-row':
      return health.failureCount >= rule.failures * share;
    case 'failing-for':
      return (
        health.firstFailureAt !== null &&
        health.lastFailureAt !== null &&
        health.lastFailureAt - health.firstFailureAt >= rule.ms * share
      );
    case 'failures-within':
      return health.windowFailures > rule.failures * share;
    default:
      return unreachable(rule);
  }
}
