// The server's own routes, without a key: an index, liveness and readiness checks, metrics, and the OpenAPI documents.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem, problemContentType } from '#contract/problem.ts';
import type { EngineState, Trouble } from '#core/backend.ts';
import { Fault } from '#core/fault.ts';
import type { OperationDocs, ResponseDocs } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { Answer } from './answer.ts';
import type { HttpDeps } from './deps.ts';
import { problemAnswer } from './faults.ts';
import type { FindAccess } from './operator.ts';
import { wantsPage } from './pages/pages.ts';

/** A route that is described in the admin API's document. */
export interface ServerRoute {
  readonly method: 'GET';
  readonly path: string;
  readonly docs: OperationDocs;
  readonly answer: (request: FastifyRequest) => Promise<Answer>;
}

const Links = Type.Unsafe<Record<string, string>>({
  $id: 'Links',
  type: 'object',
  additionalProperties: { type: 'string' },
});
const Index = Type.Object(
  { name: Type.String(), version: Type.String(), description: Type.String(), links: Links },
  { $id: 'Index' },
);
const Status = Type.Object(
  {
    status: Type.String({ examples: ['ok'] }),
    partitions: Type.Optional(
      Type.String({
        description: 'How many databases can be used, of several: the tenants of the others are refused.',
        examples: ['3 of 4'],
      }),
    ),
  },
  { $id: 'Status' },
);
const Document = Type.Unsafe<object>({ $id: 'OpenApiDocument', type: 'object', additionalProperties: true });

/** `isClosing` is true once the server has been asked to shut down. */
export function serverRoutes(
  deps: HttpDeps,
  isClosing: () => boolean,
  findAccess: FindAccess,
): readonly ServerRoute[] {
  const checks = [
    route('/healthz', 'checkHealth', 'Check that the process lives', {
      responses: { 200: { description: 'The process answers.', schema: Status } },
      answer: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
    }),
    readinessRoute(deps, isClosing, findAccess),
    route('/metrics', 'readMetrics', 'Read the metrics', {
      responses: {
        200: {
          description: 'In the Prometheus text format.',
          schema: Type.String(),
          contentType: 'text/plain',
        },
      },
      answer: async () => ({ status: 200, text: await deps.metricsText(), contentType: metricsType }),
    }),
  ];
  return deps.isPublic ? [indexRoute(deps), ...checks] : checks;
}

const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

interface Rest {
  readonly responses: Readonly<Record<number, ResponseDocs>>;
  readonly answer: ServerRoute['answer'];
}

function route(path: string, id: string, summary: string, { responses, answer }: Rest): ServerRoute {
  return { method: 'GET', path, docs: { id, summary, responses }, answer };
}

function indexRoute({ dialects, version }: HttpDeps): ServerRoute {
  const body = {
    name: 'Carillon',
    version,
    description: 'One event in, every endpoint called: signed, retried, recorded.',
    links: {
      console: '/console/',
      docs: '/docs',
      reference: '/reference',
      admin: '/admin/v1',
      openapi: '/openapi.json',
      ...Object.fromEntries(dialects.map(({ name }) => [`openapi:${name}`, documentPath(name)])),
      health: '/healthz',
      readiness: '/readyz',
      metrics: '/metrics',
    },
  };
  return route('/', 'showIndex', 'Show what this server is', {
    responses: {
      200: { description: 'What this server is, and where its documents are.', schema: Index },
      303: { description: 'A browser is sent to the console.' },
    },
    async answer(request) {
      const headers = { vary: 'accept' };
      // Relative: right behind a proxy that removes a prefix, too.
      if (wantsPage(request)) return { status: 303, headers: { ...headers, location: 'console/' } };
      return { status: 200, body, headers };
    },
  });
}

export const shuttingDown = sameForAll('the server is shutting down');
const closing: EngineState = { troubles: [shuttingDown], isPaused: false };
const unknown = sameForAll('readiness could not be found out');

function sameForAll(text: string): Trouble {
  return { summary: text, detail: text };
}

function readinessRoute(
  { readiness, log }: HttpDeps,
  isClosing: () => boolean,
  findAccess: FindAccess,
): ServerRoute {
  const check = (): Promise<EngineState> =>
    readiness().catch((error: unknown) => {
      log.error({ err: error }, 'readiness.failed');
      return { troubles: [unknown], isPaused: false };
    });
  const unavailable =
    '`unavailable`: it cannot, for the reasons in `detail`; with the admin key they name the database.';
  return route('/readyz', 'checkReadiness', 'Check that the server can work', {
    responses: {
      200: { description: '`ready`, or `paused`: it takes in events and delivers nothing.', schema: Status },
      503: { description: unavailable, schema: Problem, contentType: problemContentType },
    },
    async answer(request) {
      const { troubles, isPaused, partitions } = isClosing() ? closing : await check();
      if (troubles.length === 0) {
        const status = isPaused ? 'paused' : 'ready';
        return { status: 200, body: { status, ...showPartitions(partitions) } };
      }
      const isOperator = await canSeeServer(request, findAccess);
      const reasons = troubles.map(({ summary, detail }) => (isOperator ? detail : summary));
      return problemAnswer(new Fault('unavailable', `Not ready: ${reasons.join('; ')}.`));
    },
  });
}

function showPartitions(partitions: EngineState['partitions']): { partitions?: string } {
  return partitions === undefined ? {} : { partitions: `${partitions.usable} of ${partitions.total}` };
}

/** Also false when the store, which knows the keys, is what is in trouble. */
async function canSeeServer(request: FastifyRequest, findAccess: FindAccess): Promise<boolean> {
  try {
    const { scopes, tenants } = await findAccess(request);
    return tenants === null && scopes.includes('read');
  } catch {
    return false;
  }
}

/** Where the OpenAPI document of a dialect is. */
export function documentPath(dialect: string): string {
  return `/openapi/${dialect}.json`;
}

/** A route that answers an OpenAPI document, which is made when it is first asked for. */
export function documentRoute(path: string, id: string, of: string, create: () => object): ServerRoute {
  let text: string | undefined;
  return describedRoute(path, id, of, () => Promise.resolve((text ??= JSON.stringify(create()))));
}

/** How old a document may be that changes with the event catalogue: it is answered without a credential. */
const documentAgeMsMax = 5000;

/** The same for a document that is made of the event catalogue, too. */
export function changingDocumentRoute(
  path: string,
  id: string,
  of: string,
  { create, clock }: { readonly create: () => Promise<object>; readonly clock: Clock },
): ServerRoute {
  let last: { readonly text: Promise<string>; readonly madeAt: number } | null = null;
  return describedRoute(path, id, of, () => {
    const now = clock.now();
    if (last !== null && now - last.madeAt < documentAgeMsMax) return last.text;
    const text = create().then((document) => JSON.stringify(document));
    const made = (last = { text, madeAt: now });
    text.catch(() => {
      if (last === made) last = null;
    });
    return text;
  });
}

function describedRoute(path: string, id: string, of: string, read: () => Promise<string>): ServerRoute {
  return route(path, id, `Read the OpenAPI document of ${of}`, {
    responses: { 200: { description: 'An OpenAPI 3.1 document.', schema: Document } },
    answer: async () => ({ status: 200, text: await read() }),
  });
}
