// Graceful shutdown within bounds: requests in progress are answered, connections are not kept alive, and a client that
// only holds a socket open does not delay the end.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '#lib/clock.ts';
import type { Connections } from './connections.ts';
import type { Live } from './live/live.ts';

/** How long answers may take after the shutdown has started; then every connection is closed. */
const drainMs = 10_000;

/** Sets up how `app` closes. The function returned is true once it has started to. */
export function drainOnClose(
  app: FastifyInstance,
  clock: Clock,
  connections: Connections,
  live: Live,
): () => boolean {
  const ended = new AbortController();
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    connections.close();
    live.close();
    void clock.sleep(drainMs, ended.signal).then(() => app.server.closeAllConnections());
    done();
  });
  app.addHook('onClose', (_app, done) => {
    ended.abort();
    done();
  });
  return () => isClosing;
}
