// Console sessions: a cookie with a random secret, whose hash is in the store, so that no script of a page holds an admin
// key, every process knows a session, and signing out ends it in every process. A session may what its key may, and ends
// with it.
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { accessOf, type Access } from '#core/access.ts';
import type { RequestSource } from '#core/audit.ts';
import type { Backend } from '#core/backend.ts';
import type { Clock } from '#lib/clock.ts';
import { hmac, sha256Hex } from '#lib/hmac.ts';
import type { Keyring } from '../keyring.ts';

/** How long a session lasts at most: a working day. */
const sessionMs = 12 * 60 * 60 * 1000;

export interface Session {
  readonly access: Access;
  /** Unix ms. */
  readonly expiresAt: number;
}

type Headers = Pick<IncomingHttpHeaders, 'cookie'>;

export interface Sessions {
  /** A new session with the access of a key, and the `Set-Cookie` that carries it. */
  start(
    access: Access,
    isSecure: boolean,
    source: RequestSource,
  ): Promise<{ session: Session; setCookie: string }>;
  /** The session of a request; null when it has none that is valid now. */
  find(headers: Headers): Promise<Session | null>;
  /** Ends the session of a request, and returns the `Set-Cookie` that removes it. */
  end(headers: Headers, isSecure: boolean, source: RequestSource): Promise<string>;
}

interface SessionDeps {
  readonly backend: Pick<Backend, 'run'>;
  /** Of the configuration, newest first. */
  readonly rootKeys: readonly string[];
  readonly clock: Clock;
}

export function createSessions(
  { backend, rootKeys, clock }: SessionDeps,
  keyring: Pick<Keyring, 'root'>,
): Sessions {
  // Browsers send the cookies of a host to all its ports: servers with different keys have different names.
  const names = rootKeys.map(
    (key) => `carillon_${hmac('sha256', key, 'hex', 'console session').slice(0, 8)}`,
  );
  const [name = 'carillon'] = names;
  const secretOf = ({ cookie }: Headers): string =>
    names.map((one) => readCookie(cookie, one)).find((value) => secretPattern.test(value)) ?? '';
  const write = (value: string, seconds: number, isSecure: boolean): string =>
    `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;

  const find: Sessions['find'] = async (headers) => {
    const secret = secretOf(headers);
    if (secret === '') return null;
    const found = await backend.run('findConsoleSession', { lookup: sha256Hex(secret) });
    const now = clock.now();
    if (found === null || found.session.expiresAt <= now) return null;
    const { session, key } = found;
    if (key !== null && key.expiresAt !== null && key.expiresAt <= now) return null;
    const access = key === null ? keyring.root(session.key) : accessOf(key);
    return access === null ? null : { access: inConsole(access), expiresAt: session.expiresAt };
  };

  return {
    find,
    async start(access, isSecure, source) {
      const secret = randomBytes(32).toString('base64url');
      const expiresAt = clock.now() + sessionMs;
      const session = { lookup: sha256Hex(secret), key: access.actor.id, expiresAt };
      const opened = inConsole(access);
      await backend.run('startConsoleSession', session, { ...source, actor: opened.actor });
      return {
        session: { access: opened, expiresAt },
        setCookie: write(secret, sessionMs / 1000, isSecure),
      };
    },
    async end(headers, isSecure, source) {
      const session = await find(headers);
      if (session !== null) {
        const lookup = sha256Hex(secretOf(headers));
        await backend.run('endConsoleSession', { lookup }, { ...source, actor: session.access.actor });
      }
      return write('', 0, isSecure);
    },
  };
}

function inConsole(access: Access): Access {
  return { ...access, actor: { ...access.actor, isConsole: true } };
}

const secretPattern = /^[A-Za-z0-9_-]{43}$/;

/** Empty when there is none of this name. */
function readCookie(header: string | undefined, name: string): string {
  const found = (header ?? '').split(';').find((pair) => pair.trimStart().startsWith(`${name}=`));
  return found === undefined ? '' : found.trim().slice(name.length + 1);
}
