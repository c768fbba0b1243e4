// What a known path answers to the methods that it does not have: 405 with `Allow`, and 204 to OPTIONS.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { Fault } from '#core/fault.ts';

const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;

/** Watches the routes that are mounted on `app` from now on; the function returned completes their methods. */
export function watchMethods(app: FastifyInstance): () => void {
  const methodsByUrl = new Map<string, Set<HTTPMethods>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByUrl.set(url, methods);
  });
  return () => {
    // A copy: the routes mounted here are seen by the hook, too.
    const seen = [...methodsByUrl].map(([url, methods]) => ({ url, methods: new Set(methods) }));
    for (const { url, methods } of seen) completeMethods(app, url, methods);
  };
}

function completeMethods(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  // A GET route answers HEAD, too.
  const known = new Set([...methods, ...(methods.has('GET') ? ['HEAD'] : [])]);
  const allow = [...new Set([...known, 'OPTIONS'])].sort().join(', ');
  const others = allMethods.filter((method) => !known.has(method));
  // A prefix is added again to what is mounted inside it.
  const path = url.slice(app.prefix.length);
  app.route({
    method: others,
    url: path,
    schema: { hide: true },
    // Before the body is read: what is in it doesn't matter.
    onRequest: (request: FastifyRequest, reply: FastifyReply, done) => {
      reply.header('allow', allow);
      if (request.method === 'OPTIONS') {
        reply.code(204).send();
        return;
      }
      const message = `This path does not have the method ${request.method}; it has ${allow}.`;
      done(new Fault('method_not_allowed', message));
    },
    handler: (_request, reply) => reply.code(204).send(),
  });
}
