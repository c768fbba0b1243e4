// Reads events from a file or a pipe: NDJSON, one JSON event, or a JSON list of events. Every event keeps its source
// text, so that numbers do not lose precision.
import { messageOf, Failure } from '../failure.ts';
import { byteLines } from './lines.ts';
import { splitDocument } from './lossless-json.ts';

/** An event to publish, and its place in the input. */
export interface WrittenEvent {
  /** JSON as it is written in the input. */
  readonly json: string;
  /** `line 17`, or `event 3` of a list. */
  readonly place: string;
}

/** A payload has at most 1 MiB; six-byte escapes (`\u0041`) can make its text longer. */
export const lineBytesMax = 8 * 1024 * 1024;
/** A JSON document is read into memory. NDJSON is streamed and has no bound. */
const documentBytesMax = 256 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Yields the events of each chunk. Throws `Failure` with the first wrong line, after the events before it. */
export async function* readEvents(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly WrittenEvent[]> {
  let isFirst = true;
  const lines = byteLines(input, lineBytesMax);
  for await (const group of lines) {
    const filled = group.filter(({ bytes }) => !isBlank(bytes));
    const [first] = filled;
    if (first === undefined) continue;
    if (isFirst && startsDocument(first.bytes)) yield await readDocument(group, lines);
    else yield* readLines(filled);
    isFirst = false;
  }
}

type Line = { readonly number: number; readonly bytes: Uint8Array };

function* readLines(lines: readonly Line[]): Generator<readonly WrittenEvent[]> {
  const events: WrittenEvent[] = [];
  for (const { number, bytes } of lines) {
    const place = `line ${number}`;
    try {
      events.push(readEvent(decode(bytes, place), place));
    } catch (error) {
      // The events before the wrong line are valid.
      if (events.length > 0) yield events;
      throw error;
    }
  }
  yield events;
}

function readEvent(text: string, place: string): WrittenEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(place, `not valid JSON: ${messageOf(cause)}`);
  }
  checkEvent(value, place);
  return { json: text.trim(), place };
}

/** Checks only the shape. The server checks the rest. */
function checkEvent(value: unknown, place: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(place, 'an event must be an object');
  }
  if (!('type' in value)) throw wrong(place, 'type: is required');
  if (typeof value.type !== 'string' || value.type === '')
    throw wrong(place, 'type: must be a string that is not empty');
  if (!('payload' in value)) throw wrong(place, 'payload: is required');
}

function wrong(place: string, problem: string): Failure {
  const hint = 'an event looks like {"type":"payment.succeeded","payload":{"id":"pay_1"}}';
  return new Failure(`${place}: ${problem}`, { hint });
}

/** True when the first line is not a whole event: a JSON document of several lines starts there. */
function startsDocument(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trim();
  return text.startsWith('[') || (text.startsWith('{') && !text.endsWith('}'));
}

async function readDocument(
  begun: readonly Line[],
  rest: AsyncIterable<readonly Line[]>,
): Promise<readonly WrittenEvent[]> {
  const texts = begun.map((line) => Buffer.from(line.bytes));
  let bytesCount = texts.reduce((sum, { length }) => sum + length + 1, 0);
  for await (const group of rest) {
    for (const { bytes } of group) {
      bytesCount += bytes.length + 1;
      if (bytesCount > documentBytesMax) {
        const hint = 'write one event per line (NDJSON), which has no limit';
        throw new Failure(`the JSON document is longer than ${documentBytesMax / 1024 / 1024} MiB`, { hint });
      }
      texts.push(Buffer.from(bytes));
    }
  }
  const text = decode(Buffer.concat(texts.flatMap((part) => [part, lineEnd])), 'the document');
  return parseDocument(text).map(({ value, json }, index) => {
    const place = `event ${index + 1}`;
    checkEvent(value, place);
    return { json, place };
  });
}

const lineEnd = Buffer.from('\n');

function parseDocument(text: string): readonly { value: unknown; json: string }[] {
  try {
    return splitDocument(text);
  } catch (cause) {
    const hint = 'the input must be one event per line (NDJSON), one event, or a list of events';
    throw new Failure(`the document is not valid JSON: ${messageOf(cause)}`, { hint });
  }
}

function decode(bytes: Uint8Array, place: string): string {
  try {
    // The decoder removes a byte order mark.
    return utf8.decode(bytes);
  } catch {
    throw wrong(place, 'not valid UTF-8');
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
