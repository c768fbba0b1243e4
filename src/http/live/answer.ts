// An answer of an operation that a client may follow: a stream of server-sent events, or what there is.
import type { FastifyRequest } from 'fastify';
import { eventStreamType, type ServerSentEvent } from '#lib/server-sent-events.ts';
import type { Answer } from '../answer.ts';
import type { FollowedName } from './follow.ts';
import type { Asked, Live } from './live.ts';

/** How an operation writes its results as events. */
interface Streaming {
  /** Whatever the client accepts. */
  readonly isAlways: boolean;
  readonly write: (result: never) => readonly ServerSentEvent[];
}

/** Null when the request asks for no stream. Rejects with the fault of its first question. */
export async function answerStream(
  live: Live,
  stream: Streaming | undefined,
  request: FastifyRequest,
  asked: () => Asked<FollowedName>,
): Promise<Answer | null> {
  if (stream === undefined || !(stream.isAlways || wantsEvents(request))) return null;
  if (request.method === 'HEAD') return { status: 200, contentType: eventStreamType };
  return { status: 200, stream: await live.stream(asked(), stream.write as never) };
}

function wantsEvents({ headers }: FastifyRequest): boolean {
  return headers.accept?.toLowerCase().includes(eventStreamType) === true;
}
