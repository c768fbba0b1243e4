import { expect, test } from 'vitest';
import { createSplitter } from './http.ts';

const first = `POST /a HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\n\r\nhello`;
const second = `POST /b HTTP/1.1\r\ncontent-length: 400\r\n\r\n${'y'.repeat(400)}`;
const third = `POST /c HTTP/1.1\r\ncontent-length: 1\r\n\r\nz`;

/** The calls of the handlers when the bytes arrive in chunks of `size`. */
function split(text: string, size: number): string[] {
  const calls: string[] = [];
  const take = createSplitter({
    onStart: (bytes, at, bodyAt) =>
      calls.push(`${bytes.toString('latin1', at, at + 7)} ${bytes.toString('latin1', bodyAt, bodyAt + 1)}`),
    onEnd: () => calls.push('end'),
  });
  for (let at = 0; at < text.length; at += size) take(Buffer.from(text.slice(at, at + size)));
  return calls;
}

test('the splitter finds the same messages, however the bytes are split into chunks', () => {
  const whole = first + second + third + first;
  const expected = ['POST /a h', 'end', 'POST /b y', 'end', 'POST /c z', 'end', 'POST /a h', 'end'];
  for (let size = 1; size <= whole.length; size++) {
    expect(split(whole, size), `chunks of ${size}`).toEqual(expected);
  }
});

test('the splitter throws at a message without a content-length', () => {
  expect(() => split('GET / HTTP/1.1\r\n\r\n', 100)).toThrow('content-length');
});
