// Server-sent events (WHATWG HTML, 9.2) as this server writes them: one line of data each. `EventSource` would hide why the
// server refuses a stream.

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The server sends a comment each 15 s: a connection that is silent for so long is dead, as after a sleep of the machine. */
const silentMsMax = 45_000;

/** What comes at once is one item: a screen is drawn once for it. Ends with the stream; throws when it is lost. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly StreamEvent[]> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value = '' } = await within(silentMsMax, reader.read());
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      const events = blocks.flatMap(readBlock);
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

/** Comments, and how soon to connect again, have no data. */
function readBlock(block: string): readonly StreamEvent[] {
  const member = (name: string): string | undefined =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = member('data');
  return data === undefined
    ? []
    : [{ event: member('event') ?? 'message', data: JSON.parse(data) as unknown }];
}
