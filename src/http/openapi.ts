// OpenAPI 3.1 documents from tables of operations: one builder for the admin API and for the dialects. A schema with an
// `$id` becomes a component of that name.
import { isDeepStrictEqual } from 'node:util';
import type { DialectDocs, JsonSchema, OperationDocs, ResponseDocs } from '#dialects/dialect.ts';

/** A route with what is said of it. */
export interface DescribedOperation {
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly docs: OperationDocs;
  readonly tag?: string;
  /** True for a route that asks for no credentials. */
  readonly isOpen?: boolean;
}

/** A request that the server makes. */
export interface DescribedDelivery {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonSchema;
  readonly example?: unknown;
  /** The statuses by which a receiver accepts it, such as `2XX`. */
  readonly accepted: string;
}

export interface Description {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly security: DialectDocs['security'];
  readonly operations: readonly DescribedOperation[];
  readonly deliveries?: readonly DescribedDelivery[];
  /** The content type of refusals. */
  readonly faultType: string;
}

const jsonType = 'application/json';
const license = { name: 'MIT', identifier: 'MIT' };

export function createDocument(api: Description): Record<string, unknown> {
  const { title, version, description, tags = {}, security, operations, deliveries = [] } = api;
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const described = describeOperation(operation, api.faultType, schemas);
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: described };
  }
  const webhooks = deliveries.map((delivery) => [
    delivery.type,
    { post: describeDelivery(delivery, schemas) },
  ]);
  return {
    openapi: '3.1.0',
    info: { title, version, license, ...given({ description }) },
    servers: [{ url: '/' }],
    security: security.map((alternative) =>
      Object.fromEntries(Object.keys(alternative).map((name) => [name, []])),
    ),
    ...(Object.keys(tags).length === 0
      ? {}
      : { tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })) }),
    paths,
    ...(webhooks.length === 0 ? {} : { webhooks: Object.fromEntries(webhooks) }),
    components: {
      schemas: Object.fromEntries([...schemas.named].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: Object.assign({}, ...security),
    },
  };
}

function describeOperation(
  { path, docs, tag, isOpen = false }: DescribedOperation,
  faultType: string,
  schemas: Schemas,
): object {
  const { id, summary, description, params = {}, query, body, isBodyOptional = false, responses } = docs;
  const parameters = [...pathParameters(path, params, schemas), ...queryParameters(query, schemas)];
  return {
    operationId: id,
    ...(tag === undefined ? {} : { tags: [tag] }),
    summary,
    ...given({ description }),
    ...(isOpen ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: !isBodyOptional, content: contentOf(jsonType, body, schemas) } }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [
        status,
        describeResponse(response, Number(status) < 400 ? jsonType : faultType, schemas),
      ]),
    ),
  };
}

function describeResponse(response: ResponseDocs, usualType: string, schemas: Schemas): object {
  const { description, schema, contentType = usualType, headers = {} } = response;
  const described = Object.entries(headers).map(
    ([name, { description: text, ...rest }]: [string, Described]) => [
      name,
      { ...given({ description: text }), schema: schemas.refer(rest) },
    ],
  );
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(schema === undefined ? {} : { content: contentOf(contentType, schema, schemas) }),
  };
}

function describeDelivery(delivery: DescribedDelivery, schemas: Schemas): object {
  const { type, headers, body, example, accepted } = delivery;
  return {
    operationId: `deliver.${type}`,
    summary: `${type} is delivered`,
    security: [],
    parameters: Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    requestBody: {
      required: true,
      content: { [jsonType]: { schema: schemas.refer(body), ...given({ example }) } },
    },
    responses: {
      [accepted]: { description: 'Accepted. After any other answer the delivery is attempted again.' },
    },
  };
}

function contentOf(type: string, schema: JsonSchema, schemas: Schemas): object {
  return { [type]: { schema: schemas.refer(schema) } };
}

function pathParameters(
  path: string,
  params: Readonly<Record<string, JsonSchema>>,
  schemas: Schemas,
): readonly object[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) =>
    describeParameter('path', name, params[name] ?? { type: 'string' }, true, schemas),
  );
}

function queryParameters(query: JsonSchema | undefined, schemas: Schemas): readonly object[] {
  const { properties = {}, required = [] } = (query ?? {}) as QuerySchema;
  return Object.entries(properties).map(([name, schema]) =>
    describeParameter('query', name, schema, required.includes(name), schemas),
  );
}

function describeParameter(
  place: 'path' | 'query',
  name: string,
  schema: Described,
  required: boolean,
  schemas: Schemas,
): object {
  const isNamed = '$id' in schema;
  const { description, ...rest } = schema;
  return {
    name,
    in: place,
    required,
    ...given({ description }),
    schema: schemas.refer(isNamed ? schema : rest),
  };
}

interface Described {
  readonly description?: string;
}

interface QuerySchema {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
}

/** What is left of `members` without those that are undefined. */
function given(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

interface NamedSchema {
  readonly $id?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
}

/** The named schemas of a document. */
class Schemas {
  readonly named = new Map<string, object>();

  /** The schema with every named one in it replaced by a reference. Throws when two schemas have one name. */
  refer(schema: JsonSchema): object {
    const { $id, ...keywords } = schema as NamedSchema;
    if ($id !== undefined && Array.isArray(keywords.type)) return this.#referOrNull({ $id, ...keywords });
    const copy = Object.fromEntries(
      Object.entries(keywords)
        .filter(([keyword, value]) => keyword !== 'x-problem' && value !== undefined)
        .map(([keyword, value]) => [keyword, this.#referWithin(keyword, value)]),
    );
    if ($id === undefined) return copy;
    const known = this.named.get($id);
    if (known !== undefined && !isDeepStrictEqual(known, copy))
      throw new Error(`two schemas are named ${$id}`);
    this.named.set($id, copy);
    return { $ref: `#/components/schemas/${$id}` };
  }

  /** A named schema or null: the component is without the null. */
  #referOrNull({ type = [], enum: choices, ...keywords }: NamedSchema): object {
    const [only, ...others] = [type].flat().filter((one) => one !== 'null');
    if (others.length > 0) throw new Error(`the schema ${keywords.$id} has more than one type`);
    const values = choices?.filter((choice) => choice !== null);
    return { anyOf: [this.refer({ ...keywords, type: only, enum: values }), { type: 'null' }] };
  }

  /** Only where a keyword holds schemas: the values of `examples`, `default` and `enum` are data. */
  #referWithin(keyword: string, value: unknown): unknown {
    switch (keyword) {
      case 'properties':
      case 'patternProperties':
        return Object.fromEntries(
          Object.entries(value as Readonly<Record<string, object>>).map(([name, inner]) => [
            name,
            this.refer(inner),
          ]),
        );
      case 'items':
      case 'not':
      case 'additionalProperties':
        return typeof value === 'object' && value !== null ? this.refer(value) : value;
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
        return (value as readonly object[]).map((inner) => this.refer(inner));
      default:
        return value;
    }
  }
}
