// An answer of any API as data, and the only place that writes one.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { WireHeaders } from '#dialects/dialect.ts';
import { eventStreamType } from '#lib/server-sent-events.ts';

export interface Answer {
  readonly status: number;
  /** A JSON value. Absent: an empty answer. */
  readonly body?: unknown;
  /** In place of `body`: the exact text. */
  readonly text?: string;
  /** In place of `body`: the exact bytes. */
  readonly bytes?: Uint8Array;
  /** In place of `body`: the text of server-sent events, as long as the client reads them. */
  readonly stream?: AsyncIterable<string>;
  readonly headers?: WireHeaders | undefined;
  /** `application/json` when absent. */
  readonly contentType?: string;
}

export function send(reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, body, text, bytes, stream, headers, contentType = 'application/json' } = answer;
  reply.code(status);
  if (headers !== undefined) reply.headers(headers);
  if (stream !== undefined) {
    // Proxies such as nginx pass it on unbuffered.
    return reply.type(eventStreamType).header('x-accel-buffering', 'no').send(Readable.from(stream));
  }
  if (bytes !== undefined) return reply.type(contentType).send(bytes);
  if (body === undefined && text === undefined) return reply.send();
  const payload = text ?? JSON.stringify(body);
  // The framework adds a charset to the JSON type of a string; it leaves bytes as they are.
  return reply.type(contentType).send(contentType.includes('charset') ? payload : Buffer.from(payload));
}
