// Claims and replies for the tests of the lanes.
import type { Reply } from '#core/attempt.ts';
import type { Claim } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Lanes, Slot } from '#engine/lanes.ts';

export const quick: Reply = {
  kind: 'answered',
  status: 200,
  headers: {},
  body: new Uint8Array(),
  isCut: false,
  durationMs: 5,
};

export const endpoint = (name: string): EndpointId => `ep_${name}` as EndpointId;

let seq = 0;

/** A claim with ten bytes of payload, leased for a minute. */
export function claimFor(name: string, tenant: TenantId): Claim {
  seq++;
  return {
    seq,
    id: `dlv_${seq}` as Claim['id'],
    lease: 1,
    leaseUntil: 60_000,
    endpoint: endpoint(name),
    revision: 1,
    event: { tenant, payload: new Uint8Array(10) } as Claim['event'],
    attempts: 0,
    step: 0,
    firstDueAt: 0,
    trigger: 'schedule',
    scheduledAt: null,
    replay: null,
    sent: 'nothing',
    wasDelivered: false,
  };
}

/** Acquires every slot that is available now. */
export function takeAll(lanes: Lanes, now = 0): Slot[] {
  const taken: Slot[] = [];
  for (let slot = lanes.acquire(now); slot !== null; slot = lanes.acquire(now)) taken.push(slot);
  return taken;
}
