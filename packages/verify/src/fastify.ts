// A plugin of Fastify: a route whose body is not parsed. Parsers outside of the plugin stay as they are.
import { VerificationError, writeRefusal } from './error.ts';
import type { RequestHeaders } from './headers.ts';
import type { Delivery, Verifier } from './verify.ts';

/** The parts of Fastify that are used. */
interface Request {
  readonly headers: RequestHeaders;
  readonly body: unknown;
}
interface Reply {
  code(status: number): Reply;
  type(contentType: string): Reply;
  send(payload?: unknown): unknown;
  readonly sent: boolean;
}
interface Instance<Q extends Request, R extends Reply> {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    contentType: string,
    options: { readonly parseAs: 'buffer'; readonly bodyLimit: number },
    parser: (request: Q, body: Uint8Array, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  post(
    path: string,
    options: { readonly bodyLimit: number },
    handler: (request: Q, reply: R) => Promise<unknown>,
  ): unknown;
}

/**
 * A plugin: `app.register(receive(verifier, handler), { prefix: '/hooks' })`. Calls `handler` for deliveries only; answers
 * 400 with the reason to anything else, and 200 when `handler` has ended without an answer.
 */
export function receive<Q extends Request, R extends Reply, Body = unknown>(
  verifier: Verifier<Body>,
  handler: (delivery: Delivery<Body>, request: Q, reply: R) => unknown,
): (instance: Instance<Q, R>) => Promise<void> {
  const { bodyBytesMax: bodyLimit } = verifier;
  return async (instance) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_, body, done) => done(null, body));
    instance.post('/', { bodyLimit }, async (request, reply) => {
      const { headers, body } = request;
      try {
        const delivery = await verifier.verify({ headers, body: body as Uint8Array });
        const answered = await handler(delivery, request, reply);
        return answered !== undefined || reply.sent ? answered : reply.code(200).send();
      } catch (error) {
        if (!(error instanceof VerificationError)) throw error;
        return reply.code(error.status).type('application/json').send(writeRefusal(error));
      }
    });
  };
}
