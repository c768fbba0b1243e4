// A collector of traces that takes whatever it is sent, in the process of the bench.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AtEnd } from './server.ts';

/** Returns the URL for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
export async function startCollector(atEnd: AtEnd): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(async () => {
    server.close().closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
