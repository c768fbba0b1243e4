// Binds a dialect's table of operations to routes: the raw request in, its command carried out, the answer
// out as the dialect wrote it. Whatever goes wrong below these paths is told in the dialect's own form.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Backend } from '#core/backend.ts';
import type { Client } from '#core/caller.ts';
import type { ClientCommandName, CommandResult, Unscoped } from '#core/commands.ts';
import type { Fault } from '#core/fault.ts';
import type { Dialect, Operation, WireRequest, WireResponse } from '#dialects/dialect.ts';
import type { Logger } from '#lib/log.ts';
import { toFault } from './faults.ts';
import { watchMethods } from './methods.ts';
import { createOriginOf, type PublicAddress } from './origin.ts';

interface BindDeps extends PublicAddress {
  readonly backend: Pick<Backend, 'run' | 'runAs'>;
  readonly log: Logger;
}

/** Longest body that a dialect's route accepts: the fields of one endpoint. */
const bodyBytesMax = 256 * 1024;

/** Mounts every operation of `dialect` on `app`, which must be an encapsulated instance of its own. */
export function bindDialect(app: FastifyInstance, dialect: Dialect, deps: BindDeps): void {
  // Signatures are over the bytes as they came, of whatever content type, on DELETE too.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  // An empty Content-Type names no type: the same as none, where the framework would refuse it.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-type'] === '') delete request.headers['content-type'];
    done();
  });
  app.setErrorHandler((error, request, reply) =>
    sendFault(dialect, reply, toFault(error, request, deps.log)),
  );
  const originOf = createOriginOf(deps);
  const completeMethods = watchMethods(app);
  const routes = dialect.operations.flatMap((operation) =>
    pathsOf(dialect, operation).map((path) => ({ operation, path })),
  );
  for (const { operation, path } of routes) {
    app.route({
      method: operation.method,
      url: toPattern(path),
      bodyLimit: bodyBytesMax,
      handler: async (request, reply) => {
        const answer = await perform(
          operation as AnyOperation,
          dialect,
          toWireRequest(request, originOf),
          deps,
        );
        return sendWire(reply, answer);
      },
    });
  }
  completeMethods();
}

/** Any operation with one command throughout: TypeScript does not follow that through the union. */
interface BoundOperation<C extends ClientCommandName> {
  readonly command: C;
  readonly parse: (request: WireRequest) => Unscoped<C>;
  readonly reply: (result: CommandResult<C>, request: WireRequest) => WireResponse;
}
type AnyOperation = BoundOperation<ClientCommandName>;

async function perform<C extends ClientCommandName>(
  operation: BoundOperation<C>,
  dialect: Dialect,
  request: WireRequest,
  { backend }: BindDeps,
): Promise<WireResponse> {
  const client: Client = { dialect: dialect.name, proof: dialect.authenticate(request) };
  let input: Unscoped<C>;
  try {
    input = operation.parse(request);
  } catch (error) {
    // A stranger is refused as one, whatever else is wrong with the request.
    await backend.run('authenticate', client);
    throw error;
  }
  return operation.reply(await backend.runAs(client, operation.command, input), request);
}

/** Answers a fault as the dialect writes it. */
export function sendFault(dialect: Dialect, reply: FastifyReply, fault: Fault): FastifyReply {
  if (fault.retryAfterSeconds !== null) reply.header('retry-after', String(fault.retryAfterSeconds));
  return sendWire(reply, dialect.faults[fault.code](fault, reply.request.id));
}

function sendWire(reply: FastifyReply, { status, body, headers, contentType }: WireResponse): FastifyReply {
  reply.code(status);
  if (headers !== undefined) reply.headers(headers);
  if (body === undefined) return reply.send();
  // As bytes, so that nothing is added to the content type on the way.
  return reply.type(contentType ?? 'application/json').send(Buffer.from(JSON.stringify(body)));
}

function pathsOf({ isEndSlashOptional = false }: Dialect, { path }: Operation): readonly string[] {
  return isEndSlashOptional && path.endsWith('/') ? [path, path.slice(0, -1)] : [path];
}

/** `/a/{id}/` as the router writes it; a colon in a path means itself. */
function toPattern(path: string): string {
  return path.replaceAll(':', '::').replaceAll(/\{([^}]+)\}/g, ':$1');
}

const noBytes = new Uint8Array(0);

export function toWireRequest(
  request: FastifyRequest,
  originOf: (request: FastifyRequest) => string,
): WireRequest {
  const { path, query } = splitUrl(request.raw.url ?? '/');
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query),
    params: request.params as Readonly<Record<string, string>>,
    headers: joinHeaders(request),
    rawBody: Buffer.isBuffer(request.body) ? request.body : noBytes,
    origin: originOf(request),
  };
}

function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

/** Node joins repeated headers already, except for `set-cookie`, which no request has. */
function joinHeaders({ headers }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
