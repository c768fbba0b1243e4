// What machines that look after the server ask of it, and a page for people who open it in a browser.
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Problem, problemContentType } from '#contract/problem.ts';
import { ref } from '#contract/schema.ts';
import { Fault } from '#core/fault.ts';
import type { HttpDeps } from './deps.ts';
import { sendProblem } from './faults.ts';

const tags = ['Server'];
/** No key is asked for. */
const security: [] = [];

const Status = Type.Object({ status: Type.String({ examples: ['ok'] }) });
const Index = Type.Object({
  name: Type.String(),
  version: Type.String(),
  description: Type.String(),
  links: Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } }),
});

/** `isClosing` tells that the server has been asked to end. */
export function mountHealth(app: FastifyInstance, deps: HttpDeps, isClosing: () => boolean): void {
  if (deps.isPublic) mountIndex(app, deps);
  mountChecks(app, deps, isClosing);
  mountMetrics(app, deps);
}

function mountIndex(app: FastifyInstance, { dialects, version }: HttpDeps): void {
  const index = {
    name: 'Carillon',
    version,
    description: 'One event in, every endpoint called: signed, retried, recorded.',
    links: {
      admin: '/admin/v1',
      openapi: '/openapi.json',
      ...Object.fromEntries(dialects.map(({ name }) => [`openapi:${name}`, `/openapi/${name}.json`])),
      health: '/healthz',
      readiness: '/readyz',
      metrics: '/metrics',
    },
  };
  const response = { 200: json('What this server is, and where its documents are.', Index) };
  app.get(
    '/',
    { schema: { operationId: 'showIndex', tags, security, summary: 'Show what this is', response } },
    () => Promise.resolve(index),
  );
}

function mountChecks(app: FastifyInstance, { readiness, log }: HttpDeps, isClosing: () => boolean): void {
  const alive = { 200: json('The process answers.', Status) };
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'checkHealth',
        tags,
        security,
        summary: 'Ask whether the process lives',
        response: alive,
      },
    },
    () => Promise.resolve({ status: 'ok' }),
  );

  const ready = {
    200: json('It can work.', Status),
    503: {
      description: '`unavailable`: it cannot, for the reasons in `detail`.',
      content: { [problemContentType]: { schema: ref(Problem) } },
    },
  };
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'checkReadiness',
        tags,
        security,
        summary: 'Ask whether it can work',
        response: ready,
      },
    },
    async (_request, reply) => {
      const reasons = isClosing() ? ['the server is shutting down'] : await askReadiness();
      if (reasons.length === 0) return { status: 'ready' };
      return sendProblem(reply, new Fault('unavailable', `Not ready: ${reasons.join('; ')}.`));
    },
  );

  const askReadiness = (): Promise<readonly string[]> =>
    readiness().catch((error: unknown) => {
      log.error({ err: error }, 'readiness.failed');
      return ['readiness could not be found out'];
    });
}

function mountMetrics(app: FastifyInstance, { metricsText }: HttpDeps): void {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8';
  const schema = Type.String();
  const response = {
    200: { description: 'In the Prometheus text format.', content: { 'text/plain': { schema } } },
  };
  app.get(
    '/metrics',
    { schema: { operationId: 'readMetrics', tags, security, summary: 'Read the metrics', response } },
    async (_request, reply) =>
      reply
        .type(contentType)
        .serializer(String)
        .send(await metricsText()),
  );
}

function json(description: string, schema: object) {
  return { description, content: { 'application/json': { schema } } };
}
