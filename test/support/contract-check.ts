// Validates values against the schemas of the contract.
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

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All validation errors of `value`, one sentence each. */
export function contractProblems(schema: object, value: unknown): readonly string[] {
  const [isValid, errors] = Schema.Compile(schema).Errors(value);
  return isValid ? [] : errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}
