// Checks what a server answered against the OpenAPI document that it serves.
import Schema from 'typebox/schema';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components?: unknown;
}

interface OperationObject {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}

interface MediaType {
  readonly schema?: object;
}

const compiled = new WeakMap<object, Schema.Validator>();

/**
 * Throws, naming the mismatch, unless `document` describes an answer of `status` to `method path` with this
 * `body` (null for none). A field that the document does not name is a mismatch, too. Returns the operation.
 */
export function checkResponse(
  document: unknown,
  method: string,
  path: string,
  status: number,
  body: unknown,
): OperationObject {
  const openapi = document as Document;
  const [pathname = ''] = path.split('?', 1);
  const at = `${method} ${pathname} ${status}`;
  const operation = findOperation(openapi, method, pathname);
  if (operation === undefined) throw new Error(`${at}: the document has no such operation`);
  const response = operation.responses[status];
  if (response === undefined) {
    throw new Error(`${at}: only ${Object.keys(operation.responses).join(', ')} are described`);
  }
  const [media] = Object.values(response.content ?? {});
  if (media?.schema === undefined) {
    if (body !== null && body !== undefined && body !== '') throw new Error(`${at}: no body is described`);
    return operation;
  }
  checkValue(openapi, media.schema, body, at);
  return operation;
}

function findOperation({ paths }: Document, method: string, pathname: string): OperationObject | undefined {
  const segments = pathname.split('/');
  const matches = Object.keys(paths).filter((template) => {
    const wanted = template.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((want, index) => want.startsWith('{') || want === segments[index])
    );
  });
  // `/events/batch` rather than `/events/{id}`.
  const [best] = matches.toSorted((a, b) => a.split('{').length - b.split('{').length);
  return best === undefined ? undefined : paths[best]?.[method.toLowerCase()];
}

function checkValue(openapi: Document, schema: object, value: unknown, at: string): void {
  let validator = compiled.get(schema);
  if (validator === undefined) {
    // The references are `#/components/…`: they resolve inside one schema that holds the components.
    validator = Schema.Compile(close({ ...schema, components: openapi.components }) as object);
    compiled.set(schema, validator);
  }
  const [isValid, errors] = validator.Errors(value);
  if (isValid) return;
  const told = errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  throw new Error(`${at}: ${told.join('; ')} in ${JSON.stringify(value)}`);
}

/** A copy in which objects have no other properties than those named. */
function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, close(value)]));
  const isOpen = 'properties' in copy && 'type' in copy && !('additionalProperties' in copy);
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}
