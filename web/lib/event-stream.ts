// Server-sent events, read by hand: `EventSource` would hide why the server refuses a stream.
import { silentMsMax, splitEvents, type StreamEvent } from '#contract/event-stream.ts';

/** What comes at once is one item: a screen is drawn once for it. Ends with the stream; throws when it is lost. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly StreamEvent[]> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value = '' } = await within(silentMsMax, reader.read());
      if (done) return;
      const { events, rest } = splitEvents(text + value);
      text = rest;
      if (events.length > 0) yield events;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing came for ${ms / 1000} s.`)), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
