// The API of a dialect: the raw request in, its command carried out, the answer out as the dialect wrote it. Faults below
// its paths are answered in its own form.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestSource } from '#core/audit.ts';
import type { Backend } from '#core/backend.ts';
import type { Client } from '#core/caller.ts';
import type { ClientCommandName, CommandResult, Unscoped } from '#core/commands.ts';
import type { Fault } from '#core/fault.ts';
import type { Dialect, Operation, WireRequest, WireResponse } from '#dialects/dialect.ts';
import { type Answer, send } from './answer.ts';
import type { Api } from './bind.ts';
import { announcesBody, noBytes, type Trust } from './body.ts';
import type { FailedAuthentications } from './failed-authentications.ts';
import { answerStream } from './live/answer.ts';
import type { Run } from './live/follow.ts';
import type { Live } from './live/live.ts';
import { createOriginOf, createSourceOf, type PublicAddress } from './origin.ts';

type DialectBackend = Pick<Backend, 'run' | 'runAs'>;

export function dialectApi(
  dialect: Dialect,
  deps: PublicAddress & {
    readonly backend: DialectBackend;
    readonly failed: Pick<FailedAuthentications, 'guard'>;
  },
  live: Live,
): Api {
  const originOf = createOriginOf(deps);
  const sourceOf = createSourceOf(deps);
  return {
    accepts: '*',
    admit: (request) => admit(dialect, request, deps),
    sendFault: (reply, fault) => sendFault(dialect, reply, fault),
    routes: dialect.operations.flatMap((operation) =>
      pathsOf(dialect, operation).map((path) => ({
        method: operation.method,
        path,
        answer: (request, body) =>
          perform(operation as AnyOperation, dialect, toWireRequest(request, originOf, body), {
            backend: deps.backend,
            guard: (proof, work) => deps.failed.guard(request, proof, work),
            live,
            request,
            source: sourceOf(request),
          }),
      })),
    ),
  };
}

/** Before a body is read: a bearer token must be known, and what else proves a caller must be well formed. */
async function admit(
  dialect: Dialect,
  request: FastifyRequest,
  {
    backend,
    failed,
  }: { readonly backend: DialectBackend; readonly failed: Pick<FailedAuthentications, 'guard'> },
): Promise<Trust> {
  if (!announcesBody(request.raw)) return 'unknown';
  const proof = dialect.authenticate(toWireRequest(request, () => ''));
  if (proof.kind !== 'bearer') return 'unknown';
  const client: Client = { dialect: dialect.name, proof };
  await failed.guard(request, proofOf(client), () => backend.run('authenticate', client));
  return 'known';
}

function pathsOf({ isEndSlashOptional = false }: Dialect, { path }: Operation): readonly string[] {
  return isEndSlashOptional && path.endsWith('/') ? [path, path.slice(0, -1)] : [path];
}

/** Any operation with one command throughout: TypeScript does not follow that through the union. */
interface BoundOperation<C extends ClientCommandName> {
  readonly command: C;
  readonly parse: (request: WireRequest) => Unscoped<C>;
  readonly reply: (result: CommandResult<C>, request: WireRequest) => WireResponse;
  readonly stream?: Operation['stream'];
}

interface Means {
  readonly backend: DialectBackend;
  readonly guard: <Result>(proof: string, work: () => Promise<Result>) => Promise<Result>;
  readonly live: Live;
  readonly request: FastifyRequest;
  readonly source: RequestSource;
}
type AnyOperation = BoundOperation<ClientCommandName>;

async function perform<C extends ClientCommandName>(
  operation: BoundOperation<C>,
  dialect: Dialect,
  request: WireRequest,
  { backend, guard, live, request: raw, source }: Means,
): Promise<Answer> {
  const client: Client = { dialect: dialect.name, proof: dialect.authenticate(request) };
  let input: Unscoped<C>;
  try {
    input = operation.parse(request);
  } catch (error) {
    // Authentication fails first, whatever else is wrong with the request.
    await guard(proofOf(client), () => backend.run('authenticate', client));
    throw error;
  }
  const { command } = operation;
  const run = ((name: ClientCommandName, given: never) =>
    guard(proofOf(client), () => backend.runAs(client, name, given, source))) as Run;
  const asked = { command, input: input as never, run, socket: raw.raw.socket };
  const stream = await answerStream(live, operation.stream, raw, () => asked as never);
  return stream ?? operation.reply(await live.answer<C>(asked), request);
}

function proofOf({ dialect, proof }: Client): string {
  return `${dialect} ${proof.kind === 'bearer' ? proof.token : proof.key}`;
}

/** Answers a fault in the form of the dialect. */
export function sendFault(dialect: Dialect, reply: FastifyReply, fault: Fault): FastifyReply {
  if (fault.retryAfterSeconds !== null) reply.header('retry-after', String(fault.retryAfterSeconds));
  return send(reply, dialect.faults[fault.code](fault, reply.request.id));
}

export function toWireRequest(
  request: FastifyRequest,
  originOf: (request: FastifyRequest) => string,
  rawBody: Uint8Array = noBytes,
): WireRequest {
  const { path, query } = splitUrl(request.raw.url ?? '/');
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query),
    params: request.params as Readonly<Record<string, string>>,
    headers: joinHeaders(request),
    rawBody,
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
