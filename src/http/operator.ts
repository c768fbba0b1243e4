// Who is the operator: a request with a key of the admin API, or with a session of the console from a page of this server.
// What it may do is checked by the scope of the route, and by the tenants that the key reaches.
import type { FastifyRequest } from 'fastify';
import { type Access, type KeyScope, reaches } from '#core/access.ts';
import { Fault } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { readBearer } from '#input/bearer.ts';
import type { FailedAuthentications } from './failed-authentications.ts';
import type { Keyring } from './keyring.ts';
import { createOriginOf, type PublicAddress } from './origin.ts';
import { isOwnOrigin } from './pages/own-origin.ts';
import type { Sessions } from './pages/session.ts';

/** What a request may do. Throws `Fault` for one that has no known key. */
export type FindAccess = (request: FastifyRequest) => Access | Promise<Access>;

export function createFindAccess(
  deps: PublicAddress,
  keyring: Pick<Keyring, 'find'>,
  sessions: Pick<Sessions, 'find'>,
  failed: Pick<FailedAuthentications, 'check' | 'count'>,
): FindAccess {
  const originOf = createOriginOf(deps);
  const ofSession = async (request: FastifyRequest): Promise<Access> => {
    const found = isOwnOrigin(request, originOf) ? await sessions.find(request.headers) : null;
    return found === null ? refuse(keyMissing()) : found.access;
  };
  return (request) => {
    const { authorization, cookie } = request.headers;
    if (authorization === undefined && cookie !== undefined) return ofSession(request);
    const key = readBearer(authorization);
    if (key === null) throw keyMissing();
    const judge = (access: Access | null): Access => {
      if (access !== null) return access;
      failed.count(request);
      throw keyUnknown();
    };
    const found = keyring.find(key, () => failed.check(request));
    return found instanceof Promise ? found.then(judge) : judge(found);
  };
}

/** Refuses what the key may not do. A tenant that it does not reach is one that there is not. */
export function permit(access: Access, scope: KeyScope | null, tenant: TenantId | null): void {
  if (tenant !== null && !reaches(access, tenant)) {
    throw new Fault('tenant_not_found', `there is no tenant "${tenant}"`);
  }
  if (scope === null || access.scopes.includes(scope)) return;
  throw new Fault('not_permitted', `This key has not the scope "${scope}", which this route needs.`);
}

/** Refuses keys of some tenants on a route that is about the whole server. */
export function permitServer({ tenants }: Access): void {
  if (tenants === null) return;
  throw new Fault('not_permitted', 'This route is about the whole server, and this key is for some tenants.');
}

function refuse(fault: Fault): never {
  throw fault;
}

function keyMissing(): Fault {
  return new Fault('key_missing', 'Send an admin key as "Authorization: Bearer <key>".');
}

function keyUnknown(): Fault {
  return new Fault('key_unknown', 'This is no admin key of this server, or it was revoked or has expired.');
}
