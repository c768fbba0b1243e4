// Validates values against the schemas of the contract, whose references name other schemas by `$id`.
import Schema from 'typebox/schema';
import * as deliveries from '#contract/deliveries.ts';
import * as endpoints from '#contract/endpoints.ts';
import * as events from '#contract/events.ts';
import * as replays from '#contract/replays.ts';
import * as stats from '#contract/stats.ts';
import * as tenants from '#contract/tenants.ts';
import * as credentials from '#contract/credentials.ts';

/** Every schema of the contract, by its exported name. */
export const contractSchemas: readonly (readonly [string, object])[] = [
  credentials,
  deliveries,
  endpoints,
  events,
  replays,
  stats,
  tenants,
]
  .flatMap((file) => Object.entries<unknown>(file))
  .filter((entry): entry is [string, object] => isSchema(entry[1]));

/** The schemas that a `$ref` can point at. */
export const contractComponents: readonly object[] = contractSchemas
  .map(([, schema]) => schema)
  .filter((schema) => '$id' in schema);

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const known = new Map(
  contractComponents.map((schema) => [`${String((schema as { readonly $id?: string }).$id)}#`, schema]),
);

/** All validation errors of `value`, one sentence each. */
export function contractProblems(schema: object, value: unknown): readonly string[] {
  const [isValid, errors] = Schema.Compile(resolveReferences(schema)).Errors(value);
  return isValid ? [] : errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

/** A copy in which every reference is replaced by the schema that it names. */
export function resolveReferences(schema: object): object {
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(schema)) {
    if (name === '$id') continue;
    copy[name] = resolvePart(part);
  }
  return copy;
}

function resolvePart(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(resolvePart);
  if (typeof part !== 'object' || part === null) return part;
  if (!('$ref' in part)) return resolveReferences(part);
  const named = known.get(String(part.$ref));
  if (named === undefined) throw new Error(`unknown schema: ${String(part.$ref)}`);
  return resolveReferences(named);
}
