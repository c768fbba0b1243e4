// Minimal HTTP/1.1 message splitter: only messages with a content-length, one after the other. The bench shares the cores with
// the server that it measures, so this must take as little processor time as possible.

export interface MessageHandlers {
  /** The head and the first bytes of the body have arrived: the message is at `at` in `bytes`, its body at `bodyAt`. */
  readonly onStart: (bytes: Buffer, at: number, bodyAt: number) => void;
  /** The last byte of the body has arrived. */
  readonly onEnd: () => void;
}

/** `onStart` waits for this many bytes of the body. */
const bodyBytesFirst = 256;
const lengthPattern = /\r\ncontent-length: *(\d+)/i;

/** Returns a reader for the chunks of one connection. It throws at a message without a content-length. */
export function createSplitter({ onStart, onEnd }: MessageHandlers): (chunk: Buffer) => void {
  let kept: Buffer | null = null;
  /** Bytes of the current body that have not arrived. */
  let rest = 0;
  return (chunk) => {
    const bytes: Buffer = kept === null ? chunk : Buffer.concat([kept, chunk]);
    kept = null;
    let at = 0;
    if (rest > 0) {
      at = Math.min(rest, bytes.length);
      rest -= at;
      if (rest > 0) return;
      onEnd();
    }
    while (at < bytes.length) {
      const headEnd = bytes.indexOf('\r\n\r\n', at, 'latin1');
      if (headEnd === -1) break;
      const bodyAt = headEnd + 4;
      const length = readLength(bytes, at, headEnd);
      if (bytes.length < bodyAt + Math.min(length, bodyBytesFirst)) break;
      onStart(bytes, at, bodyAt);
      at = Math.min(bodyAt + length, bytes.length);
      rest = bodyAt + length - at;
      if (rest > 0) return;
      onEnd();
    }
    if (at < bytes.length) kept = bytes.subarray(at);
  };
}

function readLength(bytes: Buffer, at: number, headEnd: number): number {
  const found = lengthPattern.exec(bytes.toString('latin1', at, headEnd))?.[1];
  if (found === undefined) throw new Error('a message without a content-length');
  return Number(found);
}
