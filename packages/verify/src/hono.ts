import type { Delivery, Verifier } from './verify.ts';
import { type Answered, accepted, verifyRequest } from './web.ts';

/** The part of a context of Hono that is used. */
interface Context {
  readonly req: { readonly raw: Request };
}

/**
 * Calls `handler` for deliveries only; answers 400 with the reason to anything else. A handler that uses the context
 * declares its type: `(delivery, context: Context)`.
 */
export function receive<C extends Context, Body = unknown>(
  verifier: Verifier<Body>,
  handler: (delivery: Delivery<Body>, context: C) => Answered | Promise<Answered>,
): (context: C) => Promise<Response> {
  return async (context) => {
    const delivery = await verifyRequest(verifier, context.req.raw);
    return delivery instanceof Response ? delivery : ((await handler(delivery, context)) ?? accepted());
  };
}
