// Handlers of Express and of `node:http`. Reads the body itself, or takes the one that `express.raw()` has read.
import { readStream, requireSize } from './body.ts';
import { VerificationError, writeRefusal } from './error.ts';
import type { Delivery, Verifier } from './verify.ts';

/** The parts of a request and a response of Node that are used. */
interface NodeRequest extends AsyncIterable<unknown> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly readableEnded?: boolean;
}
interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(text?: string): unknown;
}

/**
 * Calls `handler` for deliveries only; answers 400 with the reason to anything else. When `handler` has ended without an
 * answer, 200 is answered (`calypso` takes 204 for a failure). Its error goes to `next`, or without one is answered with
 * 500, so that the delivery is retried. A handler that uses request or response declares their types.
 */
export function receive<Request extends NodeRequest, Response extends NodeResponse, Body = unknown>(
  verifier: Verifier<Body>,
  handler: (delivery: Delivery<Body>, request: Request, response: Response) => unknown,
): (request: Request, response: Response, next?: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      const body = (await readBody(request, verifier.bodyBytesMax)) as Uint8Array;
      await handler(await verifier.verify({ headers: request.headers, body }), request, response);
      if (!response.headersSent) answer(response, 200);
    } catch (error) {
      if (error instanceof VerificationError) answer(response, error.status, writeRefusal(error));
      else if (next !== undefined) next(error);
      else answer(response, 500);
    }
  };
}

function readBody(request: NodeRequest, bytesMax: number): unknown {
  const { body } = request as { readonly body?: unknown };
  // Undefined: no parser has run. What a parser has read cannot be read again.
  if (body !== undefined || request.readableEnded === true) return body;
  // Checked before, since the end of a loop over a stream closes the connection, without an answer.
  requireSize(Number(request.headers['content-length'] ?? 0), bytesMax);
  return readStream(request, bytesMax);
}

function answer(response: NodeResponse, status: number, json?: string): void {
  response.statusCode = status;
  if (json !== undefined) response.setHeader('content-type', 'application/json');
  response.end(json);
}
