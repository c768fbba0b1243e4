// What is delivered and how it is signed: the HMAC of the exact body with the integrator's webhook secret.
import type { Event } from '#core/event.ts';
import type { Message, NewSecret, WireHeaders } from '#dialects/dialect.ts';
import { createKeyCache, hmac } from '#lib/hmac.ts';
import type { JsonObject } from '#lib/json.ts';
import type { Random } from '#lib/random.ts';
import { completePayload } from './events.ts';

const secretPrefix = 'whsec_'; // documented: the example; clients choose theirs freely
const secretBytes = 32; // ours

/** Documented: the secret is used as it is, with its prefix, and not decoded. */
const keyOf = createKeyCache((secret) => Buffer.from(secret), 10_000);

export const secretLengthMax = 1024; // ours

/** Documented: clients choose it freely. */
export function checkSecret(secret: string): string | null {
  const isWhole = secret.length >= 1 && secret.length <= secretLengthMax;
  return isWhole ? null : `must be 1 to ${secretLengthMax} characters`;
}

export function createSecret(random: Random): Promise<NewSecret> {
  const text = Buffer.from(random.bytes(secretBytes)).toString('base64url');
  return Promise.resolve({ secret: `${secretPrefix}${text}` });
}

/**
 * The published payload, byte for byte, with the members inserted that follow from the event and are missing, where the
 * documented order has them. What is inserted is compact: older receivers verify over `JSON.stringify` of what they parsed.
 */
export function render(event: Event): Uint8Array {
  const { payload } = event;
  return completePayload(event, Buffer.from(payload.buffer, payload.byteOffset, payload.length));
}

/** The delivered payload of an event, as a value. */
export function readPayload(event: Event): JsonObject {
  const payload: JsonObject = JSON.parse(Buffer.from(render(event)).toString('utf8'));
  return payload;
}

/** Documented: `Signature` alone, hex and without a prefix; left out while no secret is set. */
export function sign({ payload, secrets }: Message): WireHeaders {
  const [secret] = secrets; // documented: one secret; a rotation with two is not
  return {
    'Content-Type': 'application/json', // inferred
    ...(secret === undefined ? {} : { Signature: hmac('sha256', keyOf(secret), 'hex', payload) }),
  };
}
