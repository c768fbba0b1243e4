// The operator's own API under /admin/v1: everything of every tenant, with one key, or with a session of the console that
// was opened with it.
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { adminPrefix, type Body, type Query, type RouteName, routes } from '#contract/routes.ts';
import type { Backend } from '#core/backend.ts';
import type { CommandName } from '#core/commands.ts';
import { readJsonBody } from '#input/json.ts';
import { readParameters, type Texts } from '#input/query.ts';
import { compile } from '#input/schema.ts';
import { sha256Hex } from '#lib/hmac.ts';
import { type Api, type Route, toPattern } from '../bind.ts';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../faults.ts';
import type { OperatorCheck } from '../operator.ts';
import type { AdminCommands, AdminTable, AnyAdminOperation, LocalCommandName } from '../operation.ts';
import { attention } from './attention.ts';
import { enforceLimits, pathSchema } from './bounds.ts';
import { credentials } from './credentials.ts';
import { deliveries } from './deliveries.ts';
import { endpoints } from './endpoints.ts';
import { events } from './events.ts';
import { replays } from './replays.ts';
import { server } from './server.ts';
import { stats } from './stats.ts';
import { tenantSecrets } from './tenant-secrets.ts';
import { tenants } from './tenants.ts';

const createTable = ({ limits, clock }: Pick<HttpDeps, 'limits' | 'clock'>) =>
  ({
    ...tenants,
    ...credentials,
    ...endpoints,
    ...tenantSecrets,
    ...events(limits),
    ...deliveries,
    ...replays,
    ...attention(clock),
    ...stats(clock),
    ...server,
  }) satisfies AdminTable;

/** The table, with the entries in the order of the contract. */
export function adminOperations(
  deps: Pick<HttpDeps, 'limits' | 'clock'>,
): readonly (readonly [RouteName, AnyAdminOperation])[] {
  const table = createTable(deps) as unknown as Record<RouteName, AnyAdminOperation>;
  return (Object.keys(routes) as RouteName[]).map((name) => [name, table[name]]);
}

export function adminApi(deps: HttpDeps, checkOperator: OperatorCheck): Api {
  const local = localCommands(deps);
  return {
    accepts: 'application/json',
    admit(request) {
      const refusal = checkOperator(request);
      if (refusal !== null) throw refusal;
      return 'known';
    },
    answered: logCall(deps),
    sendFault: sendProblem,
    routes: adminOperations(deps).map(([name, operation]) => bindOperation(name, operation, local, deps)),
  };
}

/**
 * Logs who called what, by the template of the route: a path may hold what is private. Publishing and reading are frequent:
 * they are logged with all other requests at debug, and here when they are refused.
 */
function logCall({ log, adminKey }: HttpDeps): NonNullable<Api['answered']> {
  const known = fingerprintOf(adminKey);
  return (request, { statusCode: status, elapsedTime }) => {
    const { id: requestId, method, routeOptions } = request;
    const route = routeOptions.url ?? null;
    const isFrequent = method === 'GET' || publishRoutes.has(route ?? '');
    if (isFrequent && status < 400) return;
    const level = status < 400 ? 'info' : 'warn';
    const key = status === 401 ? null : known;
    log[level](
      { requestId, method, route, key, status, durationMs: Math.round(elapsedTime) },
      'admin.called',
    );
  };
}

const publishRoutes: ReadonlySet<string> = new Set(
  [routes.publishEvent, routes.publishBatch].map(({ path }) => toPattern(adminPrefix + path)),
);

/** Enough of a hash to tell keys apart, and nothing of the key. */
function fingerprintOf(key: string): string {
  return sha256Hex(key).slice(0, 8);
}

function bindOperation(
  name: RouteName,
  operation: AnyAdminOperation,
  local: LocalCommands,
  { backend, limits }: HttpDeps,
): Route {
  const { method, path } = routes[name];
  const { command, bodyBytesMax, parse, reply } = operation;
  const read = createReader(name, operation, limits);
  const perform =
    command in local
      ? (local[command as LocalCommandName] as (input: unknown) => Promise<unknown>)
      : (input: unknown) => runAny(backend, command as CommandName, input);
  return {
    method,
    path: adminPrefix + path,
    bodyBytesMax,
    async answer(request, body) {
      const given = read(request, body);
      const input = parse(given);
      return { ...reply(await perform(input), given, input), contentType };
    },
  };
}

const contentType = 'application/json; charset=utf-8';

const runAny = (backend: Pick<Backend, 'run'>, command: CommandName, input: unknown): Promise<unknown> =>
  backend.run(command, input as never);

/** Validates a request by the schemas that the OpenAPI document shows. */
function createReader(name: RouteName, { query, body }: AnyAdminOperation, limits: HttpDeps['limits']) {
  const validatorOf = (part: string, schema: TSchema) =>
    compile(`${name} ${part}`, enforceLimits(schema, limits));
  const params = validatorOf('path', pathSchema(routes[name].path));
  const queries = query === undefined ? null : validatorOf('query', query);
  const bodies = body === undefined ? null : validatorOf('body', body);
  return (request: FastifyRequest, rawBody: Buffer) => {
    return {
      params: readParameters(request.params as Texts, params),
      query: queries === null ? undefined : readParameters(request.query as Texts, queries),
      body: bodies === null ? undefined : readJsonBody(rawBody, bodies),
      headers: request.headers,
      rawBody,
    };
  };
}

type LocalCommands = {
  readonly [C in LocalCommandName]: (input: AdminCommands[C]['input']) => Promise<AdminCommands[C]['result']>;
};

/** The commands that are more, or less, than one message to the engine thread. */
function localCommands({ backend, publisher }: HttpDeps): LocalCommands {
  return {
    publish: ({ tenant, events, traceparent }) => publisher.publish(tenant, events, { traceparent }),
    startReplay: async ({ isDryRun, ...terms }) =>
      isDryRun
        ? { id: null, ...(await backend.run('countReplay', terms)) }
        : backend.run('createReplay', terms),
  };
}

/** Throws `Fault`. */
type Table = ReturnType<typeof createTable>;
type SchemaOf<N extends RouteName, Part extends string> =
  Table[N] extends Record<Part, infer S extends TSchema> ? Static<S> : undefined;
type Mismatch = {
  [N in RouteName]: [SchemaOf<N, 'body'>, Body<N>, SchemaOf<N, 'query'>, Query<N>] extends [
    Body<N>,
    SchemaOf<N, 'body'>,
    Query<N>,
    SchemaOf<N, 'query'>,
  ]
    ? never
    : N;
}[RouteName];
type None<Names extends never> = Names;
/** Does not compile when an operation validates another body or query than the contract has; the error names it. */
export type EveryBodyIsOfTheContract = None<Mismatch>;
