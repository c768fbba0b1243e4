import { describe, expect, test } from 'vitest';
import { lineBytesMax, readEvents, type WrittenEvent } from './event-reader.ts';
import { Failure } from '../failure.ts';

const event = (type: string): string => `{"type":"${type}","payload":{}}`;

async function* chunksOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** The events given, and how the reading ended. */
async function read(...chunks: readonly (string | Uint8Array)[]) {
  const events: WrittenEvent[] = [];
  try {
    for await (const group of readEvents(chunksOf(...chunks))) events.push(...group);
    return { events, problem: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { events, problem: error.message };
  }
}

describe('NDJSON', () => {
  test('one event per line, with or without a last line end', async () => {
    const lines = [event('a'), event('b')];
    const expected = [
      { json: lines[0], place: 'line 1' },
      { json: lines[1], place: 'line 2' },
    ];
    expect(await read(lines.join('\n'))).toEqual({ events: expected, problem: null });
    expect(await read(`${lines.join('\r\n')}\r\n`)).toEqual({ events: expected, problem: null });
  });

  test('however the bytes are cut', async () => {
    const text = Buffer.from(`${event('a')}\n${event('é')}\n`);
    const bytes = Array.from(text, (byte) => Uint8Array.of(byte));
    expect((await read(...bytes)).events.map(({ json }) => json)).toEqual([event('a'), event('é')]);
  });

  test('empty lines are skipped and counted', async () => {
    const { events } = await read(`\n\n${event('a')}\n  \t\r\n${event('b')}\n\n`);
    expect(events.map(({ place }) => place)).toEqual(['line 3', 'line 5']);
  });

  test('an empty input has no events', async () => {
    expect(await read()).toEqual({ events: [], problem: null });
    expect(await read('\n \n')).toEqual({ events: [], problem: null });
  });

  test('a byte order mark is skipped', async () => {
    expect((await read(`\u{feff}${event('a')}\n`)).problem).toBeNull();
  });

  test('numbers keep their source text', async () => {
    const json = '{"type":"a","payload":{"n":12345678901234567890,"m":1.10}}';
    expect((await read(json)).events[0]?.json).toBe(json);
  });

  test.each([
    ['not JSON', 'nonsense', /^line 3: not valid JSON/],
    ['no object', '[1]', /^line 3: an event must be an object/],
    ['null', 'null', /^line 3: an event must be an object/],
    ['no type', '{"payload":1}', /^line 3: type: is required/],
    ['an empty type', '{"type":"","payload":1}', /^line 3: type: must be a string that is not empty/],
    ['no payload', '{"type":"a"}', /^line 3: payload: is required/],
  ])('%s: reports the line, after the events before it', async (_, wrong, problem) => {
    const result = await read(`${event('a')}\n\n${wrong}\n${event('b')}\n`);
    expect(result.problem).toMatch(problem);
    expect(result.events.map(({ place }) => place)).toEqual(['line 1']);
  });

  test('bytes that are not UTF-8', async () => {
    const result = await read(`${event('a')}\n`, Uint8Array.of(0x7b, 0xff, 0x7d, 0x0a));
    expect(result.problem).toBe('line 2: not valid UTF-8');
  });

  test('a line without an end stops at the limit', async () => {
    const piece = new Uint8Array(1024 * 1024).fill(0x20);
    const pieces = Array.from({ length: lineBytesMax / piece.length + 1 }, () => piece);
    expect((await read(`${event('a')}\n`, ...pieces)).problem).toBe('line 2 is longer than 8 MiB');
  });
});

describe('a JSON document', () => {
  test('a list of events', async () => {
    const { events } = await read(`[${event('a')},\n ${event('b')}]`);
    expect(events).toEqual([
      { json: event('a'), place: 'event 1' },
      { json: event('b'), place: 'event 2' },
    ]);
  });

  test('one event over several lines', async () => {
    const json = '{\n  "type": "a",\n  "payload": {"n": 12345678901234567890, "n": 10.50}\n}';
    const { events } = await read(`${json}\n`);
    expect(events).toEqual([{ json, place: 'event 1' }]);
  });

  test('reports a wrong entry', async () => {
    expect((await read(`[${event('a')},{"type":"b"}]`)).problem).toBe('event 2: payload: is required');
  });

  test('no JSON', async () => {
    expect((await read('[{"type":\n')).problem).toMatch(/^the document is not valid JSON/);
  });

  test('an empty list has no events', async () => {
    expect(await read('[]')).toEqual({ events: [], problem: null });
  });
});
