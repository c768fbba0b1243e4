// The receiver of the demo: checks every signature, and fails some first attempts on purpose.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Clock } from '#lib/clock.ts';
import type { DemoDialect, ReceivedRequest } from './demo-dialects.ts';

/** One attempt as the receiver saw it. */
export interface SeenAttempt {
  readonly dialect: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: number;
  /** What is wrong with its signature; null when it is right. */
  readonly problem: string | null;
  /** 1 for the first attempt of this event. */
  readonly number: number;
  readonly receivedAt: number;
}

export interface DemoReceiver {
  /** Where the endpoint of a dialect is. */
  urlFor(dialect: DemoDialect): string;
  /** Gives the secret that the signatures of a dialect are checked with. */
  expect(dialect: DemoDialect, secret: string): void;
  close(): Promise<void>;
}

export async function startDemoReceiver(
  dialects: readonly DemoDialect[],
  clock: Clock,
  onAttempt: (attempt: SeenAttempt) => void,
): Promise<DemoReceiver> {
  const secrets = new Map<string, string>();
  const seen = new Map<string, number>();
  const judge = createJudge(dialects, secrets, seen);
  const server = createServer((request, response) => {
    const receivedAt = clock.now();
    readPayload(request)
      .then((payload) => {
        const { attempt, headers } = judge(request.url ?? '', {
          headers: request.headers,
          payload,
          receivedAt,
        });
        response.writeHead(attempt.status, headers).end();
        onAttempt(attempt);
      })
      // Nothing that the demo sends; whoever sent it is not answered.
      .catch(() => request.destroy());
  });
  const origin = await listen(server);
  return {
    urlFor: ({ dialect }) => `${origin}/${dialect}`,
    expect: ({ dialect }, secret) => void secrets.set(dialect, secret),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Judged = { readonly attempt: SeenAttempt; readonly headers: Readonly<Record<string, string>> };

function createJudge(
  dialects: readonly DemoDialect[],
  secrets: ReadonlyMap<string, string>,
  seen: Map<string, number>,
): (path: string, request: ReceivedRequest) => Judged {
  return (path, request) => {
    const entry = dialects.find(({ dialect }) => path === `/${dialect}`);
    if (entry === undefined) throw new Error(`the demo has no endpoint at ${path}`);
    const { dialect } = entry;
    const { id, type } = entry.identify(request);
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    const problem = entry.verify(request, secrets.get(dialect) ?? '');
    const planned = entry.sampleEvents.find((sample) => sample.type === type)?.firstAnswer;
    const { status, headers = {} } = decide(problem, number === 1 ? planned : undefined);
    const { receivedAt } = request;
    const attempt = { dialect, eventId: id, eventType: type, status, problem, number, receivedAt };
    return { attempt, headers };
  };
}

/** A wrong signature is refused as any receiver should: the event is then never counted as delivered. */
function decide(problem: string | null, planned: DemoDialect['sampleEvents'][number]['firstAnswer']) {
  if (problem !== null) return { status: 401 };
  return planned ?? { status: 200 };
}

async function readPayload(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return `http://127.0.0.1:${address.port}`;
}
