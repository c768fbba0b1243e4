// Notices: events of the operator's own tenant, and of the tenant itself about its endpoints. They are written in the same
// transaction as what they report.
import { type AuditEntry, auditEntryToJson } from '#core/audit.ts';
import { type Endpoint, shownUrl } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import { healthNoticeTypes } from '#core/notice-types.ts';
import { type Mode, operatorTenant, type TenantId } from '#core/tenant.ts';
import { encodeJson, type JsonObject } from '#lib/json.ts';
import type { HealthTurn, MadeResult } from '#store/store.ts';
import type { SettledAttempt } from './attempt.ts';

/**
 * The notices of the turns that these results make. A tenant is told where its dialect has such events, and where the attempts
 * that made the turn include one for another event: attempts for notices make no notices, so that two endpoints that fail and
 * recover in turn do not tell each other of it forever.
 */
export function noticesOfHealth(
  results: readonly SettledAttempt[],
): (turn: HealthTurn) => readonly EventDraft[] {
  const isCause = ({ noticesToTenant, claim }: SettledAttempt): boolean =>
    noticesToTenant && !healthNoticeTypes.has(claim.event.type);
  return (turn) => {
    const isTold = results.some((result) => result.claim.endpoint === turn.endpoint.id && isCause(result));
    const drafts = [noticeHealth(turn), isTold ? noticeTenant(turn) : null];
    return drafts.filter((draft) => draft !== null);
  };
}

/**
 * `endpoint.failing`: an endpoint is half way to being disabled. `endpoint.disabled`: it was disabled automatically.
 * `endpoint.recovered`: a request was accepted after it had been half way.
 */
function noticeHealth(turn: HealthTurn): EventDraft | null {
  const { kind, endpoint } = turn;
  const facts = { tenant: endpoint.tenant, ...factsOf(turn) };
  return notice(endpoint.tenant, endpoint.mode, `endpoint.${kind}`, facts);
}

/** The same for the tenant's other endpoints that name the type. */
function noticeTenant(turn: HealthTurn): EventDraft | null {
  const { kind, endpoint } = turn;
  const draft = notice(endpoint.tenant, endpoint.mode, `endpoint.${kind}`, factsOf(turn));
  return draft === null ? null : { ...draft, tenant: endpoint.tenant, noticeOf: endpoint.id };
}

function factsOf({ kind, endpoint, run }: HealthTurn): JsonObject {
  return {
    endpoint: endpoint.id,
    url: shownUrl(endpoint.url),
    ...(kind === 'disabled' ? { reason: endpoint.disabledReason } : {}),
    failureCount: run.failureCount,
    firstFailureAt: toIso(run.firstFailureAt),
    lastFailureAt: toIso(run.lastFailureAt),
  };
}

/** `delivery.exhausted`: the last attempt of the schedule failed. */
export function noticeExhausted({ claim, attempt }: MadeResult): EventDraft | null {
  return notice(claim.event.tenant, claim.event.mode, 'delivery.exhausted', {
    tenant: claim.event.tenant,
    endpoint: claim.endpoint,
    delivery: claim.id,
    event: claim.event.id,
    eventType: claim.event.type,
    attempts: attempt.number,
    lastStatus: attempt.status,
    lastError: attempt.error?.code ?? null,
  });
}

/** `endpoint.deliveries_expired`: deliveries were held for a disabled endpoint for too long, and are canceled. */
export function noticeExpired(endpoint: Endpoint, canceled: number): EventDraft | null {
  return notice(endpoint.tenant, endpoint.mode, 'endpoint.deliveries_expired', {
    tenant: endpoint.tenant,
    endpoint: endpoint.id,
    url: shownUrl(endpoint.url),
    canceled,
    disabledReason: endpoint.disabledReason,
    disabledAt: toIso(endpoint.disabledAt),
  });
}

/** `audit.recorded`: an entry of the audit log. */
export function noticeAudit(entry: AuditEntry): EventDraft {
  const draft = draftFor(entry.mode ?? 'live', 'audit.recorded', auditEntryToJson(entry));
  return { ...draft, id: entry.id, occurredAt: entry.at, noticeOf: null };
}

function notice(about: TenantId, mode: Mode, type: string, facts: JsonObject): EventDraft | null {
  // A notice about the operator's own endpoints would cause another notice.
  return about === operatorTenant ? null : draftFor(mode, type, facts);
}

const draftFor = (mode: Mode, type: string, facts: JsonObject): EventDraft =>
  operatorDraft(mode, type, encodeJson(facts));

/** An event of the operator's tenant. */
export function operatorDraft(mode: Mode, type: string, payload: Uint8Array): EventDraft {
  return {
    id: null,
    tenant: operatorTenant,
    mode,
    type,
    payload,
    orderingKey: null,
    occurredAt: null,
    traceparent: null,
    metadata: {},
    onlyEndpoint: null,
    isNumbered: false,
  };
}

const toIso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
