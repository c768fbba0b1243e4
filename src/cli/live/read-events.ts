// Server-sent events (WHATWG HTML, 9.2), as this server writes them: one line of data, and comments that keep it open.
import type { Clock } from '#lib/clock.ts';
import { Failure } from '../failure.ts';

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The server sends a comment each 15 s: a connection that is silent for so long is dead, as after a sleep of the machine. */
const silentMsMax = 45_000;

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
      const blocks = (text + part).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = readBlock(block);
        if (event !== null) yield event;
      }
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

function readBlock(block: string): StreamEvent | null {
  const lines = block.split('\n');
  const member = (name: string): string | null =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
  const data = member('data');
  return data === null ? null : { event: member('event') ?? 'message', data: JSON.parse(data) as unknown };
}
