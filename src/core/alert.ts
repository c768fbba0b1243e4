// Alerts: what people are told of, by which channel, and how often. An alert has a window: of the same thing it tells at most
// once in it, and counts what happens meanwhile.
import type { Endpoint, EndpointId } from './endpoint.ts';
import type { Mode, TenantId } from './tenant.ts';

export const alertTypes = [
  'endpoint.failing',
  'endpoint.disabled',
  'endpoint.recovered',
  'delivery.exhausted',
  'backlog.growing',
  'replay.finished',
] as const;
export type AlertType = (typeof alertTypes)[number];

/** What the contact of a tenant is told of its own endpoints. */
export const contactTypes: readonly AlertType[] = [
  'endpoint.failing',
  'endpoint.disabled',
  'endpoint.recovered',
];
export const contactWindowMs = 3_600_000;

export type AlertId = string & { readonly brand: 'AlertId' };

/** How an alert reaches people. */
export type AlertVia =
  /** An endpoint of the operator's tenant, to which the messages are published as events. */
  | { readonly kind: 'webhook'; readonly endpoint: EndpointId }
  | { readonly kind: 'email'; readonly to: readonly string[] }
  /** Whoever knows such a URL can post there: it is kept encrypted, and shown by its host. */
  | { readonly kind: 'chat'; readonly host: string; readonly sealedUrl: string };

export interface Alert {
  readonly id: AlertId;
  readonly name: string;
  readonly types: readonly AlertType[];
  /** Of these tenants alone; null for all. */
  readonly tenants: readonly TenantId[] | null;
  readonly via: AlertVia;
  readonly windowMs: number;
  readonly enabled: boolean;
  /** Messages wait until then. Unix ms; null for no snooze. */
  readonly snoozedUntil: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An alert, and how its channel does. */
export interface AlertView {
  readonly alert: Alert;
  /** Of a webhook; null when it has been removed. */
  readonly endpoint: Endpoint | null;
  /** Unix ms. */
  readonly lastSentAt: number | null;
  /** Why the last message could not be sent; null after one that could. */
  readonly lastError: string | null;
  readonly lastErrorAt: number | null;
}

/** Something that happened, before it is known who is told of it. Of the same subject and type there is one, with a count. */
export interface AlertSignal {
  readonly type: AlertType;
  /** The id of the endpoint or of the replay that it is about. */
  readonly subject: string;
  readonly tenant: TenantId;
  /** Null for a replay of both. */
  readonly mode: Mode | null;
  readonly endpoint: EndpointId | null;
  /** The status or the error code of the last attempt. */
  readonly code: string | null;
  /** Since when it is so, and when it was seen last. Unix ms. */
  readonly since: number;
  readonly at: number;
  /** How many times it happened; of a finished replay how many deliveries it has redelivered. */
  readonly count: number;
}

/** What a channel is owed. */
export interface AlertMessage extends Omit<AlertSignal, 'type'> {
  readonly id: string;
  readonly type: AlertType | 'test';
  /** Of the URL of the endpoint. */
  readonly host: string | null;
  /** How often it could not be sent. */
  readonly attempts: number;
  /** Unix ms. */
  readonly dueAt: number;
}

/** The associated data under which the URL of a chat is encrypted. */
export const chatSealContext = (alert: string): string => `alert:${alert}`;

/** The name of the channel of a tenant's contact. That of an alert is its id. */
export const contactChannel = (tenant: TenantId): string => `contact:${tenant}`;

/** Messages that are sent in one, at most. */
export const messagesPerSend = 50;
/** A message that could not be sent so often is dropped: some four hours after the first time. */
export const sendsMax = 10;
const retryMsMin = 60_000;
const retryMsMax = 3_600_000;
export const hourMs = 3_600_000;

/** How long a channel waits after it has failed so often in a row. */
export function channelRetryMs(failures: number): number {
  return Math.min(retryMsMin * 2 ** Math.max(0, failures - 1), retryMsMax);
}
