// HTTP/1.1 response parser, lenient as RFC 9112 allows and as curl and Go are: bare LF, folded headers, a
// space before the colon, spaces behind a chunk size, repeated lengths, informational answers. It is
// incremental: the result does not depend on how the bytes are cut into reads. Every byte counts towards a
// limit, framing as much as content: no part of an answer can be endless.
import { responseBytesKept, responseBytesRead } from '#core/attempt.ts';

/** Bytes of all that comes before a body: empty lines, informational answers, status line, headers. */
export const headBytesMax = 16 * 1024;

/** `cut`: the limit on the body was reached. `invalid`: `problem` says why. */
type Ended = 'whole' | 'cut' | 'invalid';
export type Progress = 'unfinished' | Ended;

/** What the next byte belongs to. */
type Phase =
  | 'status-line'
  | 'headers'
  | 'counted' // a body with a length
  | 'chunk-size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'until-close' // a body that the end of the connection ends
  | Ended;

const nothing = new Uint8Array(0);
const newline = 0x0a;
const carriageReturn = 0x0d;

/** Reads one answer after the other; `reset` before each. */
export class AnswerParser {
  /** Status of the final answer; null until all of its headers have been read. */
  status: number | null = null;
  /** Names in lower case; the values of repeated headers are joined by a comma. */
  headers: Record<string, string> = {};
  /** Why the answer is invalid, as one sentence. */
  problem = '';
  /** True once any byte was read. */
  hasBytes = false;

  #phase: Phase = 'status-line';
  #statusRead = 0;
  /** The beginning of a line that has not ended yet. */
  #line = '';
  /** The last header, which a folded line continues. */
  #lastName = '';
  #headBytes = 0;
  #bodyBytes = 0;
  /** Bytes left of a body with a length, or of a chunk. */
  #bytesLeft = 0;
  #isPersistent = false;
  #hasStrayBytes = false;
  #body: Uint8Array = nothing;
  #bytesKept = 0;

  reset(): void {
    this.status = null;
    this.headers = {};
    this.problem = '';
    this.hasBytes = false;
    this.#phase = 'status-line';
    this.#line = '';
    this.#lastName = '';
    this.#headBytes = 0;
    this.#bodyBytes = 0;
    this.#hasStrayBytes = false;
    this.#body = nothing;
    this.#bytesKept = 0;
  }

