// Console sessions: a cookie signed with a key that is derived from the admin key, so that no script of a page holds the
// admin key. Every process with the same admin key accepts it; another admin key ends all sessions.
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import { equalsConstantTime, hmac } from '#lib/hmac.ts';

/** How long a session lasts: a working day. */
const sessionMs = 12 * 60 * 60 * 1000;
/** Sessions that were ended before their time and are remembered, in this process. */
const endedMax = 10_000;

export interface Session {
  /** Unix ms. */
  readonly expiresAt: number;
}

export interface Sessions {
  /** A new session, and the `Set-Cookie` that carries it. */
  start(isSecure: boolean): { readonly session: Session; readonly setCookie: string };
  /** The session of a request; null when it has none that is valid now. */
  find(headers: Pick<IncomingHttpHeaders, 'cookie'>): Session | null;
  /** Ends the session of a request in this process, and returns the `Set-Cookie` that removes it. */
  end(headers: Pick<IncomingHttpHeaders, 'cookie'>, isSecure: boolean): string;
}

export function createSessions(adminKey: string, clock: Clock): Sessions {
  const key = hmac('sha256', adminKey, 'hex', 'carillon console session');
  // Browsers send the cookies of a host to all its ports: servers with different keys have different names.
  const name = `carillon_${hmac('sha256', key, 'hex', 'name').slice(0, 8)}`;
  const ended = new BoundedMap<string, true>(endedMax);
  const sign = (text: string): string => hmac('sha256', key, 'hex', text);
  const cookie = (value: string, seconds: number, isSecure: boolean): string =>
    `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;

  const find: Sessions['find'] = (headers) => {
    const value = readCookie(headers.cookie, name);
    const [, body = '', time = '', mac = ''] = valuePattern.exec(value) ?? [];
    if (body === '' || !equalsConstantTime(mac, sign(body))) return null;
    const expiresAt = Number.parseInt(time, 36);
    return expiresAt > clock.now() && ended.get(value) === undefined ? { expiresAt } : null;
  };
  return {
    find,
    start(isSecure) {
      const expiresAt = clock.now() + sessionMs;
      const body = `${expiresAt.toString(36)}.${randomBytes(16).toString('hex')}`;
      return {
        session: { expiresAt },
        setCookie: cookie(`${body}.${sign(body)}`, sessionMs / 1000, isSecure),
      };
    },
    end(headers, isSecure) {
      if (find(headers) !== null) ended.set(readCookie(headers.cookie, name), true);
      return cookie('', 0, isSecure);
    },
  };
}

/** Expiry, random bytes, and the signature of both. */
const valuePattern = /^(([0-9a-z]{1,12})\.[0-9a-f]{32})\.([0-9a-f]{64})$/;

/** Empty when there is none of this name. */
function readCookie(header: string | undefined, name: string): string {
  const found = (header ?? '').split(';').find((pair) => pair.trimStart().startsWith(`${name}=`));
  return found === undefined ? '' : found.trim().slice(name.length + 1);
}
