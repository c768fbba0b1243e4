// Holds what was printed against the schemas of the contract, whose references name other schemas by `$id`.
import Schema from 'typebox/schema';
import * as deliveries from '#contract/deliveries.ts';
import * as endpoints from '#contract/endpoints.ts';
import * as events from '#contract/events.ts';
import * as tenants from '#contract/tenants.ts';
import * as credentials from '#contract/credentials.ts';

const known = new Map<string, object>();
for (const room of [credentials, deliveries, endpoints, events, tenants]) {
  for (const part of Object.values<unknown>(room)) {
    if (typeof part === 'object' && part !== null && '$id' in part) known.set(`${String(part.$id)}#`, part);
  }
}

/** Everything that is wrong with `value`, one sentence each. */
export function contractProblems(schema: object, value: unknown): readonly string[] {
  const [isValid, errors] = Schema.Compile(resolve(schema)).Errors(value);
  return isValid ? [] : errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

/** A copy with every reference replaced by what it names. */
function resolve(schema: object): object {
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
  if (!('$ref' in part)) return resolve(part);
  const named = known.get(String(part.$ref));
  if (named === undefined) throw new Error(`no schema is called ${String(part.$ref)}`);
  return resolve(named);
}
