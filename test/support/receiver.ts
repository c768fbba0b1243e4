// Receiver on loopback that records every request and answers as the test sets.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Unix ms. */
  readonly at: number;
}

/** A response: a status, or also headers and body; `'never'` for none. */
export type Answer = number | { status: number; headers?: Record<string, string>; body?: string } | 'never';

export interface Receiver {
  readonly url: string;
  readonly requests: Received[];
  /** Returns each answer, possibly as a promise; 200 by default. */
  answer: (request: Received) => Answer | Promise<Answer>;
  /** Resolves when `condition` is true; it is evaluated after every request. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  let waiting: { condition: () => boolean; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received: Received = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        at: Date.now(),
      };
      requests.push(received);
      void Promise.resolve(receiver.answer(received)).then((answer) => reply(response, answer));
      const met = waiting.filter(({ condition }) => condition());
      waiting = waiting.filter((each) => !met.includes(each));
      for (const { resolve } of met) resolve();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: () => 200,
    until: (condition) =>
      condition() ? Promise.resolve() : new Promise((resolve) => waiting.push({ condition, resolve })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === 'never') return;
  const { status, headers, body } =
    typeof answer === 'number' ? { status: answer, headers: {}, body: '' } : answer;
  response.writeHead(status, headers).end(body ?? '');
}
