// The HTTP server: the admin API, every dialect, and the server's own routes. Only this room imports the web framework.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import { Fault } from '#core/fault.ts';
import { problemContentType } from '#core/problem.ts';
import type { Logger } from '#lib/log.ts';
import { eventStreamType } from '#lib/server-sent-events.ts';
import { adminApi } from './admin/api.ts';
import { send } from './answer.ts';
import { readWholeCatalogue } from './catalogue.ts';
import { addMethods, type Api, bind, methods } from './bind.ts';
import { announcesBody, BodyReader, discardBody } from './body.ts';
import { Connections } from './connections.ts';
import type { HttpDeps, HttpTimeouts } from './deps.ts';
import { dialectApi, sendFault, toWireRequest } from './dialect.ts';
import { describeAdmin, describeDialect, describePortal } from './documents.ts';
import { drainOnClose } from './drain.ts';
import { sendProblem, toFault } from './faults.ts';
import { createFailedAuthentications } from './failed-authentications.ts';
import { Live } from './live/live.ts';
import { createFindDialect, type FindDialect } from './find-dialect.ts';
import { createKeyring } from './keyring.ts';
import { createFindAccess } from './operator.ts';
import { pagesApi } from './pages/pages.ts';
import { createSessions } from './pages/session.ts';
import { portalApi } from './portal/api.ts';
import { signInApi } from './pages/sign-in.ts';
import {
  changingDocumentRoute,
  documentPath,
  documentRoute,
  type ServerRoute,
  serverRoutes,
} from './health.ts';

export type { HttpDeps } from './deps.ts';

const timeouts: HttpTimeouts = {
  // A slow request holds a socket and nothing else.
  requestMs: 30_000,
  headersMs: 10_000,
  // Longer than load balancers keep theirs, so that they do not send on a socket that is being closed.
  keepAliveMs: 72_000,
  inactivityMs: 60_000,
  checkMs: 5_000,
};
/**
 * What is discarded of a body that is not read, before the connection is closed: as much as the longest body that is
 * accepted. Many clients read an answer only after they have sent all of their body.
 */
const discardedBytesMax = 8 * 1024 * 1024;
/** An id of 255 characters, each percent-encoded. */
const paramLengthMax = 768;

/** Builds the server, ready to listen. Closing it is a graceful shutdown: requests in progress are answered. */
export async function createHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const findDialect = createFindDialect(deps.dialects);
  // What every answer has: one function, since each hook costs time on every request.
  const finish = (request: FastifyRequest, reply: FastifyReply): void => {
    const { raw } = request;
    reply.header('x-request-id', request.id);
    // Answers may hold secrets, and none of the others gains from a cache. The files of the pages say their own.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    if (announcesBody(raw) && !raw.readableEnded) discardBody(raw, discardedBytesMax);
    // A stream is being answered until it ends, and its connection is for nothing else.
    const isStream = reply.getHeader('content-type') === eventStreamType && request.method !== 'HEAD';
    if (isStream || connections.isLast(raw)) reply.header('connection', 'close');
  };
  const app = createApp(deps, {
    clientErrorHandler: (error, socket) => refuseUnparsed(error, socket, connections),
    frameworkErrors: (error, request, reply) => {
      // Hooks do not run for a URL that cannot be parsed.
      finish(request, reply);
      refuse(findDialect, request, reply, toFault(error, request, deps.log));
    },
  });
  const { connectionsMax, clock, metrics } = deps;
  const { requestMs: requestTimeoutMs } = deps.timeouts ?? timeouts;
  const connections = new Connections(app.server, { connectionsMax, requestTimeoutMs, clock, metrics });
  const live = new Live(deps);
  const isClosing = drainOnClose(app, clock, connections, live);
  app.addHook('onSend', (request, reply, payload, done) => {
    finish(request, reply);
    done(null, payload);
  });
  if (deps.log.isLevelEnabled('debug')) logRequests(app, deps.log);
  addMethods(app);
  app.setErrorHandler((error, request, reply) =>
    refuse(findDialect, request, reply, toFault(error, request, deps.log)),
  );
  app.setNotFoundHandler((request, reply) =>
    methods.includes(request.method)
      ? refuse(findDialect, request, reply, routeNotFound(request))
      : refuseMethod(reply),
  );

  const binding = { bodies: new BodyReader(deps.limits.bodyBytesMax), connections, log: deps.log };
  for (const api of apisOf(deps, live, isClosing)) {
    await app.register((scope, _options, done) => {
      bind(scope, api, binding);
      done();
    });
  }
  // This server is no proxy: CONNECT has no path that could have another method.
  app.server.on('connect', (_request, socket: Socket) => endWith(socket, methodUnknown));
  await app.ready();
  return app;
}

