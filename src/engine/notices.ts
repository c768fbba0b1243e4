// Operator notices: events of the operator's own tenant, written in the same transaction as what they report.
import type { Endpoint } from '#core/endpoint.ts';
import type { EventDraft } from '#core/event.ts';
import { fingerprint } from '#core/fingerprint.ts';
import { type Mode, operatorTenant, type TenantId } from '#core/tenant.ts';
import { encodeJson, type JsonObject } from '#lib/json.ts';
import type { AttemptResult, HealthTurn } from '#store/store.ts';

/**
 * `endpoint.failing`: an endpoint is half way to being disabled. `endpoint.disabled`: it was disabled automatically.
 * `endpoint.recovered`: a request was accepted after it had been half way.
 */
export function noticeHealth({ kind, endpoint, run }: HealthTurn): EventDraft | null {
  return notice(endpoint.tenant, endpoint.mode, `endpoint.${kind}`, {
    tenant: endpoint.tenant,
    endpoint: endpoint.id,
    url: endpoint.url,
    ...(kind === 'disabled' ? { reason: endpoint.disabledReason } : {}),
    failureCount: run.failureCount,
    firstFailureAt: toIso(run.firstFailureAt),
    lastFailureAt: toIso(run.lastFailureAt),
  });
}

/** `delivery.exhausted`: the last attempt of the schedule failed. */
export function noticeExhausted({ claim, attempt }: AttemptResult): EventDraft | null {
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
    url: endpoint.url,
    canceled,
    disabledReason: endpoint.disabledReason,
    disabledAt: toIso(endpoint.disabledAt),
  });
}

function notice(about: TenantId, mode: Mode, type: string, facts: JsonObject): EventDraft | null {
  // A notice about the operator's own endpoints would cause another notice.
  if (about === operatorTenant) return null;
  const payload = encodeJson(facts);
  return {
    id: null,
    tenant: operatorTenant,
    mode,
    type,
    payload,
    fingerprint: fingerprint(type, mode, payload),
    orderingKey: null,
    occurredAt: null,
    traceparent: null,
    metadata: {},
    onlyEndpoint: null,
    isNumbered: false,
  };
}

const toIso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
