// Test builders: complete core values; a test overrides the members that matter to it.
import type { Attempt } from '#core/attempt.ts';
import type { Delivery, DeliveryId } from '#core/delivery.ts';
import { type Endpoint, type EndpointId, goodHealth } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { CredentialId, TenantId } from '#core/tenant.ts';
import type { Caller } from '#core/caller.ts';
import type { WireRequest } from '#dialects/dialect.ts';

/** 2 January 2026, 03:04:05.678 UTC. */
export const exampleNow = 1_767_323_045_678;
const now = exampleNow;

export const exampleRequestId = 'request-1';

export const exampleCaller: Caller = {
  tenant: 'ten_01kdytp0cd0000000000000000' as TenantId,
  mode: 'live',
  credential: 'crd_01kdytp0cd0000000000000000' as CredentialId,
};

export function exampleRequest(over: Partial<WireRequest> = {}): WireRequest {
  return {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    params: {},
    headers: {},
    rawBody: new Uint8Array(),
    origin: 'https://carillon.example',
    ...over,
  };
}

export function exampleEvent(over: Partial<Event> = {}): Event {
  return {
    seq: 1,
    number: null,
    id: 'evt_01kdytp0cd0000000000000003',
    tenant: exampleCaller.tenant,
    mode: 'live',
    type: 'payment.succeeded',
    payload: Buffer.from('{"id":"pay_1"}'),
    orderingKey: null,
    occurredAt: now,
    createdAt: now,
    traceparent: null,
    metadata: {},
    ...over,
  };
}

export function exampleEndpoint(over: Partial<Endpoint> = {}): Endpoint {
  return {
    id: 'ep_01kdytp0cd0000000000000001' as EndpointId,
    tenant: exampleCaller.tenant,
    mode: 'live',
    kind: 'push',
    url: 'https://example.com/hooks',
    eventTypes: ['*'],
    description: null,
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    health: goodHealth,
    secrets: [{ sealed: 'v1.c2VhbGVk', expiresAt: null }],
    alias: null,
    attributes: {},
    metadata: {},
    settings: {},
    sealedSettings: null,
    createdAt: now,
    updatedAt: now,
    revision: 1,
    ...over,
  };
}

export function exampleDelivery(over: Partial<Delivery> = {}): Delivery {
  return {
    id: 'dlv_01kdytp0cd0000000000000002' as DeliveryId,
    tenant: exampleCaller.tenant,
    mode: 'live',
    endpoint: 'ep_01kdytp0cd0000000000000001' as EndpointId,
    event: 'evt_01kdytp0cd0000000000000003',
    eventType: 'payment.succeeded',
    state: 'delivered',
    attempts: 1,
    lastAttempt: { status: 200, error: null, startedAt: now, durationMs: 30 },
    orderingKey: null,
    isInFlight: false,
    dueAt: null,
    createdAt: now,
    endedAt: now + 250,
    note: null,
    ...over,
  };
}

export function exampleAttempt(over: Partial<Attempt> = {}): Attempt {
  return {
    id: 'att_01kdytp0cd0000000000000004',
    delivery: 'dlv_01kdytp0cd0000000000000002' as DeliveryId,
    number: 1,
    trigger: 'schedule',
    startedAt: now + 10,
    durationMs: 240,
    url: 'https://example.com/hooks',
    requestHeaders: { 'content-type': 'application/json' },
    outcome: 'accepted',
    status: 200,
    responseHeaders: { 'content-type': 'text/plain' },
    responseBody: Buffer.from('ok'),
    error: null,
    ...over,
  };
}
