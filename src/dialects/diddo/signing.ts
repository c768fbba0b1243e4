// What is delivered and how it is signed. That deliveries are signed with the secret from creation is
// documented; the envelope, the headers and the algorithm are not. ours: the open Standard Webhooks
// specification, so that receivers verify with its public libraries.
import type { Event } from '#core/event.ts';
import { createSymmetricSecret, signSymmetric } from '#core/signature.ts';
import type { Message, NewSecret, WireHeaders } from '#dialects/dialect.ts';
import type { Random } from '#lib/random.ts';
import { formatTime } from '#lib/rfc3339.ts';

/** `whsec_` and 32 random bytes in base64. */
export function createSecret(random: Random): Promise<NewSecret> {
  return Promise.resolve({ secret: createSymmetricSecret(random) }); // ours
}

/** ours: `{"id":…,"type":…,"created_at":…,"data":…}` around the bytes of the stored payload. */
export function render({ id, type, occurredAt, payload }: Event): Uint8Array {
  const head = `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"created_at":"${formatTime(occurredAt)}"`;
  return Buffer.concat([Buffer.from(`${head},"data":`), payload, Buffer.from('}')]);
}

/** ours: `webhook-id` is the `id` of the payload, the same on every attempt. */
export function sign({ event, payload, secrets }: Message, now: number): WireHeaders {
  const { timestamp, signature } = signSymmetric({ id: event.id, payload, secrets }, now);
  return {
    'Content-Type': 'application/json', // documented
    'webhook-id': event.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  };
}
