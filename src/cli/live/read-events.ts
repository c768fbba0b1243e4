import { silentMsMax, splitEvents, type StreamEvent } from '#contract/event-stream.ts';
import type { Clock } from '#lib/clock.ts';
import { Failure } from '../failure.ts';

/** Throws `Failure` for a connection that is lost or silent. Ends when the server closes it. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  clock: Clock,
): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (;;) {
      const part = await readPart(reader, clock);
      if (part === null) return;
      const { events, rest } = splitEvents(text + part);
      text = rest;
      yield* events;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function readPart(reader: ReadableStreamDefaultReader<string>, clock: Clock): Promise<string | null> {
  const waiting = new AbortController();
  const silence = clock.sleep(silentMsMax, waiting.signal).then(() => 'silent' as const);
  const reading = reader.read().catch((cause: unknown) => {
    throw new Failure('the connection was lost', { cause });
  });
  try {
    const part = await Promise.race([reading, silence]);
    if (part === 'silent') {
      reading.catch(() => {});
      throw new Failure(`nothing came for ${silentMsMax / 1000} s`);
    }
    return part.done ? null : part.value;
  } finally {
    waiting.abort();
  }
}
