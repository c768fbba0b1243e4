// A proxy for HTTP CONNECT on loopback, as operators run them: with credentials and TLS if asked for, or with an answer of the
// test's own.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { portOf } from './hostile.ts';

export interface EgressProxyServer {
  /** `http://127.0.0.1:<port>`, or `https:` with TLS. */
  readonly url: string;
  readonly port: number;
  /** The address and port of each CONNECT, in their order. */
  readonly asked: readonly string[];
  /** The heads of the same, whole. */
  readonly heads: readonly string[];
  /** Connections accepted so far. */
  connections(): number;
  /** In place of connecting: what it does with each CONNECT from now on. */
  behave: ((socket: Socket) => void) | null;
  close(): Promise<void>;
}

export interface EgressProxyOptions {
  /** `user:password`; what comes without is answered 407. */
  readonly credentials?: string;
  readonly tls?: TlsOptions;
  readonly port?: number;
}

/** Listens on a free port, unless one is given. */
export async function startEgressProxy(options: EgressProxyOptions = {}): Promise<EgressProxyServer> {
  const { credentials, tls, port = 0 } = options;
  const wanted = credentials === undefined ? null : `Basic ${Buffer.from(credentials).toString('base64')}`;
  const heads: string[] = [];
  const asked: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;

  const accept = (socket: Socket): void => {
    track(socket, open);
    let head = '';
    const read = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      answer(socket, head);
    };
    socket.on('data', read);
  };
  const answer = (socket: Socket, head: string): void => {
    const [, authority = ''] = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    heads.push(head);
    asked.push(authority);
    if (proxy.behave !== null) proxy.behave(socket);
    else if (wanted !== null && !head.includes(`\r\nProxy-Authorization: ${wanted}\r\n`)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    } else forward(socket, authority, open);
  };
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.on('connection', (socket: Socket) => {
    connections++;
    track(socket, open);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const listening = portOf(server);
  const proxy: EgressProxyServer = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${listening}`,
    port: listening,
    asked,
    heads,
    connections: () => connections,
    behave: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
  return proxy;
}

function forward(near: Socket, authority: string, open: Set<Socket>): void {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(authority) ?? [];
  const far = connect(Number(port), host);
  track(far, open);
  far.once('connect', () => {
    near.write('HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n');
    near.pipe(far).pipe(near);
  });
  far.once('error', () => near.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
  far.once('close', () => near.destroy());
  near.once('close', () => far.destroy());
}

function track(socket: Socket, open: Set<Socket>): void {
  open.add(socket);
  socket.on('error', () => {});
  socket.once('close', () => open.delete(socket));
}
