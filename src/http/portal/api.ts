// The portal's own API under /portal/api: a person of a tenant, with the token of a tab. Each operation is one of the admin
// API, in the tenant and mode of the session. The store is asked for the session of each request, so that a revoked one is
// refused by every process at once. No cookie: a page of another origin can send nothing.
import type { FastifyRequest } from 'fastify';
import { type PortalRouteName, portalPrefix, portalRoutes } from '#contract/portal-routes.ts';
import { OpenPortal } from '#contract/portal.ts';
import { keyScopes } from '#core/access.ts';
import type { Origin, RequestSource } from '#core/audit.ts';
import type { CommandName } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import type { PortalFacts } from '#core/portal.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { readBearer } from '#input/bearer.ts';
import { readJsonBody } from '#input/json.ts';
import { compile } from '#input/schema.ts';
import { sha256Hex } from '#lib/hmac.ts';
import { adminOperations, createReader } from '../admin/api.ts';
import { sessionToJson } from '../admin/portal-sessions.ts';
import type { Api, Route } from '../bind.ts';
import type { Trust } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../faults.ts';
import type { FailedAuthentications } from '../failed-authentications.ts';
import type { AnyAdminOperation } from '../operation.ts';
import { createSourceOf } from '../origin.ts';
import { checks, refuseOperatorsOwn, showOwn } from './operations.ts';

type Sessions = WeakMap<FastifyRequest, PortalFacts>;

interface Binding {
  readonly deps: HttpDeps;
  readonly sessions: Sessions;
  readonly originOf: (request: FastifyRequest, session: PortalFacts) => Origin;
}

const contentType = 'application/json; charset=utf-8';
const sessionPath = `${portalPrefix}/session`;

export function portalApi(deps: HttpDeps, failed: Pick<FailedAuthentications, 'guard'>): Api {
  const sessions: Sessions = new WeakMap();
  const sourceOf = createSourceOf(deps);
  const originOf = (request: FastifyRequest, session: PortalFacts): Origin => ({
    ...sourceOf(request),
    actor: actorOf(session),
  });
  const binding = { deps, sessions, originOf };
  const operations = adminOperations(deps).filter(([name]) => name in portalRoutes);
  return {
    accepts: 'application/json',
    async admit(request): Promise<Trust> {
      if (isOpening(request)) return 'unknown';
      sessions.set(request, await findSession(deps, request, failed));
      return 'known';
    },
    sendFault: sendProblem,
    routes: [
      ...operations.map(([name, operation]) => bindOperation(name as PortalRouteName, operation, binding)),
      openRoute(deps, sourceOf, failed),
      ...sessionRoutes(binding),
    ],
  };
}

/** Who opens a link has no token yet. */
function isOpening({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'POST' && routeOptions.url === sessionPath;
}

function openRoute(
  deps: HttpDeps,
  sourceOf: (request: FastifyRequest) => RequestSource,
  failed: Pick<FailedAuthentications, 'guard'>,
): Route {
  const { backend } = deps;
  const body = compile('open portal', OpenPortal);
  return {
    method: 'POST',
    path: sessionPath,
    async answer(request, bytes) {
      const { id, secret } = readJsonBody(bytes, body);
      const { session, token } = await failed.guard(request, `portal ${id} ${secret}`, async () => {
        const known = await backend.run('getPortalSession', { id });
        if (known === null) throw new Fault('key_unknown', 'This link is not valid, or has ended.');
        const origin = { ...sourceOf(request), actor: actorOf(known) };
        return backend.run('openPortalSession', { id, secret }, origin);
      });
      return { status: 201, body: { ...(await describe(deps, session)), token }, contentType };
    },
  };
}

async function findSession(
  { backend }: HttpDeps,
  request: FastifyRequest,
  failed: Pick<FailedAuthentications, 'guard'>,
): Promise<PortalFacts> {
  const token = readBearer(request.headers.authorization);
  if (token === null)
    throw new Fault('key_missing', 'Send the token of the session as "Authorization: Bearer <token>".');
  return failed.guard(request, `portal ${token}`, async () => {
    const found = await backend.run('findPortalSession', { lookup: sha256Hex(token) });
    if (found !== null) return found;
    throw new Fault('key_unknown', 'The session has ended or was revoked; open a new link.');
  });
}

function actorOf({ id, tenant }: PortalFacts): Origin['actor'] {
  return { kind: 'portal', id, name: tenant, isConsole: false };
}

function bindOperation(name: PortalRouteName, operation: AnyAdminOperation, binding: Binding): Route {
  const { method, path, permission } = portalRoutes[name];
  const { deps, originOf } = binding;
  const read = createReader(name, operation, deps.limits);
  return {
    method,
    path: portalPrefix + path,
    bodyBytesMax: operation.bodyBytesMax,
    async answer(request, bytes) {
      const session = sessionOf(binding, request);
      if (!session.permissions.includes(permission)) {
        throw new Fault('not_permitted', `This session has not the permission "${permission}".`);
      }
      const { tenant, mode } = session;
      const given = read(request, bytes, { tenant });
      refuseOperatorsOwn(given.body);
      const access = { actor: actorOf(session), scopes: keyScopes, tenants: [tenant] };
      const asked = { ...given, access, origin: () => '' };
      const origin = originOf(request, session);
      const scoped = { ...(operation.parse(asked) as object), tenant, mode };
      const check = checks[name];
      const { backend } = deps;
      const input = check === undefined ? scoped : await check({ backend, session, origin, input: scoped });
      const result = await perform(deps, operation, input, origin);
      return { ...operation.reply(showOwn(name, session, result), asked, input), contentType };
    },
  };
}

/** A dry run of a replay counts. */
function perform(
  { backend }: HttpDeps,
  { command }: AnyAdminOperation,
  input: unknown,
  origin: Origin,
): Promise<unknown> {
  if (command !== 'startReplay') return backend.run(command as CommandName, input as never, origin);
  const { isDryRun, ...terms } = input as { readonly isDryRun: boolean };
  return isDryRun
    ? backend.run('countReplay', terms as never, origin).then((count) => ({ id: null, ...count }))
    : backend.run('createReplay', terms as never, origin);
}

function sessionRoutes(binding: Binding): readonly Route[] {
  const { deps, originOf } = binding;
  return [
    {
      method: 'GET',
      path: sessionPath,
      answer: async (request) => ({
        status: 200,
        body: await describe(deps, sessionOf(binding, request)),
        contentType,
      }),
    },
    {
      method: 'DELETE',
      path: sessionPath,
      async answer(request) {
        const session = sessionOf(binding, request);
        const { tenant, id } = session;
        await deps.backend.run('removePortalSession', { tenant, id }, originOf(request, session));
        return { status: 204 };
      },
    },
  ];
}

function sessionOf({ sessions }: Binding, request: FastifyRequest): PortalFacts {
  const session = sessions.get(request);
  if (session === undefined) throw new Error('a request is admitted before it is answered');
  return session;
}

async function describe(deps: HttpDeps, session: PortalFacts): Promise<object> {
  const { name: dialect } = await dialectOf(deps, session);
  return { ...sessionToJson(session), tenant: session.tenant, dialect };
}

async function dialectOf({ backend, dialects }: HttpDeps, { tenant }: PortalFacts): Promise<Dialect> {
  const { dialect } = await backend.run('getTenant', { tenant });
  const found = dialects.find(({ name }) => name === dialect);
  if (found === undefined) throw new Error(`there is no dialect ${dialect}`);
  return found;
}
