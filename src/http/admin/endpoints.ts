import {
  ChangeEndpoint,
  CreateEndpoint,
  type Endpoint as EndpointJson,
  Endpoint as EndpointSchema,
  EndpointPage,
  EndpointParams,
  EndpointQuery,
  EndpointWithSecret,
  overlapSecondsDefault,
  RotateSecret,
} from '#contract/endpoints.ts';
import { PublishedEvent } from '#contract/events.ts';
import { ref } from '#contract/schema.ts';
import { TenantParams } from '#contract/tenants.ts';
import type { OpenEndpoint } from '#core/commands.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';
import { type AdminApp, optional, pageRequest, scopeOf, toPage } from './app.ts';
import { describe } from './describe.ts';
import { publishedToJson } from './events.ts';

const tag = 'Endpoints';
const oneFaults = ['tenant_not_found', 'endpoint_not_found'] as const;
const inputFaults = ['url_refused', 'event_type_unknown', 'endpoint_exists'] as const;

export function mountEndpoints(app: AdminApp, deps: HttpDeps): void {
  mountCollection(app, deps);
  mountOne(app, deps);
  mountSwitches(app, deps);
  mountActions(app, deps);
}

function mountCollection(app: AdminApp, { backend }: HttpDeps): void {
  app.post(
    '/tenants/:tenant/endpoints',
    {
      schema: {
        ...describe({
          id: 'createEndpoint',
          tag,
          summary: 'Register an endpoint',
          answers: { 201: { description: 'The new endpoint with its secret.', schema: EndpointWithSecret } },
          faults: ['tenant_not_found', 'endpoint_limit_reached', ...inputFaults],
          hasBody: true,
        }),
        params: TenantParams,
        body: ref(CreateEndpoint),
      },
    },
    async ({ params, body }, reply) => {
      const tenant = params.tenant as TenantId;
      const made = await backend.run('createEndpoint', { ...body, tenant, mode: body.mode ?? 'live' });
      return reply.code(201).header('cache-control', 'no-store').send(withSecret(made));
    },
  );

  app.get(
    '/tenants/:tenant/endpoints',
    {
      schema: {
        ...describe({
          id: 'listEndpoints',
          tag,
          summary: 'List the endpoints of a tenant',
          answers: { 200: { description: 'A page of endpoints.', schema: EndpointPage } },
          faults: ['tenant_not_found', 'cursor_invalid'],
        }),
        params: TenantParams,
        querystring: EndpointQuery,
      },
    },
    async ({ params, query }) => {
      const scope = scopeOf(params.tenant, query.mode);
      const filter = optional('enabled', query.enabled);
      const page = await backend.run('listEndpoints', { ...scope, ...pageRequest(query), ...filter });
      return toPage(page, ({ endpoint }) => toJson(endpoint));
    },
  );
}

function mountOne(app: AdminApp, { backend }: HttpDeps): void {
  app.get(
    '/tenants/:tenant/endpoints/:id',
    {
      schema: {
        ...describe({
          id: 'getEndpoint',
          tag,
          summary: 'Show an endpoint',
          answers: { 200: { description: 'The endpoint.', schema: EndpointSchema } },
          faults: oneFaults,
        }),
        params: EndpointParams,
      },
    },
    async ({ params }) => toJson((await backend.run('getEndpoint', refOf(params))).endpoint),
  );

  app.patch(
    '/tenants/:tenant/endpoints/:id',
    {
      schema: {
        ...describe({
          id: 'changeEndpoint',
          tag,
          summary: 'Change an endpoint',
          answers: { 200: { description: 'The changed endpoint.', schema: EndpointSchema } },
          faults: [...oneFaults, ...inputFaults],
          hasBody: true,
        }),
        params: EndpointParams,
        body: ref(ChangeEndpoint),
      },
    },
    async ({ params, body }) =>
      toJson((await backend.run('changeEndpoint', { ...refOf(params), patch: body })).endpoint),
  );

  app.delete(
    '/tenants/:tenant/endpoints/:id',
    {
      schema: {
        ...describe({
          id: 'removeEndpoint',
          tag,
          summary: 'Remove an endpoint',
          description: 'What waits for it is canceled.',
          answers: { 204: { description: 'It is removed.' } },
          faults: oneFaults,
        }),
        params: EndpointParams,
      },
    },
    async ({ params }, reply) => {
      await backend.run('removeEndpoint', refOf(params));
      return reply.code(204).send();
    },
  );
}

