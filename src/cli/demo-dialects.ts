// What the demo shows of each dialect: one entry each. A verifier follows the platform's public rules, as a
// receiver would, and shares no code with what signs.
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '#lib/json.ts';
import { checkSignature } from './signature.ts';

/** A request as the receiver got it. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body byte for byte. */
  readonly payload: Uint8Array;
  /** Unix ms. */
  readonly receivedAt: number;
}

interface SampleEvent {
  readonly type: string;
  readonly payload: JsonObject;
  /** How the receiver answers the first attempt; 200 when not given. */
  readonly firstAnswer?: { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
}

export interface DemoDialect {
  readonly dialect: string;
  readonly sampleEvents: readonly SampleEvent[];
  /** What is wrong with the signature, as one sentence; null when it is right. */
  readonly verify: (request: ReceivedRequest, secret: string) => string | null;
  /** Which event a request is about, by what the receiver can see. */
  readonly identify: (request: ReceivedRequest) => { readonly id: string; readonly type: string };
}

const toleranceSeconds = 300;

const standard: DemoDialect = {
  dialect: 'standard',
  sampleEvents: [
    {
      type: 'payment.succeeded',
      payload: {
        id: 'pay_20417',
        amount: '129.90',
        currency: 'EUR',
        method: 'card',
        reference: 'order-20417',
      },
    },
    {
      type: 'payment.failed',
      payload: { id: 'pay_20418', amount: '15.00', currency: 'USD', failure: { code: 'insufficient_funds' } },
      firstAnswer: { status: 503, headers: { 'retry-after': '1' } },
    },
    {
      type: 'refund.succeeded',
      payload: { id: 'ref_881', payment: 'pay_20417', amount: '29.90', currency: 'EUR' },
    },
    {
      type: 'payout.paid',
      payload: { id: 'po_77', amount: '2480.15', currency: 'EUR', arrivesOn: '2026-01-05' },
      firstAnswer: { status: 500 },
    },
    {
      type: 'dispute.opened',
      payload: { id: 'dp_12', payment: 'pay_19920', amount: '64.00', currency: 'GBP', reason: 'fraudulent' },
    },
    {
      type: 'payment.succeeded',
      payload: {
        id: 'pay_20419',
        amount: '5.49',
        currency: 'EUR',
        method: 'bank_transfer',
        reference: 'order-20419',
      },
    },
  ],
  verify({ headers, payload, receivedAt }, secret) {
    const id = textOf(headers['webhook-id']);
    const timestamp = textOf(headers['webhook-timestamp']);
    const signature = textOf(headers['webhook-signature']);
    const verdict = checkSignature(
      { secret, id, timestamp, signature, payload },
      receivedAt,
      toleranceSeconds,
    );
    return verdict.valid ? null : verdict.problem;
  },
  identify: ({ headers, payload }) => ({ id: textOf(headers['webhook-id']), type: typeOf(payload) }),
};

/** Every dialect that the demo shows, each with a tenant and an endpoint of its own. */
export const demoDialects: readonly DemoDialect[] = [standard];

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

/** The `type` of a payload; empty when there is none. */
function typeOf(payload: Uint8Array): string {
  const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
  return typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : '';
}
