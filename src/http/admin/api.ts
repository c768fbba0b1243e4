// The operator's own API under /admin/v1: what a key allows of the tenants that it reaches, or a session of the console that
// was opened with it.
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { adminPrefix, type Body, type Query, type RouteName, routes } from '#contract/routes.ts';
import type { Origin, RequestSource } from '#core/audit.ts';
import { type CommandName, isRead } from '#core/commands.ts';
import { readJsonBody } from '#input/json.ts';
import type { Access } from '#core/access.ts';
import type { TenantId } from '#core/tenant.ts';
import { readParameters, type Texts } from '#input/query.ts';
import { compile } from '#input/schema.ts';
import { type Api, type Route, toPattern } from '../bind.ts';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../faults.ts';
import { answerStream } from '../live/answer.ts';
import type { FollowedName, Run } from '../live/follow.ts';
import type { Asked, Live } from '../live/live.ts';
import { type FindAccess, permit, permitServer } from '../operator.ts';
import { readWholeCatalogue } from '../catalogue.ts';
import type { AdminCommands, AdminTable, AnyAdminOperation, LocalCommandName } from '../operation.ts';
import { createOriginOf, createSourceOf } from '../origin.ts';
import { alerts } from './alerts.ts';
import { attention } from './attention.ts';
import { audit } from './audit.ts';
import { enforceLimits, pathSchema } from './bounds.ts';
import { credentials } from './credentials.ts';
import { deliveries } from './deliveries.ts';
import { checks } from './checks.ts';
import { endpoints } from './endpoints.ts';
import { eventTypes } from './event-types.ts';
import { encryption } from './encryption.ts';
import { events } from './events.ts';
import { keys } from './keys.ts';
import { explanation } from './explanation.ts';
import { portalSessions } from './portal-sessions.ts';
import { feed } from './feed.ts';
import { pulls } from './pull.ts';
import { replays } from './replays.ts';
import { describeServer } from './self.ts';
import { server } from './server.ts';
import { stats } from './stats.ts';
import { tail } from './tail.ts';
import { tenantSecrets } from './tenant-secrets.ts';
import { tenants } from './tenants.ts';

const createTable = ({ limits, clock, version }: Pick<HttpDeps, 'limits' | 'clock' | 'version'>) =>
  ({
    ...tenants,
    ...credentials,
    ...endpoints,
    ...checks,
    ...tenantSecrets,
    ...events(limits),
    ...explanation,
    ...eventTypes(version),
    ...feed,
    ...deliveries,
    ...pulls,
    ...tail,
    ...replays,
    ...attention(clock),
    ...stats(clock),
    ...server(version),
    ...keys,
    ...encryption,
    ...alerts,
    ...audit,
    ...portalSessions,
  }) satisfies AdminTable;

/** The table, with the entries in the order of the contract. */
export function adminOperations(
  deps: Pick<HttpDeps, 'limits' | 'clock' | 'version'>,
): readonly (readonly [RouteName, AnyAdminOperation])[] {
  const table = createTable(deps) as unknown as Record<RouteName, AnyAdminOperation>;
  return (Object.keys(routes) as RouteName[]).map((name) => [name, table[name]]);
}

export function adminApi(deps: HttpDeps, live: Live, findAccess: FindAccess): Api {
  const local = localCommands(deps);
  const sourceOf = createSourceOf(deps);
  const originOf = createOriginOf(deps);
  const admitted: Admitted = new WeakMap();
  return {
    accepts: 'application/json',
    admit(request) {
      const access = findAccess(request);
      const keep = (found: Access): 'known' => {
        admitted.set(request, found);
        return 'known';
      };
      return access instanceof Promise ? access.then(keep) : keep(access);
    },
    answered: logCall(deps, admitted),
    sendFault: sendProblem,
    routes: adminOperations(deps).map(([name, operation]) =>
      bindOperation(name, operation, { admitted, local, sourceOf, originOf, findAccess }, { ...deps, live }),
    ),
  };
}

/** What the requests that are being answered may do. */
type Admitted = WeakMap<FastifyRequest, Access>;

interface Binding {
  readonly findAccess: FindAccess;
  readonly admitted: Admitted;
  readonly local: LocalCommands;
  readonly sourceOf: (request: FastifyRequest) => RequestSource;
  readonly originOf: (request: FastifyRequest) => string;
}

type Perform = (input: unknown, origin: Origin) => Promise<unknown>;

/**
 * Logs who called what, by the template of the route: a path may hold what is private. Publishing and reading are frequent:
 * they are logged with all other requests at debug, and here when they are refused.
 */
function logCall({ log }: HttpDeps, admitted: Admitted): NonNullable<Api['answered']> {
  return (request, { statusCode: status, elapsedTime }) => {
    const { id: requestId, method, routeOptions } = request;
    const route = routeOptions.url ?? null;
    const isFrequent = method === 'GET' || publishRoutes.has(route ?? '');
    if (isFrequent && status < 400) return;
    const level = status < 400 ? 'info' : 'warn';
    const key = admitted.get(request)?.actor.id ?? null;
    log[level](
      { requestId, method, route, key, status, durationMs: Math.round(elapsedTime) },
      'admin.called',
    );
  };
}

