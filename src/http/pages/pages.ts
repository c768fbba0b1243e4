// The pages of the server: the console, the docs and the API reference are one built app, which routes in the browser.
import type { FastifyRequest } from 'fastify';
import { Fault } from '#core/fault.ts';
import type { Answer } from '../answer.ts';
import type { Api, Route } from '../bind.ts';
import type { HttpDeps } from '../deps.ts';
import { sendProblem } from '../faults.ts';
import { openFile, openPages, type PageFile } from './files.ts';

/** No other origin, no inline script, no inline style, no frame around it. */
const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; frame-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
/** The API reference inserts its styles as elements, and stands in a frame of a page of ours. */
const referencePolicy = strictPolicy
  .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("frame-ancestors 'none'", "frame-ancestors 'self'");

/** The pages of these origins may hold the portal in a frame. */
function portalPolicy(embedOrigins: readonly string[]): string {
  const ancestors = embedOrigins.length === 0 ? "'none'" : embedOrigins.join(' ');
  return strictPolicy.replace("frame-ancestors 'none'", `frame-ancestors ${ancestors}`);
}

const commonHeaders = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/** The paths below which the app routes by itself. */
const appPaths = ['/console', '/console/', '/console/*', '/docs', '/docs/*', '/reference'];

export function pagesApi({ pagesFolder, backend }: Pick<HttpDeps, 'pagesFolder' | 'backend'>): Api {
  const find = openPages(pagesFolder);
  return {
    accepts: '*',
    sendFault: sendProblem,
    routes: [
      ...appPaths.map((path) =>
        route(path, (request) => answerApp(find, request, 'index.html', strictPolicy)),
      ),
      ...['/portal/{id}', '/portal/{id}/*'].map((path) =>
        route(path, (request) => answerPortal(find, backend, request)),
      ),
      route('/reference/frame', (request) => answerApp(find, request, 'reference.html', referencePolicy)),
      route('/assets/{name}', async (request) => {
        const { name = '' } = request.params as { readonly name?: string };
        const file = find?.(`assets/${name}`) ?? null;
        if (file === null) throw new Fault('route_not_found', 'There is no such file; reload the page.');
        return answerFile(file, request, { 'cache-control': 'public, max-age=31536000, immutable' });
      }),
    ],
  };
}

function route(path: string, answer: Route['answer']): Route {
  return { method: 'GET', path, answer };
}

/** A link that has ended shows a page too, which says so; nobody may frame that. */
async function answerPortal(
  find: ReturnType<typeof openPages>,
  backend: HttpDeps['backend'],
  request: FastifyRequest,
): Promise<Answer> {
  const { id } = request.params as { readonly id: string };
  const embedOrigins = (await backend.run('getPortalSession', { id }))?.embedOrigins ?? [];
  // The page tells these origins its height, and that a link does not open: it knows no session then.
  const meta = `<meta name="embed-origins" content="${embedOrigins.join(' ')}">`;
  return answerApp(find, request, 'portal.html', portalPolicy(embedOrigins), meta);
}

async function answerApp(
  find: ReturnType<typeof openPages>,
  request: FastifyRequest,
  name: string,
  policy: string,
  head = '',
): Promise<Answer> {
  const html = find?.(name) ?? null;
  if (html === null) {
    const message = 'The pages are not built: run "npm run build:web", then start the server again.';
    throw new Fault('unavailable', message);
  }
  const base = `<base href="${rootFrom(request.raw.url ?? '/')}">`;
  const page = openFile(
    Buffer.from(html.bytes.toString().replace('<head>', `<head>${base}${head}`)),
    html.type,
  );
  return answerFile(page, request, { 'cache-control': 'no-cache', 'content-security-policy': policy });
}

/** From a page to the root of the server, as a relative URL: right behind a proxy that removes a prefix, too. */
function rootFrom(url: string): string {
  const [path = ''] = url.split('?', 1);
  return '../'.repeat(path.split('/').length - 2) || './';
}

async function answerFile(
  { etag, type, bytes, gzipped }: PageFile,
  request: FastifyRequest,
  caching: Readonly<Record<string, string>>,
): Promise<Answer> {
  const headers = { ...commonHeaders, ...caching, etag, vary: 'accept-encoding' };
  if (isKnown(request.headers['if-none-match'], etag)) return { status: 304, headers };
  const isCompressed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return {
    status: 200,
    bytes: isCompressed ? await gzipped() : bytes,
    contentType: type,
    headers: isCompressed ? { ...headers, 'content-encoding': 'gzip' } : headers,
  };
}

/** A cache on the way may mark the tag as weak. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** True for a browser that opens a page, and false for a program. */
export function wantsPage({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/.test(headers.accept ?? '');
}
