// What is delivered and how it is signed: one header, HMAC-SHA256 over the time and the payload.
import type { Event } from '#core/event.ts';
import type { Message, NewSecret, WireHeaders } from '#dialects/dialect.ts';
import { createKeyCache, hmac } from '#lib/hmac.ts';
import type { Random } from '#lib/random.ts';

const secretBytes = 32; // ours: the length is not documented

/** documented: the key is the text of the secret, with its prefix. */
const keyOf = createKeyCache((secret) => Buffer.from(secret), 10_000);

/** `tgk_` and 32 random bytes in hex. */
export function createSecret(random: Random): Promise<NewSecret> {
  return Promise.resolve({ secret: `tgk_${Buffer.from(random.bytes(secretBytes)).toString('hex')}` });
}

const ownSecret = /^[!-~]{16,128}$/;

/** documented: the text of the secret is the key; ours: its form and length. */
export function checkSecret(secret: string): string | null {
  return ownSecret.test(secret) ? null : 'must be 16 to 128 characters of ASCII without spaces';
}

/** documented: `{"id":…,"event":…,"at":…,"details":…}` around the bytes of the stored payload. */
export function render({ id, type, occurredAt, payload }: Event): Uint8Array {
  const at = Math.floor(occurredAt / 1000);
  const head = `{"id":${JSON.stringify(id)},"event":${JSON.stringify(type)},"at":${at},"details":`;
  return Buffer.concat([Buffer.from(head), payload, Buffer.from('}')]);
}

/** documented: `t=<Unix seconds>,h=<hex>`. ours: one `h=` for each valid secret, newest first. */
export function sign({ payload, secrets }: Message, now: number): WireHeaders {
  const time = Math.floor(now / 1000);
  const marks = secrets.map((secret) => `h=${hmac('sha256', keyOf(secret), 'hex', `${time}.`, payload)}`);
  return {
    'Content-Type': 'application/json', // documented
    'Tollgate-Signature': [`t=${time}`, ...marks].join(','),
  };
}
