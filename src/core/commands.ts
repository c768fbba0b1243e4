// What a dialect's routes and the admin API can ask for, in core words. Each command has one handler.
import type { JsonObject, JsonValue } from '#lib/json.ts';
import type { Attempt } from './attempt.ts';
import type { Delivery, DeliveryId, DeliveryState } from './delivery.ts';
import type { Endpoint, EndpointId } from './endpoint.ts';
import type { Event, PublishedEvent } from './event.ts';
import type { Mode, Scope, TenantId } from './tenant.ts';

/** An endpoint with its secrets opened, newest first; empty unless the command gives them. */
export interface OpenEndpoint {
  readonly endpoint: Endpoint;
  readonly secrets: readonly string[];
}

/** One page of a list, newest first. `nextCursor` is null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Created again under the same alias with the same content, an endpoint is answered as it is. */
export interface CreateEndpoint {
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly description?: string | null;
  readonly alias?: string | null;
  readonly attributes?: JsonObject;
}

export interface ListEndpoints extends Scope {
  readonly limit: number;
  readonly cursor?: string | null;
  /** Places to skip, for dialects that page by number instead of by cursor. */
  readonly offset?: number;
  readonly enabled?: boolean;
  readonly eventType?: string;
  readonly withSecrets?: boolean;
}

/** Which endpoint: by its id, or by the id that the client chose for it. */
export type EndpointKey = { readonly id: EndpointId } | { readonly alias: string };

/** What changes of an endpoint; what is not given stays. */
export interface EndpointPatch {
  readonly url?: string;
  readonly eventTypes?: readonly string[];
  readonly description?: string | null;
  readonly enabled?: boolean;
  /** Laid over the attributes that there are. */
  readonly attributes?: JsonObject;
}

export type ChangeEndpoint = Scope &
  EndpointKey & {
    /** The patch, or how it follows from the endpoint as it is. May throw `Fault`. */
    readonly patch: EndpointPatch | ((current: Endpoint) => EndpointPatch);
    readonly withSecrets?: boolean;
  };

export interface DeliveryFilter {
  readonly state?: DeliveryState;
  readonly endpoint?: EndpointId;
  readonly event?: string;
  readonly eventType?: string;
  /** Created at or after, and before. Unix ms. */
  readonly since?: number;
  readonly until?: number;
}

export interface ListDeliveries extends Scope {
  readonly filter: DeliveryFilter;
  readonly limit: number;
  readonly cursor?: string | null;
}

/** An attempt with the delivery and the event that it was made for. */
export interface LoggedAttempt {
  readonly attempt: Attempt;
  readonly delivery: Delivery;
  readonly event: Event;
}

export interface ListAttempts extends Scope {
  /** All of the tenant's when null. */
  readonly endpoint: EndpointId | null;
  readonly limit: number;
  readonly cursor?: string | null;
}

type EndpointRef = Scope & EndpointKey;
interface TenantRef {
  readonly tenant: TenantId;
  readonly mode: Mode;
}
interface DeliveryRef extends Scope {
  readonly id: DeliveryId;
}

/** Every command: what goes in and what comes out. Refusals are thrown as `Fault`. */
export interface Commands {
  createEndpoint: { input: CreateEndpoint; result: OpenEndpoint };
  listEndpoints: {
    input: ListEndpoints;
    /** `total` counts all that match. */
    result: Page<OpenEndpoint> & { readonly total: number };
  };
  getEndpoint: { input: EndpointRef & { readonly withSecrets?: boolean }; result: OpenEndpoint };
  changeEndpoint: { input: ChangeEndpoint; result: OpenEndpoint };
  removeEndpoint: { input: EndpointRef; result: Endpoint };
  /** The old secret signs beside the new one for `overlapMs`. */
  rotateSecret: { input: EndpointRef & { readonly overlapMs: number }; result: OpenEndpoint };
  sendTest: { input: EndpointRef; result: PublishedEvent };
  /** The tenant's own secret, for dialects whose endpoints share one. It signs alone from now on. */
  setTenantSecret: { input: TenantRef & { readonly secret: string }; result: null };
  /** What is in the open of the tenant's own secret; one is made when there is none. */
  getTenantSecret: { input: TenantRef; result: JsonObject };
  listDeliveries: { input: ListDeliveries; result: Page<Delivery> };
  listAttempts: { input: ListAttempts; result: Page<LoggedAttempt> };
  getDelivery: { input: DeliveryRef; result: DeliveryDetail };
  redeliver: { input: DeliveryRef; result: Delivery };
}

export type CommandName = keyof Commands;
export type CommandInput<C extends CommandName> = Commands[C]['input'];
export type CommandResult<C extends CommandName> = Commands[C]['result'];

/** The handlers of all commands. */
export type CommandHandlers = {
  readonly [C in CommandName]: (input: CommandInput<C>) => Promise<CommandResult<C>>;
};

/** A delivery with the event it owes and every attempt made, oldest first. */
export interface DeliveryDetail {
  readonly delivery: Delivery;
  readonly event: Event;
  readonly attempts: readonly Attempt[];
}

/** An event as it arrives at publish, before the dialect of its tenant has looked at it. */
export interface PublishEvent {
  readonly id?: string;
  readonly type: string;
  readonly payload: JsonValue;
  readonly mode?: Mode;
  readonly orderingKey?: string;
  /** Unix ms. */
  readonly occurredAt?: number;
}
