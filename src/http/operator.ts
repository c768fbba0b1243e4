// Who is the operator: a request with the admin key, or with a session of the console from a page of this server.
import type { FastifyRequest } from 'fastify';
import { Fault } from '#core/fault.ts';
import { readBearer } from '#input/bearer.ts';
import { equalsConstantTime } from '#lib/hmac.ts';
import { createOriginOf, type PublicAddress } from './origin.ts';
import { isOwnOrigin } from './pages/own-origin.ts';
import type { Sessions } from './pages/session.ts';

/** Why a request is not the operator's; null when it is. */
export type OperatorCheck = (request: FastifyRequest) => Fault | null;

export function createOperatorCheck(
  deps: PublicAddress & { readonly adminKey: string },
  sessions: Pick<Sessions, 'find'>,
): OperatorCheck {
  const originOf = createOriginOf(deps);
  return (request) => {
    const { authorization } = request.headers;
    if (
      authorization === undefined &&
      sessions.find(request.headers) !== null &&
      isOwnOrigin(request, originOf)
    )
      return null;
    const key = readBearer(authorization);
    if (key === null) return new Fault('key_missing', 'Send the admin key as "Authorization: Bearer <key>".');
    if (equalsConstantTime(key, deps.adminKey)) return null;
    return new Fault('key_unknown', 'This is not the admin key of this server.');
  };
}
