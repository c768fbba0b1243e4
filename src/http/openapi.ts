// OpenAPI 3.1 documents: of the admin API from the schemas of its routes, of each dialect from its operations.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { fieldFault } from '#core/fault.ts';
import type { Dialect, JsonSchema, Operation } from '#dialects/dialect.ts';

const openapi = '3.1.0';
const jsonType = 'application/json';

const adminInfo = {
  title: 'Carillon admin API',
  description:
    'Tenants, their credentials and endpoints, events in, deliveries and what became of them. Refusals are problem details (RFC 9457) with a stable `code`.',
  license: { name: 'MIT', identifier: 'MIT' },
};

/** Describes every route mounted on `app` from now on; `app.swagger()` gives the document. */
export async function describeAdmin(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    // Constants are a part of JSON Schema 2020-12, which 3.1 speaks.
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, i) => nameOf(json['$id']) ?? `schema-${i}`,
    },
    openapi: {
      openapi,
      info: { ...adminInfo, version },
      servers: [{ url: '/' }],
      security: [{ adminKey: [] }],
      components: {
        securitySchemes: {
          adminKey: { type: 'http', scheme: 'bearer', description: 'The admin key of the server.' },
        },
      },
    },
    transform: ({ schema, url }) => ({ schema: mergeFaults(schema ?? {}), url }),
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the document is not an OpenAPI one');
      return relaxBodies(document.openapiObject);
    },
  });
}

/** A route's refusals stand among its answers in the document. */
function mergeFaults<T extends { response?: unknown; faultResponses?: object }>(schema: T): T {
  const { faultResponses, ...rest } = schema;
  if (faultResponses === undefined) return schema;
  return { ...rest, response: { ...(rest.response as object), ...faultResponses } } as T;
}

function nameOf($id: unknown): string | undefined {
  return typeof $id === 'string' ? $id : undefined;
}

interface Operations {
  readonly paths?: Record<string, unknown>;
}

/** A body in which nothing is required may be left out; the plugin says of every body that it is required. */
function relaxBodies<T extends Operations>(document: T): T {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path as Record<string, { requestBody?: RequestBody }>)) {
      const { requestBody } = operation;
      const $ref = requestBody?.content?.['application/json']?.schema?.$ref;
      if (requestBody !== undefined && $ref === '#/components/schemas/RotateSecret')
        requestBody.required = false;
    }
  }
  return document;
}

interface RequestBody {
  required?: boolean;
  content?: Record<string, { schema?: { $ref?: string } }>;
}

/** The document of one dialect. */
export function describeDialect(dialect: Dialect, version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const used = new Set<string>();
  const faultType = faultContentType(dialect);
  for (const operation of dialect.operations) {
    // A path with a doubled slash only forgives a client; the right one is described.
    if (isForgiving(operation, dialect.operations)) continue;
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: {
        operationId: pickId(operation, used),
        ...describeOperation(operation, faultType),
      },
    };
  }
  return { openapi, info: { title: dialect.title, version }, servers: [{ url: '/' }], paths };
}

function isForgiving({ path, method }: Operation, all: readonly Operation[]): boolean {
  const right = path.replaceAll(/\/{2,}/g, '/');
  return right !== path && all.some((other) => other.path === right && other.method === method);
}

/** The command's name; with a number where several routes mean the same command. */
function pickId({ command }: Operation, used: Set<string>): string {
  let id: string = command;
  for (let n = 2; used.has(id); n++) id = `${command}${n}`;
  used.add(id);
  return id;
}

function describeOperation({ path, docs }: Operation, faultType: string): Record<string, unknown> {
  const { summary, description, query, body, responses } = docs;
  const parameters = [...pathParameters(path), ...queryParameters(query)];
  return {
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [jsonType]: { schema: body } } } }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, { description, schema }]) => [
        status,
        {
          description,
          ...(schema === undefined
            ? {}
            : { content: { [Number(status) < 400 ? jsonType : faultType]: { schema } } }),
        },
      ]),
    ),
  };
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: JsonSchema | undefined): object[] {
  const { properties = {}, required = [] } = (query ?? {}) as QuerySchema;
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

interface QuerySchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  readonly required?: readonly string[];
}

/** The content type in which a dialect tells its faults. */
function faultContentType(dialect: Dialect): string {
  return dialect.faults.field_invalid(fieldFault('url', 'is required'), '').contentType ?? jsonType;
}
