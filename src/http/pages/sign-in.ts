// Signing in to the console with an admin key, and out again.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Fault } from '#core/fault.ts';
import { readJsonBody } from '#input/json.ts';
import { compile } from '#input/schema.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { Answer } from '../answer.ts';
import type { Api } from '../bind.ts';
import type { HttpDeps } from '../deps.ts';
import type { FailedAuthentications } from '../failed-authentications.ts';
import { sendProblem } from '../faults.ts';
import type { Keyring } from '../keyring.ts';
import { createOriginOf, createSourceOf } from '../origin.ts';
import { isOwnOrigin } from './own-origin.ts';
import type { Session, Sessions } from './session.ts';

const SignIn = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 4096 }) },
  { additionalProperties: false },
);

const path = '/console/session';

export function signInApi(
  deps: HttpDeps,
  keyring: Pick<Keyring, 'find'>,
  sessions: Sessions,
  failed: Pick<FailedAuthentications, 'check' | 'count'>,
): Api {
  const originOf = createOriginOf(deps);
  const sourceOf = createSourceOf(deps);
  const body = compile('sign in', SignIn);
  const isSecure = ({ headers }: FastifyRequest): boolean => headers.origin?.startsWith('https:') ?? false;
  const answerSession = ({ expiresAt, access }: Session, headers = {}): Answer => {
    const { scopes, tenants, actor } = access;
    const expires = formatTime(expiresAt);
    const body = { expiresAt: expires, version: deps.version, key: actor.name, scopes, tenants };
    return { status: 200, body, headers };
  };
  return {
    accepts: 'application/json',
    admit(request) {
      if (!isOwnOrigin(request, originOf)) throw foreignOrigin();
      return 'unknown';
    },
    sendFault: sendProblem,
    routes: [
      {
        method: 'POST',
        path,
        async answer(request, bytes) {
          const { key } = readJsonBody(bytes, body);
          const access = await keyring.find(key, () => failed.check(request));
          if (access === null) {
            failed.count(request);
            throw wrongKey();
          }
          const { session, setCookie } = await sessions.start(access, isSecure(request), sourceOf(request));
          return answerSession(session, { 'set-cookie': setCookie });
        },
      },
      {
        method: 'GET',
        path,
        async answer({ headers }) {
          const session = await sessions.find(headers);
          if (session === null) throw new Fault('key_missing', 'There is no session: sign in.');
          return answerSession(session);
        },
      },
      {
        method: 'DELETE',
        path,
        async answer(request) {
          const setCookie = await sessions.end(request.headers, isSecure(request), sourceOf(request));
          return { status: 204, headers: { 'set-cookie': setCookie } };
        },
      },
    ],
  };
}

function wrongKey(): Fault {
  const message =
    'This is no admin key of this server. The first one is in admin.key beside the database, or in CARILLON_ADMIN_KEY.';
  return new Fault('key_unknown', message);
}

function foreignOrigin(): Fault {
  const message =
    'Only pages of this server may sign in. Behind a proxy, set PUBLIC_URL to the address that the browser shows.';
  return new Fault('key_missing', message);
}