function createApp(
  { log, timeouts: { requestMs, headersMs, keepAliveMs, inactivityMs, checkMs } = timeouts }: HttpDeps,
  handlers: Pick<FastifyServerOptions, 'clientErrorHandler' | 'frameworkErrors'>,
): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  return fastify({
    loggerInstance,
    // A child logger per request costs more than routing it; each log line names the request itself.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: createRequestIds(),
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: inactivityMs,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: checkMs },
    // Requests are validated by input/: no route has a schema, and to load the framework's compilers takes 80 ms.
    schemaController: { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } },
    // The router takes paths literally: each dialect decides about its own slashes.
    routerOptions: {
      maxParamLength: paramLengthMax,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      caseSensitive: true,
    },
    forceCloseConnections: 'idle',
    // Requests on open sockets are still answered during the shutdown, with `connection: close`.
    return503OnClosing: false,
    ...handlers,
  });
}

function noSchema(): never {
  throw new Error('no route has a schema of the framework');
}

/** A process that only delivers has nothing but the checks and the metrics. */
function apisOf(deps: HttpDeps, live: Live, isClosing: () => boolean): readonly Api[] {
  const { dialects, version, isPublic } = deps;
  const keyring = createKeyring(deps);
  const sessions = createSessions(deps, keyring);
  const failed = createFailedAuthentications(deps);
  const findAccess = createFindAccess(deps, keyring, sessions, failed);
  const own = serverRoutes(deps, isClosing, findAccess);
  const server = (routes: Api['routes']): Api => ({ routes, accepts: '*', sendFault: sendProblem });
  if (!isPublic) return [server(own)];
  const described: ServerRoute[] = [
    ...own,
    documentRoute('/openapi.json', 'readOpenApi', 'the admin API', () => describeAdmin(deps, described)),
    documentRoute(documentPath('portal'), 'readOpenApiOfPortal', 'the portal', () => describePortal(deps)),
    ...dialects.map((dialect) => {
      const { name } = dialect;
      const id = `readOpenApiOf${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const of = `the dialect ${name}`;
      if (dialect.events.isOpen !== true) {
        return documentRoute(documentPath(name), id, of, () => describeDialect(dialect, version));
      }
      const create = async (): Promise<object> =>
        describeDialect(dialect, version, await readWholeCatalogue(deps.backend, name));
      return changingDocumentRoute(documentPath(name), id, of, { create, clock: deps.clock });
    }),
  ];
  return [
    ...dialects.map((dialect) => dialectApi(dialect, { ...deps, failed }, live)),
    adminApi(deps, live, findAccess),
    signInApi(deps, keyring, sessions, failed),
    portalApi(deps, failed),
    pagesApi(deps),
    server(described),
  ];
}

/** Refuses a request that matches no route, in the form of the dialect that owns such paths, or in our own. */
function refuse(
  findDialect: FindDialect,
  request: FastifyRequest,
  reply: FastifyReply,
  fault: Fault,
): FastifyReply {
  const dialect = findDialect(toWireRequest(request, () => ''));
  return dialect === null ? sendProblem(reply, fault) : sendFault(dialect, reply, fault);
}

function routeNotFound({ method }: FastifyRequest): Fault {
  return new Fault(
    'route_not_found',
    `There is no route ${method} to this path; /openapi.json lists the routes.`,
  );
}

/** The client's own id where it is safe to log, otherwise one that is unique across processes. */
function createRequestIds(): (request: { readonly headers: { readonly [name: string]: unknown } }) => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
    return `${prefix}-${(++count).toString(36)}`;
  };
}

/** Logs every answer at debug, by the template of its route: a URL may hold a secret. */
function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { id, method, routeOptions } = request;
    const durationMs = Math.round(reply.elapsedTime);
    const route = routeOptions.url ?? null;
    log.debug({ requestId: id, method, route, status: reply.statusCode, durationMs }, 'request.answered');
    done();
  });
}

type RawStatus = readonly [number, string];
const headersTooLarge: RawStatus = [431, 'The headers are too large'];
const tooSlow: RawStatus = [408, 'The request took too long to arrive'];
const notHttp: RawStatus = [400, 'The request is not well-formed HTTP'];
const methodUnknown: RawStatus = [501, 'The method is not implemented'];

/** Answers what the HTTP parser refuses, before there is a request. */
function refuseUnparsed(error: ParserError, socket: Socket, connections: Connections): void {
  const { code, rawPacket } = error;
  if (code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') connections.expire(socket, (late) => endWith(late, tooSlow));
  else if (connections.isAnswered(socket)) socket.destroy();
  else if (code === 'HPE_HEADER_OVERFLOW') endWith(socket, headersTooLarge);
  else if (code === 'HPE_INVALID_METHOD' && isRequestLine(rawPacket)) endWith(socket, methodUnknown);
  else endWith(socket, notHttp);
}

type ParserError = Error & { readonly code?: string; readonly rawPacket?: unknown };

/** True for a request line with a method that the parser does not know. */
function isRequestLine(packet: unknown): boolean {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64} \S+ HTTP\/1\.[01]\r?\n/.test(text);
}

function refuseMethod(reply: FastifyReply): FastifyReply {
  const [status, title] = methodUnknown;
  return send(reply, { status, body: toBody(status, title), contentType: problemContentType });
}

function toBody(status: number, title: string): object {
  return { type: 'about:blank', title, status };
}

function endWith(socket: Socket, [status, title]: RawStatus): void {
  const body = JSON.stringify(toBody(status, title));
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
