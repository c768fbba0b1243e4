import { setTimeout as sleep } from 'node:timers/promises';
import { openRawClient, type RawClient } from '../../support/raw-client.ts';
import type { Case } from '../case.ts';

/** The limit of open files of the server, and the connections of the stranger, in either form of the suite. */
const openFilesMax = 1024;
const connections = 1100;
/** Connections that are opened again at once, and the pause after them: a connection that the server closes comes back. */
const reopened = 10;
const pauseMs = 40;

/** Half of the connections send nothing, and half a request, after which they are idle. */
export const descriptorsExhausted: Case = {
  name: 'descriptors-exhausted',
  title: `a stranger keeps ${connections} connections open to a server with ${openFilesMax} file descriptors`,
  stores: ['sqlite', 'postgres'],
  openFilesMax,
  async prepare({ server }) {
    const port = Number(new URL(server.url).port);
    return async (signal) => {
      let open: RawClient[] = [];
      while (!signal.aborted) {
        open = open.filter(({ socket }) => !socket.closed);
        const missing = Math.min(reopened, connections - open.length);
        const opened = await Promise.allSettled(Array.from({ length: missing }, () => openRawClient(port)));
        for (const [index, result] of opened.entries()) {
          if (result.status === 'rejected') continue;
          open.push(result.value);
          if (index % 2 === 0) result.value.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
        }
        await sleep(pauseMs, null, { signal }).catch(() => {});
      }
      for (const client of open) client.close();
    };
  },
};
