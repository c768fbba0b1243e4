// The receivers of the attackers, in a process of their own: one port, where the first segment of the path names a behaviour.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCalls } from '../support/part.ts';
import { type BehaviourName, behaviours } from './behaviours.ts';

export interface ReceiverCalls {
  /** Listens on loopback; an endpoint is at this URL and `/<behaviour>/<number>`. */
  listen(input: null): Promise<{ url: string }>;
  /** How many requests have come so far. */
  count(input: null): { requests: number };
}

let requests = 0;

const server = createServer((request, response) => {
  requests++;
  const name = (request.url ?? '').split('/', 2)[1] as BehaviourName;
  request.on('error', () => {});
  response.on('error', () => {});
  behaviours[name](request, response);
});
server.keepAliveTimeout = 60_000;

serveCalls<ReceiverCalls>({
  listen: () =>
    new Promise((resolve) => {
      // As many connections at once as the server has slots.
      server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
        resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
      });
    }),
  count: () => ({ requests }),
});
