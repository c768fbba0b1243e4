// CSRF guard: a session cookie counts only on requests that pages of this server make.
import type { FastifyRequest } from 'fastify';

/**
 * True for a request from a page whose origin is the server's own. Browsers say so in `Sec-Fetch-Site`, which no script
 * can set. Without it (http: to another machine) `Origin` is compared with what the request was sent to; GET and HEAD
 * have none there and change nothing.
 */
export function isOwnOrigin(request: FastifyRequest, originOf: (request: FastifyRequest) => string): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) return site === 'same-origin';
  if (origin === undefined) return request.method === 'GET' || request.method === 'HEAD';
  const from = URL.parse(origin);
  // The same scheme on both sides, so that a port that is the usual one counts as none.
  const to = from === null ? null : URL.parse(`${from.protocol}//${host}`);
  return (to !== null && from?.host === to.host) || origin === URL.parse(originOf(request))?.origin;
}
