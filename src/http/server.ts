// The HTTP surface: the admin API, every dialect, and what looks after the server. This room alone knows the
// framework.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { Fault } from '#core/fault.ts';
import type { Logger } from '#lib/log.ts';
import { components } from './admin/components.ts';
import { adminPrefix, mountAdmin } from './admin/index.ts';
import { bindDialect, sendFault, toWireRequest } from './bind-dialect.ts';
import type { HttpDeps } from './deps.ts';
import { drainOnClose } from './drain.ts';
import { sendProblem, toFault } from './faults.ts';
import { createFindDialect, type FindDialect } from './find-dialect.ts';
import { mountHealth } from './health.ts';
import { watchMethods } from './methods.ts';
import { describeAdmin, describeDialect } from './openapi.ts';

export type { HttpDeps } from './deps.ts';

/** A whole request must have arrived within this, its headers sooner; slow ones hold a socket, nothing else. */
const requestTimeoutMs = 30_000;
const headersTimeoutMs = 10_000;
/** Longer than load balancers keep theirs, so that they never meet a socket that is just being closed. */
const keepAliveTimeoutMs = 72_000;
/** Routes that take more say so. */
const bodyBytesMax = 256 * 1024;
/** An id of 255 characters, each percent-encoded. */
const paramLengthMax = 768;

/** Builds the server, ready to listen. Closing it answers what is under way, then ends. */
export async function createHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const findDialect = createFindDialect(deps.dialects);
  const app = createApp(deps, findDialect);
  const isClosing = drainOnClose(app, deps.clock);
  // One hook for all that every answer carries: hooks are paid for by each request.
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    // Else a kept-alive socket would hold up the end until it times out.
    if (isClosing()) reply.header('connection', 'close');
    done(null, payload);
  });
  if (deps.log.isLevelEnabled('debug')) logRequests(app, deps.log);
  // No body is read for a path that isn't there.
  app.removeAllContentTypeParsers();
  app.setErrorHandler((error, request, reply) =>
    refuse(findDialect, request, reply, toFault(error, request, deps.log)),
  );
  app.setNotFoundHandler((request, reply) => refuse(findDialect, request, reply, routeNotFound(request)));

  for (const dialect of deps.isPublic ? deps.dialects : []) {
    await app.register((scope, _options, done) => {
      bindDialect(scope, dialect, deps);
      done();
    });
  }
  await app.register((scope) => mountOwn(scope, deps, isClosing));
  await app.ready();
  return app;
}

function createApp({ log }: HttpDeps, findDialect: FindDialect): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  return fastify({
    loggerInstance,
    // A child logger per request costs more than routing it; what is logged names the request itself.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: createRequestIds(),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    http: { headersTimeout: headersTimeoutMs },
    bodyLimit: bodyBytesMax,
    // The router takes paths literally: each dialect decides about its own slashes.
    routerOptions: {
      maxParamLength: paramLengthMax,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      caseSensitive: true,
    },
    forceCloseConnections: 'idle',
    // What arrives on open sockets while closing is still answered, with `connection: close`.
    return503OnClosing: false,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      // Hooks don't run for a URL that can't be read.
      reply.header('x-request-id', request.id);
      refuse(findDialect, request, reply, toFault(error, request, log));
    },
  });
}

/** What is ours: the admin API with its document, the checks, and the documents of the dialects. */
async function mountOwn(app: FastifyInstance, deps: HttpDeps, isClosing: () => boolean): Promise<void> {
  await describeAdmin(app, deps.version);
  for (const schema of components) app.addSchema(schema);
  if (deps.isPublic) {
    await app.register(
      (scope, _options, done) => {
        mountAdmin(scope, deps);
        done();
      },
      { prefix: adminPrefix },
    );
  }
  await app.register((scope, _options, done) => {
    const completeMethods = watchMethods(scope);
    mountHealth(scope, deps, isClosing);
    if (deps.isPublic) mountDocuments(scope, deps);
    completeMethods();
    done();
  });
}

function mountDocuments(app: FastifyInstance, { dialects, version }: HttpDeps): void {
  const schema = { hide: true };
  let admin: string | undefined;
  app.get('/openapi.json', { schema }, (_request, reply) => {
    admin ??= JSON.stringify(app.swagger());
    return reply.type('application/json').send(admin);
  });
  for (const dialect of dialects) {
    const document = JSON.stringify(describeDialect(dialect, version));
    app.get(`/openapi/${dialect.name}.json`, { schema }, (_request, reply) =>
      reply.type('application/json').send(document),
    );
  }
}

/** Refuses a request that met no route, in the form of the dialect that it is meant for, or as a problem. */
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

/** The client's own id where it is harmless in a log, else one that is unique here and elsewhere. */
function createRequestIds(): (request: { readonly headers: { readonly [name: string]: unknown } }) => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
    return `${prefix}-${(++count).toString(36)}`;
  };
}

/** Every answer at debug, by the template of its route: a URL may hold what a log must not. */
function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { id, method, routeOptions } = request;
    const durationMs = Math.round(reply.elapsedTime);
    const route = routeOptions.url ?? null;
    log.debug({ requestId: id, method, route, status: reply.statusCode, durationMs }, 'request.answered');
    done();
  });
}

const statusByError: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
};

/** Answers what isn't HTTP, before there is a request. */
function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, title] = statusByError[error.code ?? ''] ?? [400, 'The request is not well-formed HTTP'];
  const body = JSON.stringify({ type: 'about:blank', title, status });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
