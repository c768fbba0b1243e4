// Binds the routes of an API to the web framework: of the admin API, of each dialect, and of the server itself. What
// goes wrong under them is answered in the form of the API, and so are methods that a path does not have.
import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#core/fault.ts';
import type { Logger } from '#lib/log.ts';
import { type Answer, send } from './answer.ts';
import { toFault } from './faults.ts';

/** One API: the routes of one table. */
export interface Api {
  readonly routes: readonly Route[];
  /** The content type of the bodies that are read; `*` for any. Others are refused. */
  readonly accepts: string;
  /** Refuses a request before its body is read. */
  readonly admit?: (request: FastifyRequest) => Fault | undefined;
  readonly sendFault: (reply: FastifyReply, fault: Fault) => FastifyReply;
}

export interface Route {
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  /** The default is that of the server. */
  readonly bodyBytesMax?: number | undefined;
  /** The body of the request is its exact bytes, or undefined without one. Throws `Fault`. */
  readonly answer: (request: FastifyRequest) => Promise<Answer>;
}

/** Mounts an API on `app`, which must be an encapsulated instance of its own. */
export function bind(app: FastifyInstance, api: Api, log: Logger): void {
  app.removeAllContentTypeParsers();
  // The bytes alone: signatures are over them, and a parser that fails would close the connection.
  app.addContentTypeParser(api.accepts, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  // An empty Content-Type names no type: it is the same as none, where the framework would refuse it.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-type'] === '') delete request.headers['content-type'];
    done();
  });
  app.setErrorHandler((error, request, reply) => api.sendFault(reply, toFault(error, request, log)));
  for (const { method, path, bodyBytesMax, answer } of api.routes) {
    app.route({
      method,
      url: toPattern(path),
      ...(bodyBytesMax === undefined ? {} : { bodyLimit: bodyBytesMax }),
      ...(api.admit === undefined ? {} : { onRequest: admitBy(api.admit) }),
      // Returns no promise: the framework would also wait for the end of the answer, and publish is the hot path.
      handler: (request, reply) => {
        answer(request)
          .then((given) => send(reply, given))
          .catch((error: unknown) => reply.send(error));
      },
    });
  }
  for (const [path, routes] of Map.groupBy(api.routes, (route) => route.path)) {
    refuseOtherMethods(app, path, new Set(routes.map(({ method }) => method)));
  }
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: (fault?: Fault) => void) => void;

function admitBy(admit: NonNullable<Api['admit']>): OnRequest {
  return (request, _reply, done) => {
    done(admit(request));
  };
}

/** `/a/{id}/` as the router writes it; a colon in a path means itself. */
function toPattern(path: string): string {
  return path.replaceAll(':', '::').replaceAll(/\{([^}]+)\}/g, ':$1');
}

/** Every method that the HTTP parser knows, but for CONNECT, which is not a request of a path. */
const allMethods = METHODS.filter((method) => method !== 'CONNECT');

/** Lets the router take every method. None of those that it does not have by itself has a body that is read. */
export function addMethods(app: FastifyInstance): void {
  const known = new Set<string>(app.supportedMethods);
  for (const method of allMethods) {
    if (!known.has(method) || method === 'QUERY') {
      app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
    }
  }
}

/** 405 with `Allow`, or 204 to OPTIONS, before authentication and before a body is read. */
function refuseOtherMethods(app: FastifyInstance, path: string, own: ReadonlySet<string>): void {
  // A GET route answers HEAD, too.
  const known = new Set([...own, ...(own.has('GET') ? ['HEAD'] : [])]);
  const allow = [...known, 'OPTIONS'].toSorted().join(', ');
  app.route({
    method: allMethods.filter((method) => !known.has(method)),
    url: toPattern(path),
    onRequest: (request, reply, done) => {
      reply.header('allow', allow);
      if (request.method === 'OPTIONS') {
        reply.code(204).send();
        return;
      }
      const message = `This path does not have the method ${request.method}; it has ${allow}.`;
      done(new Fault('method_not_allowed', message));
    },
    handler: (_request, reply) => reply.send(),
  });
}
