// A client on a bare socket: it sends what an HTTP library would not, and sees what became of the connection.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawClient {
  readonly socket: Socket;
  send(bytes: string | Uint8Array): void;
  /** The next answer. Rejects when the connection closes before it is whole. */
  answer(): Promise<RawAnswer>;
  /** Resolves when the server has closed the connection, with what has come and was not read as an answer. */
  closed(): Promise<string>;
  close(): void;
}

/** Connects to 127.0.0.1. */
export async function openRawClient(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  // The server may reset the connection: `closed` resolves then, too.
  socket.on('error', () => {});
  await once(socket, 'connect');
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    async answer() {
      for (;;) {
        const found = readAnswer(received);
        if (found !== null) {
          received = received.slice(found.length);
          return found.answer;
        }
        if (socket.closed) throw new Error(`closed before a whole answer: ${JSON.stringify(received)}`);
        await Promise.race([once(socket, 'data'), ended]);
      }
    },
    async closed() {
      await ended;
      return received;
    },
    close: () => socket.destroy(),
  };
}

/** An answer with a Content-Length at the beginning of `text`, and how long it is. */
function readAnswer(text: string): { readonly answer: RawAnswer; readonly length: number } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const length = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (text.length < length) return null;
  const status = Number(statusLine.split(' ')[1]);
  return { answer: { status, headers, body: text.slice(headEnd + 4, length) }, length };
}
