// What is delivered and how it is signed: an envelope, and the signature scheme of the API with the key pair of the
// subscription instead of the merchant's.
import type { Endpoint } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Message, NewSecret, WireHeaders } from '#dialects/dialect.ts';
import { createKeyCache, hmac } from '#lib/hmac.ts';
import { documentSpan, insertMembers, memberSpans } from '#lib/json-source.ts';
import type { Random } from '#lib/random.ts';
import { formatTime } from '#lib/rfc3339.ts';
import { findEventType } from './events.ts';
import { requestIdOf } from './wire.ts';

const keyBytes = 16; // inferred: 32 hex characters each, as the API's keys have

/** Cache for the subscriptions that have deliveries at the same time. */
const keyOf = createKeyCache((secret) => Buffer.from(secret), 10_000); // documented: the secret as text

/** inferred: a regeneration changes the public key too. */
export function createSecret(random: Random): Promise<NewSecret> {
  const [publicKey, secret] = [makeHex(random), makeHex(random)];
  return Promise.resolve({ secret, attributes: { publicKey } });
}

const ownSecret = /^[!-~]{16,128}$/;

/** documented: the secret as text; ours: its form and length. The public key beside it is made here. */
export function checkSecret(secret: string): string | null {
  return ownSecret.test(secret) ? null : 'must be 16 to 128 characters of ASCII without spaces';
}

/** The envelope in the documented order, around the bytes of the stored payload. */
export function render(event: Event, endpoint: Endpoint): Uint8Array {
  const { service, level } = findEventType(event.type);
  const envelope = {
    requestId: requestIdOf(endpoint), // documented: the same on all deliveries of a subscription
    // documented: a number; inferred: receivers detect repetitions by it; ours: counted per tenant, so that it does not
    // tell how much others publish. Events that an earlier version published keep the number it gave them.
    id: event.number ?? event.seq,
    createdDate: formatLocal(event.occurredAt),
    level,
    service,
    eventType: event.type,
  };
  const head = `${JSON.stringify(envelope).slice(0, -1)},"data":`;
  return Buffer.concat([Buffer.from(head), nameType(event), Buffer.from('}')]);
}

/** documented: `Key` and `Sign`, over the body only; inferred: only the newest pair signs. */
export function sign({ endpoint, payload, secrets }: Message): WireHeaders {
  const [secret] = secrets;
  const publicKey = endpoint.attributes['publicKey'];
  if (secret === undefined || typeof publicKey !== 'string') throw new Error('an endpoint has no key pair');
  return {
    'Content-Type': 'application/json', // inferred
    Key: publicKey,
    Sign: hmac('sha512', keyOf(secret), 'hex', payload),
  };
}

/** documented: local ISO time without a zone, trailing zeros dropped; inferred: UTC. */
function formatLocal(ms: number): string {
  return formatTime(ms).replace(/\.?0*Z$/, '');
}

/** The published payload, byte for byte, with the event type as its first member `type` if it has none. */
function nameType({ type, payload }: Event): Uint8Array {
  const json = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const members = memberSpans(json, documentSpan(json));
  if (members.has('type')) return payload;
  const [first = null] = members.keys();
  return insertMembers(json, [{ name: 'type', json: JSON.stringify(type), before: first }]);
}

function makeHex(random: Random): string {
  return Buffer.from(random.bytes(keyBytes)).toString('hex');
}
