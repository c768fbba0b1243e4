// One request to the local application: the bytes and headers of a delivery unchanged, so that its signature is valid there.
import type { PulledDelivery, PullResults } from '#contract/pull.ts';
import type { Clock } from '#lib/clock.ts';

type Result = PullResults['results'][number];
/** What came of it, as the server records it. */
export type Answered = Pick<Result, 'status' | 'error' | 'message' | 'headers' | 'body'> & {
  readonly durationMs: number;
};

/** As long as a push waits by default. */
const timeoutMs = 30_000;
const bodyBytesMax = 8 * 1024;
const headerLengthMax = 4096;
const headersMax = 100;

export interface ForwardTerms {
  readonly target: URL;
  readonly headers: readonly (readonly [string, string])[];
  readonly clock: Clock;
}

/** Never rejects. */
export async function forward(
  { headers, body }: PulledDelivery,
  { target, headers: added, clock }: ForwardTerms,
): Promise<Answered> {
  const startedAt = clock.now();
  const elapsed = (): number => Math.max(0, Math.round(clock.now() - startedAt));
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { ...headers, ...Object.fromEntries(added) },
      body: Buffer.from(body, 'base64'),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const kept = await readStart(response);
    return {
      status: response.status,
      headers: readHeaders(response.headers),
      body: kept.toString('base64'),
      durationMs: elapsed(),
    };
  } catch (error) {
    return { ...describeError(error), durationMs: elapsed() };
  }
}

function readHeaders(headers: Headers): Record<string, string> {
  const fitting = [...headers].filter(
    ([name, value]) => name.length <= 128 && value.length <= headerLengthMax,
  );
  return Object.fromEntries(fitting.slice(0, headersMax));
}

/** The server keeps no more of an answer. */
async function readStart({ body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (body === null) return Buffer.alloc(0);
  for await (const part of body) {
    parts.push(part);
    length += part.byteLength;
    if (length >= bodyBytesMax) break;
  }
  return Buffer.concat(parts).subarray(0, bodyBytesMax);
}

function describeError(error: unknown): { error: NonNullable<Result['error']>; message: string } {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return { error: 'timeout', message: `no answer within ${timeoutMs / 1000} s` };
  }
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const found = errors[code];
  if (found !== undefined) return found;
  const isTls = /^(ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|CERT_|UNABLE_TO)/.test(code);
  const text = cause instanceof Error ? cause.message : String(error);
  return { error: isTls ? 'tls_failed' : 'request_failed', message: text.slice(0, 500) };
}

const refused = {
  error: 'connection_refused',
  message: 'connection refused: is your application running?',
} as const;
const lost = { error: 'connection_lost', message: 'the application closed the connection' } as const;
const errors: Readonly<Record<string, { error: NonNullable<Result['error']>; message: string }>> = {
  ECONNREFUSED: refused,
  ENOTFOUND: { error: 'name_not_found', message: 'unknown host name' },
  ECONNRESET: lost,
  EPIPE: lost,
  UND_ERR_SOCKET: lost,
  UND_ERR_CONNECT_TIMEOUT: { error: 'timeout', message: 'no connection within the time limit' },
  HPE_INVALID_CONSTANT: { error: 'answer_invalid', message: 'the answer is not HTTP' },
};
