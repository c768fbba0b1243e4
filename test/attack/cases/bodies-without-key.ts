import { setTimeout as sleep } from 'node:timers/promises';
import { openRawClient, type RawClient } from '../../support/raw-client.ts';
import type { Case } from '../case.ts';

const bodyBytes = 256 * 1024;
/**
 * Connections that are opened at once, and the pause after them and after all: 250 a second, because the case is about
 * memory. The server accepts one connection in each turn of its event loop, so that many more delay other new ones.
 */
const opened = 10;
const pauseMs = 40;
const holdMs = 3000;

const body = Buffer.alloc(bodyBytes, 'x');
const framing = `Host: a\r\nContent-Type: application/json\r\nContent-Length: ${bodyBytes + 1}\r\n\r\n`;
/** Keys in the right form that nobody has: a token, and a signature that can be checked after the body only. */
const heads = [
  `POST /v1/endpoints HTTP/1.1\r\nAuthorization: Bearer car_live_${'x'.repeat(43)}\r\n${framing}`,
  `POST /v1/integrator/webhooks HTTP/1.1\r\nX-Integrator-Key: int_1\r\nX-Timestamp: 1\r\nX-Signature: sha256=${'0'.repeat(64)}\r\n${framing}`,
  `POST /nothing HTTP/1.1\r\n${framing}`,
  // In chunks, so that its length is not announced.
  `POST /v1/integrator/webhooks HTTP/1.1\r\nHost: a\r\nX-Integrator-Key: int_1\r\nX-Timestamp: 1\r\nX-Signature: sha256=${'0'.repeat(64)}\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n`,
];

/** None of the bodies ends, and each connection stays open as long as the server lets it. */
export const bodiesWithoutKey: Case = {
  name: 'bodies-without-key',
  title: 'a stranger sends 256 KiB on each of 4,000 connections, again and again',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const port = Number(new URL(stage.server.url).port);
    const connections = stage.scale(4000);
    return async (signal) => {
      while (!signal.aborted) {
        const open: RawClient[] = [];
        while (!signal.aborted && open.length < connections) {
          const clients = await Promise.all(Array.from({ length: opened }, () => openRawClient(port)));
          for (const [index, client] of clients.entries()) {
            client.send(heads[index % heads.length] ?? '');
            client.send(body);
          }
          open.push(...clients);
          await sleep(pauseMs, null, { signal }).catch(() => {});
        }
        await sleep(holdMs, null, { signal }).catch(() => {});
        for (const client of open) client.close();
      }
    };
  },
};
