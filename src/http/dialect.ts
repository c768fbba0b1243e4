// The API of a dialect: the raw request in, its command carried out, the answer out as the dialect wrote it. Faults below
// its paths are answered in its own form.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Backend } from '#core/backend.ts';
import type { Client } from '#core/caller.ts';
import type { ClientCommandName, CommandResult, Unscoped } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import type { Dialect, WireRequest, WireResponse } from '#dialects/dialect.ts';
import { send } from './answer.ts';
import type { Api } from './bind.ts';

type DialectBackend = Pick<Backend, 'run' | 'runAs'>;

export function dialectApi(dialect: Dialect, backend: DialectBackend): Api {
  return {
    accepts: '*',
    sendFault: (reply, fault) => sendFault(dialect, reply, fault),
    routes: dialect.operations.map((operation) => ({
      method: operation.method,
      path: operation.path,
      answer: (request) => perform(operation as AnyOperation, dialect, toWireRequest(request), backend),
    })),
  };
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
  backend: DialectBackend,
): Promise<WireResponse> {
  const client: Client = { dialect: dialect.name, proof: dialect.authenticate(request) };
  let input: Unscoped<C>;
  try {
    input = operation.parse(request);
  } catch (error) {
    // Authentication fails first, whatever else is wrong with the request.
    await backend.run('authenticate', client);
    throw error;
  }
  return operation.reply(await backend.runAs(client, operation.command, input), request);
}

/** Answers a fault in the form of the dialect. */
export function sendFault(dialect: Dialect, reply: FastifyReply, fault: Fault): FastifyReply {
  if (fault.retryAfterSeconds !== null) reply.header('retry-after', String(fault.retryAfterSeconds));
  return send(reply, dialect.faults[fault.code](fault));
}

const noBytes = new Uint8Array(0);

function toWireRequest(request: FastifyRequest): WireRequest {
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

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Scheme and host as the client sees them. Both headers are chosen by the client or its proxy: they are used for links in
 * the answer to that same client, and for nothing else.
 */
function originOf(request: FastifyRequest): string {
  const host = request.headers.host ?? 'localhost';
  if (!hostPattern.test(host)) {
    const message = 'must be the host, with the port if there is one, that the request is for';
    throw new Fault('field_invalid', `host: ${message}`, {
      fields: [{ field: 'host', message, rule: 'form' }],
    });
  }
  const isSecure = request.headers['x-forwarded-proto'] === 'https' || request.protocol === 'https';
  return `${isSecure ? 'https' : 'http'}://${host}`;
}

/** Finds the dialect that owns a URL which no route matches; null for none. */
export type FindDialect = (url: string) => Dialect | null;

/** A dialect owns the paths with the same first segments as all of its own; the longest match decides. */
export function createFindDialect(dialects: readonly Dialect[]): FindDialect {
  const owners = dialects
    .flatMap((dialect) => {
      const paths = dialect.operations.map(({ path }) => path);
      // A dialect may be mounted under several prefixes; each group of paths has a beginning of its own.
      const groups = Object.values(Object.groupBy(paths, (path) => segmentsOf(path)[0] ?? ''));
      return groups.map((group) => ({ dialect, beginning: sharedSegments(group ?? []) }));
    })
    .filter(({ beginning }) => beginning.length > 0)
    .sort((a, b) => b.beginning.length - a.beginning.length);
  return (url) => {
    const segments = segmentsOf(splitUrl(url).path);
    const isWithin = (beginning: readonly string[]): boolean =>
      beginning.every((segment, index) => segment === segments[index]);
    return owners.find(({ beginning }) => isWithin(beginning))?.dialect ?? null;
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
