// Graceful shutdown within bounds: requests in progress are answered, connections are not kept alive, and a client that
// only holds a socket open does not delay the end.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '#lib/clock.ts';

/** How long answers may take after the shutdown has started; then every connection is closed. */
const drainMs = 10_000;

/** Sets up how `app` closes. The function returned is true once it has started to. */
export function drainOnClose(app: FastifyInstance, clock: Clock): () => boolean {
  const ended = new AbortController();
  const sockets = new Set<Socket>();
  let isClosing = false;
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (isClosing) socket.destroy();
  });
  app.addHook('preClose', (done) => {
    isClosing = true;
    // Node does not count these as idle, and ends its own timeouts on close.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    void clock.sleep(drainMs, ended.signal).then(() => app.server.closeAllConnections());
    done();
  });
  app.addHook('onClose', (_app, done) => {
    ended.abort();
    done();
  });
  return () => isClosing;
}
