// Request bodies: reads the bytes of one, within the bound of its route and a bound on all that are being read. Backpressure:
// beyond that, 503 with `Retry-After`. What is not read is discarded as it arrives, without memory.
import type { IncomingMessage } from 'node:http';
import { Fault } from '#core/fault.ts';

/** Whether the sender of a body has shown a key that is known. */
export type Trust = 'known' | 'unknown';

/** Bytes of one body whose sender is not known yet: a signature can be checked only when all of it is there. */
const unknownBytesMax = 32 * 1024;
/** Part of the bound that requests without a known key can take: they do not take the rest from publishers. */
const unknownShare = 1 / 4;
const retryAfterSeconds = 1;

export const noBytes = Buffer.alloc(0);

/** True when the head of a request says that a body follows (RFC 9112 6.3). */
export function announcesBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** True for transfer codings besides the chunks, which another server might have read in another way (request smuggling). */
export function isDoublyEncoded({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.toLowerCase() !== 'chunked';
}

/** Reads bodies, `bytesMax` bytes in all at a time. */
export class BodyReader {
  readonly #bytesMax: Readonly<Record<Trust, number>>;
  readonly #bytes: Record<Trust, number> = { known: 0, unknown: 0 };

  constructor(bytesMax: number) {
    const unknown = Math.floor(bytesMax * unknownShare);
    this.#bytesMax = { unknown, known: bytesMax - unknown };
  }

  /** The whole body; empty without one. Rejects with `Fault`: too long, cut off, or too many at a time. */
  read(request: IncomingMessage, routeBytesMax: number, trust: Trust): Promise<Buffer> {
    if (!announcesBody(request)) return Promise.resolve(noBytes);
    const bytesMax = trust === 'known' ? routeBytesMax : Math.min(routeBytesMax, unknownBytesMax);
    if (Number(request.headers['content-length']) > bytesMax) return Promise.reject(tooLong(bytesMax));
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const stop = (): void => {
        request.off('data', take).off('end', finish).off('error', cutOff).off('close', cutOff);
        this.#bytes[trust] -= bytes;
      };
      const refuse = (fault: Fault): void => {
        stop();
        reject(fault);
      };
      const take = (chunk: Buffer): void => {
        chunks.push(chunk);
        bytes += chunk.length;
        this.#bytes[trust] += chunk.length;
        if (bytes > bytesMax) refuse(tooLong(bytesMax));
        else if (this.#bytes[trust] > this.#bytesMax[trust]) refuse(tooMany());
      };
      const finish = (): void => {
        stop();
        resolve(Buffer.concat(chunks, bytes));
      };
      const cutOff = (): void =>
        refuse(new Fault('json_invalid', 'The body ended before its announced length.'));
      request.on('data', take).on('end', finish).on('error', cutOff).on('close', cutOff);
    });
  }
}

/**
 * Drops what still arrives of a body that is not read, so that the connection can be used again, and closes the
 * connection when that is more than `bytesMax`.
 */
export function discardBody(request: IncomingMessage, bytesMax: number): void {
  let left = bytesMax;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

function tooLong(bytesMax: number): Fault {
  return new Fault(
    'body_too_large',
    `The body is longer than the ${bytesMax} bytes that this route accepts.`,
  );
}

function tooMany(): Fault {
  const message = 'The server is reading as many bodies as it can hold; send this again in a moment.';
  return new Fault('unavailable', message, { retryAfterSeconds });
}
