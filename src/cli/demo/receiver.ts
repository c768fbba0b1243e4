// The demo's receiver: verifies every signature, and refuses some first attempts on purpose.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Clock } from '#lib/clock.ts';
import { isJsonObject } from '#lib/json.ts';
import type { DemoPlatform, ReceivedRequest, Verify } from './platform.ts';

/** One attempt, from the receiver's view. */
export interface SeenAttempt {
  readonly platform: string;
  readonly eventType: string;
  readonly status: number;
  /** What is wrong with its signature; null if it is valid. */
  readonly problem: string | null;
  /** 1 for the first attempt of this event. */
  readonly number: number;
  readonly receivedAt: number;
}

export interface DemoReceiver {
  /** The URL for deliveries of a platform. */
  urlFor(platform: DemoPlatform): string;
  /** Sets how signatures of a platform are verified. */
  expect(platform: DemoPlatform, verify: Verify): void;
  close(): Promise<void>;
}

export async function startDemoReceiver(
  platforms: readonly DemoPlatform[],
  clock: Clock,
  onAttempt: (attempt: SeenAttempt) => void,
): Promise<DemoReceiver> {
  const checks = new Map<string, Verify>();
  const check = createChecker(platforms, checks);
  const server = createServer((request, response) => {
    const receivedAt = clock.now();
    readPayload(request)
      .then((payload) => {
        const attempt = check(request.url ?? '', { headers: request.headers, payload, receivedAt });
        response.writeHead(attempt.status).end();
        onAttempt(attempt);
      })
      // The request is not from the demo.
      .catch(() => request.destroy());
  });
  const origin = await listen(server);
  return {
    urlFor: ({ name }) => `${origin}/${name}`,
    expect: ({ name }, verify) => void checks.set(name, verify),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createChecker(
  platforms: readonly DemoPlatform[],
  checks: ReadonlyMap<string, Verify>,
): (path: string, request: ReceivedRequest) => SeenAttempt {
  const seen = new Map<string, number>();
  return (path, request) => {
    const platform = platforms.find(({ name }) => path === `/${name}`);
    const verify = checks.get(platform?.name ?? '');
    if (platform === undefined || verify === undefined) throw new Error(`no endpoint is at ${path}`);
    const { name, samples, typeOf } = platform;
    const eventType = readType(request, typeOf);
    const number = (seen.get(`${name} ${eventType}`) ?? 0) + 1;
    seen.set(`${name} ${eventType}`, number);
    const problem = verify(request);
    const planned = samples.find(({ type }) => type === eventType)?.firstAnswer;
    const status = decide(problem, number === 1 ? planned : undefined);
    return { platform: name, eventType, status, problem, number, receivedAt: request.receivedAt };
  };
}

/** A request with a wrong signature is refused, so its event is never counted as delivered. */
function decide(problem: string | null, planned = 200): number {
  return problem === null ? planned : 401;
}

function readType({ payload }: ReceivedRequest, typeOf: DemoPlatform['typeOf']): string {
  const delivered: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
  const type = isJsonObject(delivered) ? typeOf(delivered) : undefined;
  return typeof type === 'string' ? type : '';
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
