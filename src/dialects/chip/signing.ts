// What is delivered, and its signature: base64 of RSA PKCS#1 v1.5 with SHA-256 over the exact bytes, with a key pair of
// each endpoint. Keys are generated and payloads signed in the thread pool.
import { createPrivateKey, generateKeyPair, type KeyObject, sign as signBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Event } from '#core/event.ts';
import type { Message, NewSecret, WireHeaders } from '#dialects/dialect.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { documentSpan, insertMembers, memberSpans } from '#lib/json-source.ts';
import { Semaphore } from '#lib/semaphore.ts';

const modulusLength = 3072; // inferred: the size of the keys that were seen (`MIIBojAN…`); the docs give none
const algorithm = 'RSA-SHA256'; // documented

const makeKeyPair = promisify(generateKeyPair);
const signInPool = promisify(signBytes);

/**
 * The private key as PKCS#8 PEM; the public key as SPKI PEM in the attributes. The crypto library has its own randomness.
 */
export function createSecret(): Promise<NewSecret> {
  return keyPairs.run(async () => {
    const { privateKey, publicKey } = await makeKeyPair('rsa', {
      modulusLength,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    return { secret: privateKey, attributes: { public_key: publicKey } };
  });
}

/** ours: a private key is made here and leaves the server never. */
export const checkSecret = (): string =>
  'cannot be given: the server makes an RSA key pair for each endpoint, and receivers verify with its public key';

/**
 * Generating a key pair takes some 200 ms on one of the four threads that signing shares. Two at a time, so that a
 * client that creates many endpoints does not delay deliveries.
 */
const keyPairs = new Semaphore(2);

/**
 * The stored object with `"event_type"` as its last member, or unchanged when it has that member. The object is not
 * printed again: its bytes are those that were stored.
 */
export function render({ type, payload }: Event): Uint8Array {
  const json = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (memberSpans(json, documentSpan(json)).has('event_type')) return payload;
  return insertMembers(json, [{ name: 'event_type', json: JSON.stringify(type), before: null }]);
}

/** One signature, by the newest key: the header holds one. */
export async function sign({ payload, secrets }: Message): Promise<WireHeaders> {
  const [newest] = secrets;
  if (newest === undefined) throw new Error('an endpoint has no key to sign with');
  const signature = await signInPool(algorithm, payload, keyOf(newest));
  return {
    'Content-Type': 'application/json', // inferred
    'X-Signature': signature.toString('base64'), // documented
  };
}

/** LRU cache of parsed keys: parsing takes 40 µs of the main thread, signing 1 ms of another. */
const keysMax = 2000;
const keys = new BoundedMap<string, KeyObject>(keysMax);

function keyOf(pem: string): KeyObject {
  const key = keys.get(pem) ?? parseKey(pem);
  // Set on every hit: LRU eviction.
  keys.set(pem, key);
  return key;
}

/** The parser's own error is not passed on: it may contain parts of the key. */
function parseKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Thrown below, as for a key of another type.
  }
  throw new Error('an endpoint has a secret that is not an RSA private key in PEM');
}