  /** Reads the first `length` bytes of `bytes`, which may be overwritten afterwards. */
  push(bytes: Buffer, length: number): Progress {
    this.hasBytes ||= length > 0;
    let at = 0;
    while (at < length && !hasEnded(this.#phase)) {
      at = isInHead(this.#phase) ? this.#readHead(bytes, at, length) : this.#readBody(bytes, at, length);
    }
    this.#hasStrayBytes ||= at < length;
    return this.#progress();
  }

  /** The receiver has ended the connection: 'unfinished' when the answer was not whole by then. */
  end(): Progress {
    if (this.#phase === 'until-close') this.#phase = 'whole';
    return this.#progress();
  }

  /** At most the first `responseBytesKept` bytes of the content. */
  body(): Uint8Array {
    return this.#body.length === this.#bytesKept ? this.#body : this.#body.slice(0, this.#bytesKept);
  }

  /** True when a whole answer leaves the connection ready for another request. */
  canReuse(): boolean {
    return this.#phase === 'whole' && this.#isPersistent && !this.#hasStrayBytes;
  }

  /** For how long the receiver keeps the idle connection, in ms; null when it does not say. */
  keepAliveMs(): number | null {
    const [, seconds] = /\btimeout\s*=\s*"?(\d{1,9})/i.exec(this.headers['keep-alive'] ?? '') ?? [];
    return seconds === undefined ? null : Number(seconds) * 1000;
  }

  #progress(): Progress {
    return hasEnded(this.#phase) ? this.#phase : 'unfinished';
  }

  #readHead(bytes: Buffer, start: number, length: number): number {
    const end = Math.min(length, start + headBytesMax - this.#headBytes);
    let at = start;
    while (at < end && isInHead(this.#phase)) at = this.#readLine(bytes, at, end);
    this.#headBytes += at - start;
    if (isInHead(this.#phase) && this.#headBytes >= headBytesMax) {
      this.#fail(`The answer has more than ${headBytesMax} bytes of headers.`);
    }
    return at;
  }

  #readBody(bytes: Buffer, start: number, length: number): number {
    const end = Math.min(length, start + responseBytesRead - this.#bodyBytes);
    let at = start;
    while (at < end && !hasEnded(this.#phase)) {
      at = isContent(this.#phase) ? this.#readContent(bytes, at, end) : this.#readLine(bytes, at, end);
    }
    this.#bodyBytes += at - start;
    if (!hasEnded(this.#phase) && this.#bodyBytes >= responseBytesRead) this.#phase = 'cut';
    return at;
  }

  #readContent(bytes: Buffer, at: number, end: number): number {
    const stop = this.#phase === 'until-close' ? end : Math.min(end, at + this.#bytesLeft);
    this.#keep(bytes, at, stop);
    this.#bytesLeft -= stop - at;
    if (this.#bytesLeft === 0) {
      if (this.#phase === 'counted') this.#phase = 'whole';
      else if (this.#phase === 'chunk') this.#phase = 'chunk-end';
    }
    return stop;
  }

  /** Reads to the end of a line or of what may be read. A line ends with LF; CR before it is dropped. */
  #readLine(bytes: Buffer, at: number, end: number): number {
    let stop = at;
    while (stop < end && bytes[stop] !== newline) stop++;
    const part = bytes.toString('latin1', at, stop);
    const line = this.#line === '' ? part : this.#line + part;
    if (stop === end) {
      this.#line = line;
      return end;
    }
    this.#line = '';
    this.#takeLine(trimLineEnd(line));
    return stop + 1;
  }

  #takeLine(line: string): void {
    switch (this.#phase) {
      case 'status-line':
        // RFC 9112 2.2: empty lines before an answer are skipped.
        if (line !== '') this.#takeStatusLine(line);
        return;
      case 'headers':
        if (line === '') this.#endHead();
        else this.#takeHeader(line);
        return;
      case 'chunk-size':
        this.#takeChunkSize(line);
        return;
      case 'chunk-end':
        if (line === '') this.#phase = 'chunk-size';
        else this.#fail('A chunk of the answer is longer than its size says.');
        return;
      default:
        // Trailers are read and dropped.
        if (line === '') this.#phase = 'whole';
    }
  }

  #takeStatusLine(line: string): void {
    const [, version, status] = /^HTTP\/(\d\.\d)[ \t]+([1-9]\d\d)(?:[ \t]|$)/.exec(line) ?? [];
    if (version === undefined) {
      this.#fail('The answer is not HTTP/1.1: it does not start with a status line.');
      return;
    }
    this.#statusRead = Number(status);
    this.#isPersistent = version >= '1.1';
    this.headers = {};
    this.#lastName = '';
    this.#phase = 'headers';
  }

  #takeHeader(line: string): void {
    const { headers } = this;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      // RFC 9112 5.2: a folded line continues a value. 2.2: before the first header it is skipped.
      if (this.#lastName !== '') headers[this.#lastName] = `${headers[this.#lastName]} ${line.trim()}`;
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 0 || line.includes('\0')) {
      this.#fail('A header of the answer has no colon or contains a null character.');
      return;
    }
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    const value = line.slice(colon + 1).trim();
    this.#lastName = name;
    if (name !== '') headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }

  #endHead(): void {
    const status = this.#statusRead;
    if (status === 101) {
      this.#fail('The receiver switched to another protocol without being asked to.');
    } else if (status < 200) {
      // RFC 9110 15.2: an informational answer may come unasked; the real one follows.
      this.#phase = 'status-line';
    } else {
      this.status = status;
      this.#startBody();
    }
  }

  /** The length of a body, by RFC 9112 6.3. */
  #startBody(): void {
    const { headers, status } = this;
    const connection = headers['connection'] ?? '';
    if (connection !== '') this.#isPersistent = readPersistence(connection, this.#isPersistent);
    const lengthText = headers['content-length'];
    const codings = listCodings(headers['transfer-encoding']);
    if (status === 204 || status === 304) this.#phase = 'whole';
    else if (codings.at(-1) === 'chunked') {
      this.#phase = 'chunk-size';
      // RFC 9112 6.3: with a length beside it, it is not certain where the next answer starts.
      if (lengthText !== undefined) this.#isPersistent = false;
    } else if (codings.length > 0 || lengthText === undefined) {
      this.#phase = 'until-close';
      this.#isPersistent = false;
    } else this.#startCounted(readLength(lengthText));
  }

  #startCounted(length: number | null): void {
    if (length === null) this.#fail('The answer states no valid length, or several that differ.');
    else {
      this.#bytesLeft = length;
      this.#phase = length === 0 ? 'whole' : 'counted';
    }
  }

  #takeChunkSize(line: string): void {
    const [, digits] = /^([\da-f]+)[ \t]*(?:;|$)/i.exec(line) ?? [];
    if (digits === undefined) {
      this.#fail('The size of a chunk of the answer is not a hexadecimal number.');
      return;
    }
    this.#bytesLeft = Number.parseInt(digits, 16);
    this.#phase = this.#bytesLeft === 0 ? 'trailers' : 'chunk';
  }

  #fail(problem: string): void {
    this.problem = problem;
    this.#phase = 'invalid';
  }

  /** Copies. Most answers are short and come at once: these get an array of their own size. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const part = bytes.subarray(start, Math.min(end, start + responseBytesKept - this.#bytesKept));
    if (part.length === 0) return;
    if (this.#bytesKept === 0) this.#body = new Uint8Array(part);
    else {
      if (this.#body.length < responseBytesKept) {
        const first = this.#body;
        this.#body = new Uint8Array(responseBytesKept);
        this.#body.set(first);
      }
      this.#body.set(part, this.#bytesKept);
    }
    this.#bytesKept += part.length;
  }
}

function hasEnded(phase: Phase): phase is Ended {
  return phase === 'whole' || phase === 'cut' || phase === 'invalid';
}

function isInHead(phase: Phase): boolean {
  return phase === 'status-line' || phase === 'headers';
}

function isContent(phase: Phase): boolean {
  return phase === 'counted' || phase === 'chunk' || phase === 'until-close';
}

/** Without the CR at the end; any other CR counts as a space (RFC 9112 2.2). */
function trimLineEnd(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === carriageReturn) end--;
  const trimmed = line.slice(0, end);
  return trimmed.includes('\r') ? trimmed.replaceAll('\r', ' ') : trimmed;
}

function readPersistence(connection: string, byDefault: boolean): boolean {
  const options = connection.toLowerCase().split(/[\s,]+/);
  if (options.includes('close')) return false;
  return byDefault || options.includes('keep-alive');
}

/** The transfer codings in order; `identity` means none. */
function listCodings(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** RFC 9110 8.6: the same length may be repeated. Null for what is not one length. */
function readLength(text: string): number | null {
  const [first = '', ...more] = text.split(',').map((part) => part.trim());
  return /^\d+$/.test(first) && more.every((part) => part === first) ? Number(first) : null;
}
