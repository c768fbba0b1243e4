// Raw bodies: a signature is over the bytes that arrived.
import { fromText } from './bytes.ts';
import { VerificationError } from './error.ts';

/** A body before anything has parsed it. */
export type RawBody = Uint8Array | ArrayBuffer | string;

/** The bytes of a raw body. Refuses anything else, and says why and what to do. */
export function rawBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (typeof body === 'string') return fromText(body);
  if (body === undefined || body === null) {
    throw new VerificationError(
      'body_parsed',
      'There is no body: something read it before it was verified. Verify before anything else reads the request.',
    );
  }
  throw new VerificationError(
    'body_parsed',
    'The body is an object: something parsed it before it was verified. A signature is over the exact bytes that ' +
      'arrived, and an object printed again has others (spaces, the order of members, digits of numbers). Give the raw ' +
      "body: in Express, put this route before express.json() or use express.raw({ type: '*/*' }) on it; elsewhere, " +
      'read the bytes or the text of the request.',
  );
}

/** Reads a stream of bytes, such as a request of Node. */
export async function readStream(stream: AsyncIterable<unknown>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = rawBytes(chunk);
    length += bytes.length;
    requireSize(length, bytesMax);
    chunks.push(bytes);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export function requireSize(length: number, bytesMax: number): void {
  if (length > bytesMax) {
    throw new VerificationError('body_too_large', `the body is larger than ${bytesMax} bytes`);
  }
}
