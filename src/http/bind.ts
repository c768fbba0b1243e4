// Binds the routes of an API to the web framework: of the admin API, of each dialect, and of the server itself. What
// goes wrong under them is answered in the form of the API, and so are methods that a path does not have.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault, fieldFault } from '#core/fault.ts';
import type { Logger } from '#lib/log.ts';
import { type Answer, send } from './answer.ts';
import { announcesBody, type BodyReader, isDoublyEncoded, noBytes, type Trust } from './body.ts';
import type { Connections } from './connections.ts';
import { toFault } from './faults.ts';

/** One API: the routes of one table. */
export interface Api {
  readonly routes: readonly Route[];
  /** The content type of the bodies that are read; `*` for any. Others are refused. */
  readonly accepts: string;
  /**
   * Checks the key before the body is read, as far as it is possible without the body. Throws `Fault`. Absent: no body is
   * read.
   */
  readonly admit?: (request: FastifyRequest) => Trust | Promise<Trust>;
  /** Is told of every request of its routes when it has been answered. */
  readonly answered?: (request: FastifyRequest, reply: FastifyReply) => void;
  readonly sendFault: (reply: FastifyReply, fault: Fault) => FastifyReply;
}

export interface Route {
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  /** The default is `bodyBytesMaxDefault`. */
  readonly bodyBytesMax?: number | undefined;
  /** `body` is the exact bytes; empty without one. Throws `Fault`. */
  readonly answer: (request: FastifyRequest, body: Buffer) => Promise<Answer>;
}

/** Routes that take more say so. */
export const bodyBytesMaxDefault = 256 * 1024;

/** What all APIs of a server share. */
export interface Binding {
  readonly bodies: BodyReader;
  readonly connections: Connections;
  readonly log: Logger;
}

/** Mounts an API on `app`, which must be an encapsulated instance of its own. */
export function bind(app: FastifyInstance, api: Api, binding: Binding): void {
  const { connections, log } = binding;
  const { answered } = api;
  if (answered !== undefined) {
    app.addHook('onResponse', (request, reply, done) => {
      answered(request, reply);
      done();
    });
  }
  app.setErrorHandler((error, request, reply) => api.sendFault(reply, toFault(error, request, log)));
  for (const { method, path, bodyBytesMax = bodyBytesMaxDefault, answer } of api.routes) {
    app.route({
      method,
      url: toPattern(path),
      // Returns no promise: the framework would also wait for the end of the answer, and publish is the hot path.
      handler: (request, reply) => {
        readBody(api, binding, request, bodyBytesMax)
          .then((body) => answer(request, body))
          .then((given) => {
            // Without a known key there is no answer to such a request.
            if (api.admit !== undefined) connections.trust(request.raw);
            return send(reply, given);
          })
          .catch((error: unknown) => reply.send(error));
      },
    });
  }
  for (const [path, routes] of Map.groupBy(api.routes, (route) => route.path)) {
    refuseOtherMethods(app, path, new Set(routes.map(({ method }) => method)));
  }
}

/** Of any method: a signature of a request covers the body of a GET, too. */
async function readBody(
  { accepts, admit }: Api,
  { bodies, connections }: Binding,
  request: FastifyRequest,
  bytesMax: number,
): Promise<Buffer> {
  const { headers, raw } = request;
  checkForm(raw);
  if (admit === undefined) return noBytes;
  // An empty Content-Type names no type: it is the same as none.
  if (headers['content-type'] === '') delete headers['content-type'];
  const trust = await admit(request);
  if (trust === 'known') connections.trust(raw);
  if (announcesBody(raw)) {
    if (!isAccepted(headers['content-type'], accepts)) throw mediaTypeUnsupported();
    if (isCompressed(raw)) throw compressionUnsupported();
  }
  return bodies.read(raw, bytesMax, trust);
}

/** Refuses what the router and the parser let pass, and no client of this server means. */
function checkForm(request: IncomingMessage): void {
  // RFC 9112 3.2.4: only OPTIONS has it, which `refuseOtherMethods` answers.
  if (request.url === '*') throw fieldFault('path', 'must be a path, not "*"', 'form');
  if (isDoublyEncoded(request))
    throw fieldFault('transfer-encoding', 'must be chunked, and given once', 'form');
  // RFC 9112 3.2. A proxy might have routed by the other one.
  if (countHosts(request) > 1) throw fieldFault('host', 'must be given once', 'form');
}

/** The parsed headers hold the first one alone. */
function countHosts({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (isHost(rawHeaders[i])) count++;
  return count;
}

function isHost(name: string | undefined): boolean {
  return name?.length === 4 && name.toLowerCase() === 'host';
}

function isAccepted(contentType: string | undefined, accepts: string): boolean {
  const [type = ''] = (contentType ?? '').split(';');
  return accepts === '*' || type.trim().toLowerCase() === accepts;
}

/** Signatures and limits are over the bytes of the body, so that a compressed one is not unpacked. */
function isCompressed({ headers }: IncomingMessage): boolean {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  return coding !== '' && coding !== 'identity';
}

function compressionUnsupported(): Fault {
  return new Fault(
    'media_type_unsupported',
    'The body must not be compressed: send it without "Content-Encoding".',
  );
}

function mediaTypeUnsupported(): Fault {
  return new Fault('media_type_unsupported', 'The body must be JSON: send "Content-Type: application/json".');
}

/** `/a/{id}/` as the router writes it; a colon in a path means itself. */
export function toPattern(path: string): string {
  return path.replaceAll(':', '::').replaceAll(/\{([^}]+)\}/g, ':$1');
}

/** Those of RFC 9110 and RFC 5789. Each path has a route for each of them; the others, 26 in Node, are unknown to the server. */
export const methods: readonly string[] = [
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
];

/** The framework reads no body: `readBody` does. */
export function addMethods(app: FastifyInstance): void {
  for (const method of methods) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
}

/** 405 with `Allow`, or 204 to OPTIONS, before authentication and before a body is read. */
function refuseOtherMethods(app: FastifyInstance, path: string, own: ReadonlySet<string>): void {
  // A GET route answers HEAD, too.
  const known = new Set([...own, ...(own.has('GET') ? ['HEAD'] : [])]);
  const allow = [...known, 'OPTIONS'].toSorted().join(', ');
  app.route({
    method: methods.filter((method) => !known.has(method)),
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
