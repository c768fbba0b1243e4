// Hostile receivers: protocol violations, slow and endless responses, on bare sockets, because an HTTP library prevents most of
// them. Loopback only. A behaviour is called with the socket when a whole request has arrived.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A request as received. */
interface Received {
  /** Request line and headers, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

/** Responds to one request, or does not. `count` is 1 for the first request of this receiver. */
export type Behaviour = (socket: Socket, request: Received, count: number) => void;

export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:<port>/`, or `https:` with TLS. */
  readonly url: string;
  readonly requests: readonly Received[];
  /** Connections accepted so far. */
  connections(): number;
  /** Resolves when no connection is open. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  readonly tls?: TlsOptions;
  /** An address of this machine; 127.0.0.1 if not given. */
  readonly host?: string;
  readonly port?: number;
  /** Sent to every client when it connects. */
  readonly greeting?: string;
}

/** Listens on a free port. */
export async function startReceiver(behave: Behaviour, options: ReceiverOptions = {}): Promise<Receiver> {
  const { tls, host = '127.0.0.1', port = 0, greeting } = options;
  const requests: Received[] = [];
  const open = new Set<Socket>();
  const idle: (() => void)[] = [];
  let connections = 0;
  const accept = (socket: Socket): void => {
    // A reset by the client is expected.
    socket.on('error', () => {});
    if (greeting !== undefined) socket.write(greeting);
    readRequests(socket, (request) => behave(socket, request, requests.push(request)));
  };
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) for (const resolve of idle.splice(0)) resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const listening = portOf(server);
  return {
    port: listening,
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${listening}/`,
    requests,
    connections: () => connections,
    allClosed: () => new Promise((resolve) => (open.size === 0 ? resolve() : void idle.push(resolve))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** The port a TCP server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on TCP');
  return address.port;
}

/** Calls `found` for each request (with a `content-length`) that has arrived completely. */
function readRequests(socket: Socket, found: (request: Received) => void): void {
  let buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    const headEnd = buffer.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = buffer.toString('latin1', 0, headEnd);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (buffer.length < end) return;
    const request = { head, body: Buffer.from(buffer.subarray(headEnd + 4, end)) };
    buffer = Buffer.from(buffer.subarray(end));
    found(request);
  });
}

/** A complete, well-formed response. */
export function answer(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Behaviour {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = status === 204 ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return (socket) =>
    void socket.write(`HTTP/1.1 ${status} Whatever\r\n${lines.join('')}${length}\r\n${body}`);
}

/** Sends exactly these bytes. The connection stays open unless `isLast`. */
export function say(bytes: string | Uint8Array, isLast = false): Behaviour {
  return (socket) => void (isLast ? socket.end(bytes) : socket.write(bytes));
}

/** Accepts the request and never responds. */
export const silence: Behaviour = () => {};

/** Sends a header line every `everyMs`, without end. */
export function dripHeaders(everyMs: number): Behaviour {
  return (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    drip(socket, everyMs, 'x: y\r\n');
  };
}

/** Sends a byte of a body of 1 GiB every `everyMs`. */
export function dripBody(everyMs: number): Behaviour {
  return (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 30}\r\n\r\n`);
    drip(socket, everyMs, 'z');
  };
}

function drip(socket: Socket, everyMs: number, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** Sends a body of this many bytes as fast as the client reads it. Counts the sent bytes in `sent`. */
export function longBody(bytes: number, sent: { bytes: number }, isChunked = false): Behaviour {
  const block = Buffer.alloc(64 * 1024, 'z');
  const framed = isChunked
    ? Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from('\r\n')])
    : block;
  return (socket) => {
    const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
    socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
    const fill = (): void => {
      while (!socket.destroyed && sent.bytes < bytes) {
        sent.bytes += block.length;
        if (!socket.write(framed)) return void socket.once('drain', fill);
      }
    };
    fill();
  };
}

/** Sends `start`, then the same bytes without end, as fast as the client reads them. */
export function repeat(start: string, bytes: string): Behaviour {
  const block = Buffer.from(bytes.repeat(Math.ceil(16_384 / bytes.length)));
  return (socket) => {
    socket.write(start);
    const fill = (): void => {
      while (!socket.destroyed) if (!socket.write(block)) return void socket.once('drain', fill);
    };
    fill();
  };
}

/** Sends the headers and half of the body, then resets the connection. */
export const resetInBody: Behaviour = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n' + 'z'.repeat(500), () =>
    socket.resetAndDestroy(),
  );
};

/** Resets the connection instead of a response. */
export const resetAtOnce: Behaviour = (socket) => void socket.resetAndDestroy();

/** Answers the first request on a connection with 200, and closes the connection at the second. */
export function closeOnReuse(): Behaviour {
  const used = new WeakSet<Socket>();
  return (socket, request, count) => {
    if (used.has(socket)) {
      socket.end();
      return;
    }
    used.add(socket);
    answer(200)(socket, request, count);
  };
}