const switches = [
  {
    verb: 'enable',
    enabled: true,
    summary: 'Enable an endpoint',
    description: 'What was held for it becomes due.',
  },
  {
    verb: 'disable',
    enabled: false,
    summary: 'Disable an endpoint',
    description: 'What comes for it from now on is held.',
  },
] as const;

function mountSwitches(app: AdminApp, { backend }: HttpDeps): void {
  for (const { verb, enabled, summary, description } of switches) {
    app.post(
      `/tenants/:tenant/endpoints/:id/${verb}`,
      {
        schema: {
          ...describe({
            id: `${verb}Endpoint`,
            tag,
            summary,
            description,
            answers: { 200: { description: 'The endpoint as it is now.', schema: EndpointSchema } },
            faults: oneFaults,
          }),
          params: EndpointParams,
        },
      },
      async ({ params }) =>
        toJson((await backend.run('changeEndpoint', { ...refOf(params), patch: { enabled } })).endpoint),
    );
  }
}

function mountActions(app: AdminApp, { backend }: HttpDeps): void {
  app.post(
    '/tenants/:tenant/endpoints/:id/rotate-secret',
    {
      schema: {
        ...describe({
          id: 'rotateSecret',
          tag,
          summary: 'Make a new signing secret',
          answers: { 200: { description: 'The endpoint with its new secret.', schema: EndpointWithSecret } },
          faults: oneFaults,
          hasBody: true,
        }),
        params: EndpointParams,
        body: ref(RotateSecret),
      },
    },
    async ({ params, body }, reply) => {
      const overlapMs = (body.overlapSeconds ?? overlapSecondsDefault) * 1000;
      const rotated = await backend.run('rotateSecret', { ...refOf(params), overlapMs });
      return reply.header('cache-control', 'no-store').send(withSecret(rotated));
    },
  );

  app.post(
    '/tenants/:tenant/endpoints/:id/test',
    {
      schema: {
        ...describe({
          id: 'sendTest',
          tag,
          summary: 'Send a test event to an endpoint',
          description: 'To this endpoint alone, whatever its event types are.',
          answers: { 202: { description: 'The test event is on its way.', schema: PublishedEvent } },
          faults: [...oneFaults, 'overloaded'],
        }),
        params: EndpointParams,
      },
    },
    async ({ params }, reply) =>
      reply.code(202).send(publishedToJson(await backend.run('sendTest', refOf(params)))),
  );
}

function refOf(params: { readonly tenant: string; readonly id: string }) {
  return { ...scopeOf(params.tenant), id: params.id as EndpointId };
}

const time = (ms: number | null): string | null => (ms === null ? null : formatTime(ms));

function toJson(endpoint: Endpoint): EndpointJson {
  const { id, url, eventTypes, mode, description, enabled, disabledReason, disabledAt, health } = endpoint;
  return {
    id,
    url,
    eventTypes: [...eventTypes],
    mode,
    description,
    attributes: endpoint.attributes,
    enabled,
    disabledReason,
    disabledAt: time(disabledAt),
    failureCount: health.failureCount,
    firstFailureAt: time(health.firstFailureAt),
    lastFailureAt: time(health.lastFailureAt),
    createdAt: formatTime(endpoint.createdAt),
    updatedAt: formatTime(endpoint.updatedAt),
  };
}

function withSecret({ endpoint, secrets }: OpenEndpoint): EndpointWithSecret {
  return { ...toJson(endpoint), secret: secrets[0] ?? null };
}