const publishRoutes: ReadonlySet<string> = new Set(
  [routes.publishEvent, routes.publishBatch].map(({ path }) => toPattern(adminPrefix + path)),
);

function bindOperation(
  name: RouteName,
  operation: AnyAdminOperation,
  { admitted, local, sourceOf, originOf, findAccess }: Binding,
  { backend, limits, live }: HttpDeps & { readonly live: Live },
): Route {
  const { method, path, scope, ...kind } = routes[name];
  const isOfTenant = path.startsWith(tenantPath);
  const isWide = 'isWide' in kind;
  const { command, bodyBytesMax, parse, reply, stream } = operation;
  const read = createReader(name, operation, limits);
  const check = (access: Access, request: FastifyRequest): void => {
    permit(access, scope, isOfTenant ? tenantOf(request) : null);
    if (!isOfTenant && !isWide && scope !== null) permitServer(access);
  };
  const askedBy = (input: unknown, origin: Origin, request: FastifyRequest) => {
    let isFirst = true;
    const run: Run = async (asked, given) => {
      // Of a stream or a long poll: the key may be revoked meanwhile.
      if (!isFirst) check(await findAccess(request), request);
      isFirst = false;
      return backend.run(asked, given, isRead(asked) ? undefined : origin);
    };
    return { command, input, run, socket: request.raw.socket };
  };
  const perform =
    command in local
      ? (local[command as LocalCommandName] as Perform)
      : (input: unknown, origin: Origin, request: FastifyRequest) =>
          live.answer(askedBy(input, origin, request) as unknown as Asked<CommandName>);
  return {
    method,
    path: adminPrefix + path,
    bodyBytesMax,
    async answer(request, body) {
      const access = admitted.get(request);
      if (access === undefined) throw new Error('a request is admitted before it is answered');
      check(access, request);
      const given = { ...read(request, body), access, origin: () => originOf(request) };
      const parsed = parse(given);
      const input = isWide ? narrow(parsed, access) : parsed;
      const origin = { ...sourceOf(request), actor: access.actor };
      const asked = () => askedBy(input, origin, request) as unknown as Asked<FollowedName>;
      const streamed = await answerStream(live, stream, request, asked);
      if (streamed !== null) return streamed;
      return { ...reply(await perform(input, origin, request), given, input), contentType };
    },
  };
}

const tenantPath = '/tenants/{tenant}';

function tenantOf({ params }: FastifyRequest): TenantId {
  return (params as { readonly tenant: TenantId }).tenant;
}

/** The input of a list over tenants, for those alone that the key reaches. */
function narrow(input: unknown, access: Access): unknown {
  if (access.tenants === null) return input;
  const { tenant = null } = input as { readonly tenant?: TenantId | null };
  if (tenant !== null) {
    permit(access, 'read', tenant);
    return input;
  }
  return { ...(input as object), tenants: access.tenants };
}

const contentType = 'application/json; charset=utf-8';

/** Validates a request by the schemas that the OpenAPI document shows. `known` are parameters that are not in the path. */
export function createReader(
  name: RouteName,
  { query, body }: AnyAdminOperation,
  limits: HttpDeps['limits'],
) {
  const validatorOf = (part: string, schema: TSchema) =>
    compile(`${name} ${part}`, enforceLimits(schema, limits));
  const params = validatorOf('path', pathSchema(routes[name].path));
  const queries = query === undefined ? null : validatorOf('query', query);
  const bodies = body === undefined ? null : validatorOf('body', body);
  return (request: FastifyRequest, rawBody: Buffer, known: Texts = {}) => {
    return {
      params: readParameters({ ...(request.params as Texts), ...known }, params),
      query: queries === null ? undefined : readParameters(request.query as Texts, queries),
      body: bodies === null ? undefined : readJsonBody(rawBody, bodies),
      headers: request.headers,
      rawBody,
    };
  };
}

type LocalCommands = {
  readonly [C in LocalCommandName]: (
    input: AdminCommands[C]['input'],
    origin: Origin,
  ) => Promise<AdminCommands[C]['result']>;
};

/** The commands that are more, or less, than one message to the engine thread. */
function localCommands(deps: HttpDeps): LocalCommands {
  const { backend, publisher, catalogue } = deps;
  return {
    publish: ({ tenant, events, traceparent }) => publisher.publish(tenant, events, { traceparent }),
    startReplay: async ({ isDryRun, ...terms }, origin) =>
      isDryRun
        ? { id: null, ...(await backend.run('countReplay', terms)) }
        : backend.run('createReplay', terms, origin),
    startBackfill: async ({ isDryRun, ratePerSecond, ...order }, origin) =>
      isDryRun
        ? { id: null, ...(await backend.run('countBackfill', order)) }
        : backend.run('createBackfill', { ...order, ratePerSecond }, origin),
    setCatalogueEntry: (content, origin) => catalogue.set(content, origin),
    removeCatalogueEntry: ({ name }, origin) => catalogue.remove(name, origin),
    describeServer: () => describeServer(deps),
    whoami: async (access) => access,
    readWholeCatalogue: ({ dialect }) => readWholeCatalogue(backend, dialect),
  };
}

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
