// OpenAPI 3.1 documents from tables of operations: one builder for the admin API and for the dialects. A schema with an
// `$id` becomes a component of that name.
import { isDeepStrictEqual } from 'node:util';
import { given } from '#lib/given.ts';
import type { DialectDocs, JsonSchema, OperationDocs, ResponseDocs } from '#dialects/dialect.ts';

/** What a document is made of. */
export interface Description {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Name to description. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly security: DialectDocs['security'];
  readonly operations: readonly DescribedOperation[];
  readonly deliveries?: readonly DescribedDelivery[];
  /** The content type of refusals. */
  readonly faultType: string;
}

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
export interface DescribedDelivery extends Pick<DialectDocs['deliveries'], 'headers' | 'body'> {
  readonly type: string;
  readonly example: unknown;
  /** The statuses by which a receiver accepts it, such as `2XX`. */
  readonly accepted: string;
  readonly description: string | null;
  readonly deprecated: boolean;
}

const jsonType = 'application/json';
const license = { name: 'MIT', identifier: 'MIT' };

export function createDocument(api: Description): Record<string, unknown> {
  const { title, version, description, tags, security, operations, deliveries, faultType } = api;
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const described = describeOperation(operation, faultType, schemas);
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: described };
  }
  const webhooks = deliveries?.map((each) => [each.type, { post: describeDelivery(each, schemas) }]);
  return given({
    openapi: '3.1.0',
    info: given({ title, version, license, description }),
    servers: [{ url: '/' }],
    security: security.map((alternative) => mapValues(alternative, () => [])),
    tags: tags && Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths,
    webhooks: webhooks && Object.fromEntries(webhooks),
    components: {
      schemas: Object.fromEntries([...schemas.named].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: Object.assign({}, ...security),
    },
  });
}

function describeOperation(operation: DescribedOperation, faultType: string, schemas: Schemas): object {
  const { path, docs, tag, isOpen } = operation;
  const {
    id,
    summary,
    description,
    params = {},
    query,
    headers = {},
    body,
    isBodyOptional = false,
    responses,
  } = docs;
  const { properties = {}, required = [] } = (query ?? {}) as QuerySchema;
  const parameters = [
    ...[...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) =>
      schemas.describe({ name, in: 'path', required: true }, params[name] ?? { type: 'string' }),
    ),
    ...Object.entries(properties).map(([name, schema]) =>
      schemas.describe({ name, in: 'query', required: required.includes(name) }, schema),
    ),
    ...Object.entries(headers).map(([name, schema]) =>
      schemas.describe({ name, in: 'header', required: false }, schema),
    ),
  ];
  const responseTo = (response: ResponseDocs, status: string): object =>
    describeResponse(response, Number(status) < 400 ? jsonType : faultType, schemas);
  return given({
    operationId: id,
    tags: tag === undefined ? undefined : [tag],
    summary,
    description,
    security: isOpen === true ? [] : undefined,
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody: body && {
      required: !isBodyOptional,
      content: { [jsonType]: { schema: schemas.refer(body) } },
    },
    responses: mapValues(responses, responseTo),
  });
}

interface QuerySchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function describeResponse(response: ResponseDocs, usualType: string, schemas: Schemas): object {
  const { description, schema, contentType = usualType, headers } = response;
  return given({
    description,
    headers: headers && mapValues(headers, (header) => schemas.describe({}, header)),
    content: schema && { [contentType]: { schema: schemas.refer(schema) } },
  });
}

function describeDelivery(delivery: DescribedDelivery, schemas: Schemas): object {
  const { type, headers, body, example, accepted, description, deprecated } = delivery;
  const again = 'Accepted. After any other answer the delivery is attempted again.';
  return given({
    operationId: `deliver.${type}`,
    summary: `${type} is delivered`,
    description: description ?? undefined,
    deprecated: deprecated ? true : undefined,
    security: [],
    parameters: Object.entries(headers).map(([name, description]) =>
      schemas.describe({ name, in: 'header', required: true }, { description, type: 'string' }),
    ),
    requestBody: {
      required: true,
      content: { [jsonType]: given({ schema: schemas.refer(body), example }) },
    },
    responses: { [accepted]: { description: again } },
  });
}

function mapValues<T>(
  members: Readonly<Record<string, T>>,
  map: (value: T, name: string) => unknown,
): object {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, map(value, name)]));
}

/** Keywords of our own are for validation alone. */
type OwnSchema = NamedSchema & { readonly 'x-problem'?: string; readonly 'x-source'?: true };

interface NamedSchema {
  readonly $id?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
}

/** The named schemas of a document. */
class Schemas {
  readonly named = new Map<string, object>();

  /** A parameter or a header: what its schema says of it stands beside the schema. */
  describe(members: Readonly<Record<string, unknown>>, schema: JsonSchema): object {
    const { description, ...rest } = schema as { readonly description?: string };
    return given({ ...members, description, schema: this.refer('$id' in schema ? schema : rest) });
  }

  /** The schema with every named one in it replaced by a reference. Throws when two schemas have one name. */
  refer(schema: JsonSchema): object {
    const { $id, 'x-problem': _, 'x-source': __, ...keywords } = schema as OwnSchema;
    if ($id !== undefined && Array.isArray(keywords.type)) return this.#referOrNull({ $id, ...keywords });
    const copy = mapValues(given(keywords), (value, keyword) => this.#referWithin(keyword, value));
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
        return mapValues(value as Readonly<Record<string, object>>, (inner) => this.refer(inner));
      case 'items':
      case 'propertyNames':
      case 'not':
      case 'additionalProperties':
        return typeof value === 'object' && value !== null ? this.refer(value) : value;
      case 'anyOf':
        return (value as readonly object[]).map((inner) => this.refer(inner));
      default:
        return value;
    }
  }
}
