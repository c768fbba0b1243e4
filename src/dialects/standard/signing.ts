// What is delivered and how it is signed: the Standard Webhooks specification, version 1.
import type { Event } from '#core/event.ts';
import { createSymmetricSecret, signSymmetric } from '#core/signature.ts';
import type { Message, NewSecret, WireHeaders } from '#dialects/dialect.ts';
import type { Random } from '#lib/random.ts';
import { formatTime } from '#lib/rfc3339.ts';

/** `whsec_` and 32 random bytes in base64. */
export function createSecret(random: Random): Promise<NewSecret> {
  return Promise.resolve({ secret: createSymmetricSecret(random) }); // documented: 24 to 64 bytes
}

/** `{"type":…,"timestamp":…,"data":…}` around the bytes of the stored payload. */
export function render(event: Event): Uint8Array {
  const head = `{"type":${JSON.stringify(event.type)},"timestamp":"${formatTime(event.occurredAt)}","data":`;
  return Buffer.concat([Buffer.from(head), event.payload, Buffer.from('}')]);
}

/** One signature for each valid secret, newest first, so that receivers can rotate at any time of the overlap. */
export function sign({ event, payload, secrets }: Message, now: number): WireHeaders {
  const { timestamp, signature } = signSymmetric({ id: event.id, payload, secrets }, now);
  return {
    'Content-Type': 'application/json',
    'webhook-id': event.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  };
}
