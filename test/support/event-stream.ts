// A client of server-sent events over a real socket.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface StreamedEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: any;
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** All events so far. */
  readonly events: readonly StreamedEvent[];
  /** Resolves with the events when there are so many, or when the stream has ended. */
  received(count: number): Promise<readonly StreamedEvent[]>;
  /** Everything as it came. */
  text(): string;
  readonly ended: Promise<void>;
  close(): void;
}

export async function openStream(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const asked: ClientRequest = request(url, {
    headers: { accept: 'text/event-stream', ...headers },
    agent: false,
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  asked.on('error', () => {});
  const events: StreamedEvent[] = [];
  let text = '';
  let unread = '';
  let check = (): void => {};
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const blocks = (unread + part).split('\n\n');
    unread = blocks.pop() ?? '';
    for (const block of blocks) {
      const found = readBlock(block);
      if (found !== null) events.push(found);
    }
    check();
  });
  const ended = new Promise<void>((resolve) => {
    response.once('close', () => {
      resolve();
      check();
    });
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    text: () => text,
    ended,
    received: (count) =>
      new Promise((resolve) => {
        check = () => {
          if (events.length >= count || response.closed) resolve(events);
        };
        check();
      }),
    close: () => asked.destroy(),
  };
}

function readBlock(block: string): StreamedEvent | null {
  const member = (name: string): string | null =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? null;
  const data = member('data');
  return data === null
    ? null
    : { id: member('id'), event: member('event') ?? 'message', data: JSON.parse(data) };
}
