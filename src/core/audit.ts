// The audit log: who changed what, when and from where. An entry shows facts that are listed here, and no secret.
import { sha256Hex } from '#lib/hmac.ts';
import type { JsonObject, JsonValue } from '#lib/json.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { Actor, AdminKey } from './access.ts';
import type { Alert } from './alert.ts';
import type { EventType } from './catalogue.ts';
import type { EndpointCheck } from './check.ts';
import type { Delivery } from './delivery.ts';
import type { Endpoint } from './endpoint.ts';
import type { PortalSession } from './portal.ts';
import type { Replay } from './replay.ts';
import type { Credential, Mode, Tenant, TenantId } from './tenant.ts';

/** Where a request comes from. */
export interface RequestSource {
  /** Of the client, as far as the proxies on the way are trusted; null when it is not known. */
  readonly address: string | null;
  readonly requestId: string | null;
}

/** Whose request a command is. */
export interface Origin extends RequestSource {
  readonly actor: Actor;
}

export type AuditNoun =
  | 'tenant'
  | 'credential'
  | 'tenant-secret'
  | 'endpoint'
  | 'event-type'
  | 'delivery'
  /** What waits for the endpoint that `target` names. */
  | 'backlog'
  | 'replay'
  | 'key'
  | 'alert'
  | 'console-session'
  | 'portal-session'
  | 'check'
  | 'server';

/** One change of one thing. */
export interface Change {
  /** Null for what belongs to no tenant, and to no mode. */
  readonly tenant: TenantId | null;
  readonly mode: Mode | null;
  readonly noun: AuditNoun;
  /** Its id. */
  readonly target: string;
  /** What is shown of it; null before it is made, and after it is removed. Of a change only the members that differ. */
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}

export interface AuditEntry extends Change, Origin {
  readonly id: string;
  /** Unix ms. */
  readonly at: number;
  /** The name of the command. */
  readonly command: string;
}

/** As the admin API and the operator's events show it. */
export function auditEntryToJson({ actor, at, ...entry }: AuditEntry) {
  const { kind, id, name, isConsole } = actor;
  return { ...entry, at: formatTime(at), actor: { kind, id, name, console: isConsole } };
}

export interface AuditFilter {
  readonly tenant?: TenantId;
  /** The id of an actor. */
  readonly actor?: string;
  readonly command?: string;
  /** At or after, and before. Unix ms. */
  readonly since?: number;
  readonly until?: number;
}

/** Bytes of one member that are kept, as JSON. A longer one is replaced by its length. */
const memberBytesMax = 1024;
/** Bytes of all members of one side. */
const sideBytesMax = 8192;

/** The change with the members alone that differ, where both sides are shown, each within its bounds. */
export function shorten(change: Change): Change {
  const { before, after } = change;
  if (before === null || after === null) return { ...change, before: bound(before), after: bound(after) };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (side: JsonObject): JsonObject =>
    Object.fromEntries(differing.map((name) => [name, side[name] ?? null]));
  return { ...change, before: bound(pick(before)), after: bound(pick(after)) };
}

function bound(side: JsonObject | null): JsonObject | null {
  if (side === null) return null;
  let left = sideBytesMax;
  const kept = Object.entries(side).map(([name, value]): [string, JsonValue] => {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > memberBytesMax || bytes > left) return [name, { bytes }];
    left -= bytes;
    return [name, value];
  });
  return Object.fromEntries(kept);
}

export function showTenant({ name, dialect, metadata, contact }: Tenant): JsonObject {
  return { name, dialect, metadata, contact: contact === null ? null : { emails: [...contact.emails] } };
}

export function showCredential({ kind, mode }: Credential): JsonObject {
  return { kind, mode };
}

/** Secrets are told apart by the hash of their ciphertext, so that a rotation is a change. */
export function showEndpoint(endpoint: Endpoint): JsonObject {
  const { url, eventTypes, description, enabled, disabledReason, alias, attributes, metadata } = endpoint;
  const { settings, sealedSettings, secrets } = endpoint;
  return {
    url,
    eventTypes,
    description,
    enabled,
    disabledReason,
    alias,
    attributes,
    metadata,
    settings: JSON.parse(JSON.stringify(settings)) as JsonObject,
    secretSettings: sealedSettings === null ? null : markOf(sealedSettings),
    secrets: secrets.map(({ sealed, expiresAt }) => ({ mark: markOf(sealed), expiresAt })),
  };
}

export function showEventType({
  groupName,
  description,
  schema,
  examples,
  deprecated,
  version,
}: EventType): JsonObject {
  return { groupName, description, schema, examples, deprecated, version };
}

export function showDelivery({ endpoint, event, state, dueAt }: Delivery): JsonObject {
  return { endpoint, event, state, dueAt };
}

export function showReplay(replay: Replay): JsonObject {
  const { kind, mode, endpoint, states, eventTypes, since, until, ratePerSecond, includeDisabled, state } =
    replay;
  return { kind, mode, endpoint, states, eventTypes, since, until, ratePerSecond, includeDisabled, state };
}

export function showCheck({ endpoint, eventType }: EndpointCheck): JsonObject {
  return { endpoint, eventType };
}

export function showKey({ name, prefix, scopes, tenants, expiresAt }: AdminKey): JsonObject {
  return { name, prefix, scopes, tenants, expiresAt };
}

export function showPortalSession(session: PortalSession): JsonObject {
  const { permissions, embedOrigins, returnUrl, openedAt, expiresAt } = session;
  return { permissions, embedOrigins, returnUrl, openedAt, expiresAt };
}

/** The URL of a chat is told apart by the hash of its ciphertext. */
export function showAlert(alert: Alert): JsonObject {
  const { name, types, tenants, via, windowMs, enabled, snoozedUntil } = alert;
  const { sealedUrl, ...shown } = { sealedUrl: null, ...via };
  const channel = sealedUrl === null ? shown : { ...shown, mark: markOf(sealedUrl) };
  return {
    name,
    types,
    tenants,
    via: JSON.parse(JSON.stringify(channel)) as JsonObject,
    windowMs,
    enabled,
    snoozedUntil,
  };
}

/** Enough to see that a sealed text is another one. */
export function markOf(sealed: string): string {
  return sha256Hex(sealed).slice(0, 8);
}
