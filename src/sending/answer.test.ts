import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { responseBytesKept, responseBytesRead } from '#core/attempt.ts';
import { AnswerParser, headBytesMax } from './answer.ts';

/** All that is known after these reads, and after the end of the connection. */
function parse(reads: readonly Uint8Array[]) {
  const answer = new AnswerParser();
  // One buffer for all reads, as sockets use it.
  const buffer = Buffer.alloc(Math.max(1, ...reads.map(({ length }) => length)));
  let progress = answer.push(buffer, 0);
  for (const read of reads) {
    buffer.set(read);
    progress = answer.push(buffer, read.length);
  }
  const canReuse = answer.canReuse();
  const body = Buffer.from(answer.body()).toString('latin1');
  const { status, headers, problem } = answer;
  return {
    progress,
    status,
    headers,
    body,
    canReuse,
    problem,
    keepAliveMs: answer.keepAliveMs(),
    end: answer.end(),
  };
}

function read(text: string) {
  return parse([Buffer.from(text, 'latin1')]);
}

/** The bytes cut at these places, in any order and number. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return cuts.slice(1).map((cut, i) => bytes.subarray(cuts[i], cut));
}

const ok = { progress: 'whole', status: 200, body: 'ok', canReuse: true };
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n';

/** What other clients read, and what comes of it. */
const readable: readonly (readonly [string, string, object])[] = [
  ['an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', ok],
  [
    '100 Continue before it',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ok,
  ],
  [
    'several informational answers, whose headers are not those of the answer',
    'HTTP/1.1 102 P\r\nX: 1\r\n\r\nHTTP/1.1 103 E\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    { ...ok, headers: { 'content-length': '2' } },
  ],
  ['bare LF', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', ok],
  ['CR CR LF', 'HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\r\n\r\r\nok', ok],
  ['empty lines before it', '\r\n\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', ok],
  ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', ok],
  ['more than one space in the status line', 'HTTP/1.1   200 \t OK\r\nContent-Length: 2\r\n\r\nok', ok],
  [
    'a folded header',
    'HTTP/1.1 200 OK\r\nX-A: one\r\n  two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok',
    { ...ok, headers: { 'x-a': 'one two three', 'content-length': '2' } },
  ],
  ['a folded line before any header', 'HTTP/1.1 200 OK\r\n folded\r\nContent-Length: 2\r\n\r\nok', ok],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok', ok],
  ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok', ok],
  ['a name that is no token', 'HTTP/1.1 200 OK\r\nMy Header: x\r\nContent-Length: 2\r\n\r\nok', ok],
  [
    'a bare CR in a header',
    'HTTP/1.1 200 OK\r\nX-A: b\rc\r\nContent-Length: 2\r\n\r\nok',
    { ...ok, headers: { 'x-a': 'b c', 'content-length': '2' } },
  ],
  ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', ok],
  ['the same length in a list', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok', ok],
  ['chunks', `${chunked}\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n`, ok],
  ['chunks in bare LF', `${chunked}\n1\no\n1\nk\n0\n\n`, ok],
  ['spaces behind a chunk size', `${chunked}\r\n2  \r\nok\r\n0 \r\n\r\n`, ok],
  ['chunk extensions', `${chunked}\r\n2;a=b\r\nok\r\n0 ; c\r\n\r\n`, ok],
  ['leading zeros in a chunk size', `${chunked}\r\n0000000000000000000002\r\nok\r\n000\r\n\r\n`, ok],
  ['trailers', `${chunked}\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n`, ok],
  [
    'a length beside chunks',
    `${chunked}Content-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    { ...ok, canReuse: false },
  ],
  [
    'several transfer codings, the last of which is chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ok,
  ],
  ['an identity coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok', ok],
  ['no body with 204', 'HTTP/1.1 204 No Content\r\n\r\n', { progress: 'whole', status: 204, canReuse: true }],
  [
    'an announced body that 204 cannot have',
    'HTTP/1.1 204 N\r\nContent-Length: 2\r\n\r\nok',
    { progress: 'whole', status: 204, body: '', canReuse: false },
  ],
  [
    'an empty body',
    'HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n',
    { progress: 'whole', status: 500, canReuse: true },
  ],
  ['a status of no class', 'HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n', { progress: 'whole', status: 999 }],
  [
    'a body that the connection ends',
    'HTTP/1.1 200 OK\r\n\r\nok',
    { ...ok, progress: 'unfinished', end: 'whole', canReuse: false },
  ],
  [
    'an unknown coding, to the end',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\nok',
    { progress: 'unfinished', end: 'whole', body: 'ok' },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', { ...ok, canReuse: false }],
  [
    'HTTP/1.0 that keeps the connection',
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok',
    ok,
  ],
  [
    'a connection that closes',
    'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok',
    { ...ok, canReuse: false },
  ],
  ['bytes behind it', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokk', { ...ok, canReuse: false }],
  [
    'a timeout of the idle connection',
    'HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=5\r\nContent-Length: 2\r\n\r\nok',
    { ...ok, keepAliveMs: 5000 },
  ],
  [
    'none',
    'HTTP/1.1 200 OK\r\nKeep-Alive: max=9\r\nContent-Length: 2\r\n\r\nok',
    { ...ok, keepAliveMs: null },
  ],
];

/** What is no answer, with the status that had been read before. */
const unreadable: readonly (readonly [string, string, number | null])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', null],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n', null],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n', null],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n', null],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n', null],
  ['a header without a colon', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n', null],
  ['a null character', 'HTTP/1.1 200 OK\r\nX: \0\r\n\r\n', null],
  ['lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 200],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 200],
  ['an empty length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n', 200],
  ['a chunk size that is no number', `${chunked}\r\nxyz\r\n`, 200],
  ['an empty chunk size', `${chunked}\r\n\r\n`, 200],
  ['a chunk longer than it says', `${chunked}\r\n1\r\nok\r\n`, 200],
];

describe('an answer', () => {
  test.each(readable)('%s', (_what, text, expected) => {
    expect(read(text)).toMatchObject({ problem: '', ...expected });
  });

  test.each(unreadable)('%s is invalid', (_what, text, status) => {
    expect(read(text)).toMatchObject({ progress: 'invalid', end: 'invalid', status, canReuse: false });
    expect(read(text).problem).toMatch(/^(The|A) .*\.$/);
  });

  test.each([
    'HTTP/1.1 200',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no',
    `${chunked}\r\n2\r\nok`,
    `${chunked}\r\n2\r\nok\r\n0\r\n`,
    'HTTP/1.1 100 Continue\r\n\r\n',
  ])('%j is not whole when the connection ends', (text) => {
    expect(read(text)).toMatchObject({ progress: 'unfinished', end: 'unfinished', canReuse: false });
  });

  test('nothing of an answer stays for the next one', () => {
    const answer = new AnswerParser();
    const first = Buffer.from(
      'HTTP/1.1 200 OK\r\nX-A: b\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokk',
    );
    expect(answer.push(first, first.length)).toBe('whole');
    const headers = answer.headers;
    answer.reset();
    expect(answer).toMatchObject({ status: null, headers: {}, hasBytes: false });
    const second = Buffer.from('HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n');
    expect(answer.push(second, second.length)).toBe('whole');
    expect(answer).toMatchObject({ status: 201, headers: { 'content-length': '0' }, hasBytes: true });
    expect([answer.canReuse(), answer.body().length, headers['x-a']]).toEqual([true, 0, 'b']);
  });
});

describe('limits count every byte', () => {
  const head = 'HTTP/1.1 200 OK\r\nX-Long: ';
  const tail = '\r\nContent-Length: 0\r\n\r\n';
  const filled = (bytes: number): string => head + 'z'.repeat(bytes - head.length - tail.length) + tail;

  test('a head of 16 KiB is read, one byte more is not', () => {
    expect(read(filled(headBytesMax))).toMatchObject({ progress: 'whole' });
    expect(read(filled(headBytesMax + 1))).toMatchObject({ progress: 'invalid', status: null });
    expect(read(filled(headBytesMax + 1)).problem).toMatch(/16384 bytes of headers/);
  });

  test.each([
    ['empty lines', '', '\r\n'],
    ['a reason phrase', 'HTTP/1.1 200 ', 'z'],
    ['headers', 'HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nx: y\r\n', ' \r\n'],
    ['informational answers', '', 'HTTP/1.1 103 E\r\n\r\n'],
  ])('%s without end are given up after 16 KiB', (_what, start, bytes) => {
    const text = start + bytes.repeat(headBytesMax);
    expect(read(text.slice(0, headBytesMax - 1))).toMatchObject({ progress: 'unfinished' });
    expect(read(text.slice(0, headBytesMax))).toMatchObject({ progress: 'invalid' });
  });

  test.each([
    ['a chunk extension', `${chunked}\r\n`, '1;', 'z'],
    ['a chunk size', `${chunked}\r\n`, '', '0'],
    ['trailers', `${chunked}\r\n`, '0\r\n', '0\r\n'],
    ['chunks of one byte', `${chunked}\r\n`, '', '1\r\nz\r\n'],
    ['a long body', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n', '', 'z'],
    ['a body without an end', 'HTTP/1.1 200 OK\r\n\r\n', '', 'z'],
  ])('%s without end is cut after 64 KiB and counts by its status', (_what, start, first, bytes) => {
    const text = start + first + bytes.repeat(responseBytesRead);
    const end = start.length + responseBytesRead;
    expect(read(text.slice(0, end - 1))).toMatchObject({ progress: 'unfinished' });
    expect(read(text.slice(0, end))).toMatchObject({ progress: 'cut', status: 200, canReuse: false });
  });

  test('of a long body the first 8 KiB are kept', () => {
    const text = Array.from({ length: 3000 }, (_, i) => `${i},`).join('');
    const { body, progress } = read(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    expect(progress).toBe('whole');
    expect(body).toBe(text.slice(0, responseBytesKept));
  });
});

describe('however the bytes are cut into reads, the answer is the same', () => {
  const all = [...readable, ...unreadable].map(([what, text]) => [what, text] as const);

  test.each(all)('%s, byte by byte', (_what, text) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(parse([bytes]));
  });

  const fragments = fc.oneof(
    fc.constantFrom(
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'Content-Length: 3\r\n',
      'Content-Length: 70000\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: close\r\n',
      'X: y\r\n',
      ' folded\r\n',
      '\r\n',
      '\n',
      '\r',
      '3\r\nabc\r\n',
      '0\r\n\r\n',
      'abc',
      '1;ext',
    ),
    fc.string({ maxLength: 20, unit: 'binary' }),
    fc.constantFrom('z', '\r\n', 'x: y\r\n', '1\r\nz\r\n').map((text) => text.repeat(15_000)),
  );
  const texts = fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join(''));
  const answers = fc.oneof(
    texts,
    texts.map((text) => `HTTP/1.1 200 OK\r\n${text}`),
    texts.map((text) => `${chunked}\r\n${text}`),
  );

  test('any bytes, cut anywhere', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(200_000), { maxLength: 30 }), (text, places) => {
        const bytes = Buffer.from(text, 'latin1');
        const whole = parse([bytes]);
        expect(parse(cutAt(bytes, places))).toEqual(whole);
        expect(whole.body.length).toBeLessThanOrEqual(responseBytesKept);
        expect(whole.problem !== '').toBe(whole.progress === 'invalid');
        // Beyond the limits together no answer is unfinished.
        if (bytes.length >= headBytesMax + responseBytesRead) expect(whole.progress).not.toBe('unfinished');
      }),
      { numRuns: 1_000 },
    );
  });
});
