import type { Case } from '../case.ts';
import { bodiesWithoutKey } from './bodies-without-key.ts';
import { descriptorsExhausted } from './descriptors-exhausted.ts';
import { enableManyHeld } from './enable-many-held.ts';
import { listNothingFound } from './list-nothing-found.ts';
import { redeliveryFlood } from './redelivery-flood.ts';
import { silentTenants } from './silent-tenants.ts';
import { slowEndpoints } from './slow-endpoints.ts';
import { wideEndpointPages } from './wide-endpoint-pages.ts';

/** Every attack, in the order in which they run. */
export const cases: readonly Case[] = [
  slowEndpoints,
  silentTenants,
  enableManyHeld,
  descriptorsExhausted,
  bodiesWithoutKey,
  listNothingFound,
  wideEndpointPages,
  redeliveryFlood,
];
