// Handlers of `Request` and `Response`: route handlers of Next, Bun.serve, Deno.serve, workers.
import { readStream } from './body.ts';
import { VerificationError, writeRefusal } from './error.ts';
import type { Delivery, Verifier } from './verify.ts';

/** What a handler returns: 200 is answered for nothing. */
export type Answered = Response | undefined | void;

/** Calls `handler` for deliveries only; answers 400 with the reason to anything else. */
export function receive<Rest extends readonly unknown[], Body = unknown>(
  verifier: Verifier<Body>,
  handler: (delivery: Delivery<Body>, request: Request, ...rest: Rest) => Answered | Promise<Answered>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const delivery = await verifyRequest(verifier, request);
    if (delivery instanceof Response) return delivery;
    return (await handler(delivery, request, ...rest)) ?? accepted();
  };
}

/** 200 and not 204, which `calypso` takes for a failure. */
export function accepted(): Response {
  return new Response();
}

/** The delivery, or the answer to a request that is none. */
export async function verifyRequest<Body>(
  verifier: Verifier<Body>,
  request: Request,
): Promise<Delivery<Body> | Response> {
  try {
    const body = request.bodyUsed ? undefined : await readStream(chunksOf(request), verifier.bodyBytesMax);
    return await verifier.verify({ headers: request.headers, body: body as Uint8Array });
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return new Response(writeRefusal(error), {
      status: error.status,
      headers: { 'content-type': 'application/json' },
    });
  }
}

/** Not every platform iterates over a `ReadableStream`. */
async function* chunksOf({ body }: Request): AsyncGenerator<Uint8Array, void> {
  const reader = body?.getReader();
  try {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) yield read.value;
  } finally {
    await reader?.cancel();
  }
}
