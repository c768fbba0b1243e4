import type { TSchema } from 'typebox';
import * as credentials from '#contract/credentials.ts';
import * as deliveries from '#contract/deliveries.ts';
import * as endpoints from '#contract/endpoints.ts';
import * as events from '#contract/events.ts';
import * as problem from '#contract/problem.ts';
import * as replays from '#contract/replays.ts';
import * as stats from '#contract/stats.ts';
import * as tenants from '#contract/tenants.ts';

/** Every schema of the contract that has a name, and so becomes a component of the OpenAPI document. */
export const components: readonly TSchema[] = [
  tenants,
  credentials,
  endpoints,
  events,
  deliveries,
  replays,
  stats,
  problem,
].flatMap((file) => Object.values(file).filter(isNamed));

function isNamed(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null && '$id' in value;
}
