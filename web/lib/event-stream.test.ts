import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StreamEvent } from '#contract/event-stream.ts';
import { readEvents } from './event-stream.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function read(body: ReadableStream<Uint8Array>): Promise<readonly (readonly StreamEvent[])[]> {
  const batches = [];
  for await (const batch of readEvents(body)) batches.push(batch);
  return batches;
}

test('events are read wherever the parts are cut, and comments are left out', async () => {
  const text =
    'retry: 1000\n\n: ping\n\nevent: attempt\ndata: {"id":"é\u2028"}\n\nevent: end\ndata: {"code":"x"}\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    expect((await read(body)).flat()).toEqual([
      { event: 'attempt', data: { id: 'é\u2028' } },
      { event: 'end', data: { code: 'x' } },
    ]);
  }
});

test('a connection that says nothing for too long is lost', async () => {
  const reading = expect(read(new ReadableStream())).rejects.toThrow('Nothing came for 45 s.');
  await vi.advanceTimersByTimeAsync(45_000);
  await reading;
});
