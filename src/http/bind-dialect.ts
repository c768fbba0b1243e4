// Binds a dialect's table of operations to routes: the raw request in, its command carried out, the answer
// out as the dialect wrote it. Whatever goes wrong below these paths is told in the dialect's own form.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Backend } from '#core/backend.ts';
import type { Client } from '#core/caller.ts';
import type { ClientCommandName, CommandResult, Unscoped } from '#core/commands.ts';
import type { Fault } from '#core/fault.ts';
import type { Dialect, WireRequest, WireResponse } from '#dialects/dialect.ts';
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
  for (const operation of dialect.operations) {
    app.route({
      method: operation.method,
      url: toPattern(operation.path),
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

/** `/a/{id}/` as the router writes it; a colon in a path means itself. */
function toPattern(path: string): string {
  return path.replaceAll(':', '::').replaceAll(/\{([^}]+)\}/g, ':$1');
}

const noBytes = new Uint8Array(0);

function toWireRequest(request: FastifyRequest, originOf: (request: FastifyRequest) => string): WireRequest {
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

/** Finds the dialect whose paths a URL lies among, though no route of it matches; null for none. */
export type FindDialect = (url: string) => Dialect | null;

/** A dialect owns what begins like all of its paths; the longest such beginning decides. */
export function createFindDialect(dialects: readonly Dialect[]): FindDialect {
  const territories = dialects
    .flatMap((dialect) => {
      const paths = dialect.operations.map(({ path }) => path);
      // A dialect may be mounted under several prefixes; each has a beginning of its own.
      const groups = Object.values(Object.groupBy(paths, (path) => segmentsOf(path)[0] ?? ''));
      return groups.map((group) => ({ dialect, beginning: sharedSegments(group ?? []) }));
    })
    .filter(({ beginning }) => beginning.length > 0)
    .sort((a, b) => b.beginning.length - a.beginning.length);
  return (url) => {
    const segments = segmentsOf(splitUrl(url).path);
    const isWithin = (beginning: readonly string[]): boolean =>
      beginning.every((segment, index) => segment === segments[index]);
    return territories.find(({ beginning }) => isWithin(beginning))?.dialect ?? null;
  };
}

/** The segments with which all paths begin, up to the first parameter. */
function sharedSegments(paths: readonly string[]): readonly string[] {
  const [first = [], ...others] = paths.map(segmentsOf);
  const end = first.findIndex(
    (segment, index) => segment.includes('{') || others.some((other) => other[index] !== segment),
  );
  return end === -1 ? first : first.slice(0, end);
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}
