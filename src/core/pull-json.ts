// The JSON of pulling, as our own APIs have it.
import { formatTime } from '#lib/rfc3339.ts';
import type { ServerSentEvent } from '#lib/server-sent-events.ts';
import { responseBytesKept } from './attempt.ts';
import type { DeliveryId } from './delivery.ts';
import type { SendErrorCode } from './ending.ts';
import { fieldFault } from './fault.ts';
import {
  type GivenResult,
  type Lease,
  type LeaseVerdict,
  type Pulled,
  type PulledDelivery,
  pullLimits,
  type ResultVerdict,
} from './pull.ts';

export function readPull({ max, leaseMs, waitMs = 0 }: { max?: number; leaseMs?: number; waitMs?: number }) {
  return { max: max ?? 10, leaseMs: readLeaseMs(leaseMs), waitMs };
}

export function readLeaseMs(leaseMs: number | undefined): number {
  return leaseMs ?? pullLimits.leaseMs.default;
}

export function showPulled({ deliveries }: Pulled) {
  return { data: deliveries.map(showDelivery) };
}

/** What a stream says of one answer: what was missed comes first. */
export function pulledEvents({ deliveries, missed }: Pulled): readonly ServerSentEvent[] {
  const events = deliveries.map((delivery): ServerSentEvent => {
    const id = `${delivery.delivery}.${delivery.lease}`;
    return { id, event: 'delivery', data: showDelivery(delivery) };
  });
  if (missed === null) return events;
  const { count, since } = missed;
  return [{ event: 'missed', data: { count, since: since === null ? null : formatTime(since) } }, ...events];
}

function showDelivery({ headers, body, leaseUntil, ...rest }: PulledDelivery) {
  return {
    ...rest,
    leaseUntil: formatTime(leaseUntil),
    headers: { ...headers },
    body: Buffer.from(body).toString('base64'),
  };
}

interface ResultJson {
  readonly delivery: string;
  readonly lease: number;
  readonly status?: number;
  readonly error?: SendErrorCode;
  readonly message?: string;
  readonly durationMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Fault `field_invalid` for one that has both `status` and `error`, or neither. */
export function readResults(results: readonly ResultJson[]): readonly GivenResult[] {
  return results.map(({ status, error, ...rest }, index) => {
    const { delivery, lease, message, durationMs = null, headers = {}, body = '' } = rest;
    const common = { delivery: delivery as DeliveryId, lease, durationMs };
    if ((status === undefined) === (error === undefined)) {
      throw fieldFault(`results[${index}]`, 'must have either "status" or "error"');
    }
    if (error !== undefined) {
      const text = message ?? `The client reports ${error}.`;
      return { ...common, reply: { kind: 'failed', error, message: text, status: null } };
    }
    const kept = Buffer.from(body, 'base64').subarray(0, responseBytesKept);
    const reply = {
      kind: 'answered',
      status: status ?? 0,
      headers: lowerCase(headers),
      body: Uint8Array.from(kept),
    } as const;
    return { ...common, reply };
  });
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

export function readLeases(leases: readonly { delivery: string; lease: number }[]): readonly Lease[] {
  return leases.map(({ delivery, lease }) => ({ delivery: delivery as DeliveryId, lease }));
}

const kept = { status: 200, code: null } as const;
const lost = { status: 409, code: 'claim_lost' } as const;

export function showResults(verdicts: readonly ResultVerdict[]) {
  return {
    data: verdicts.map((verdict) => {
      const { delivery } = verdict;
      if (verdict.kind === 'claim_lost') return { delivery, ...lost, state: null, dueAt: null };
      return { delivery, ...kept, state: verdict.state, dueAt: showTime(verdict.dueAt) };
    }),
  };
}

export function showLeases(verdicts: readonly LeaseVerdict[]) {
  return {
    data: verdicts.map(({ delivery, isHeld, leaseUntil }) => ({
      delivery,
      ...(isHeld ? kept : lost),
      leaseUntil: showTime(leaseUntil),
    })),
  };
}

function showTime(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
