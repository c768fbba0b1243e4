// An answer of any API as data, and the only place that writes one.
import type { FastifyReply } from 'fastify';
import type { WireHeaders } from '#dialects/dialect.ts';

export interface Answer {
  readonly status: number;
  /** A JSON value. Absent: an empty answer. */
  readonly body?: unknown;
  /** In place of `body`: the exact text. */
  readonly text?: string;
  /** In place of `body`: the exact bytes. */
  readonly bytes?: Uint8Array;
  readonly headers?: WireHeaders | undefined;
  /** `application/json` when absent. */
  readonly contentType?: string;
}

export function send(reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, body, text, bytes, headers, contentType = 'application/json' } = answer;
  reply.code(status);
  if (headers !== undefined) reply.headers(headers);
  if (bytes !== undefined) return reply.type(contentType).send(bytes);
  if (body === undefined && text === undefined) return reply.send();
  const payload = text ?? JSON.stringify(body);
  // The framework adds a charset to the JSON type of a string; it leaves bytes as they are.
  return reply.type(contentType).send(contentType.includes('charset') ? payload : Buffer.from(payload));
}
