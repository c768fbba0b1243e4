import type { Case } from '../case.ts';
import { createCustomer, publishNoise } from '../stage.ts';

/** More deliveries than its endpoints take, so that each of them uses all the slots that it can get. */
export const slowEndpoints: Case = {
  name: 'slow-endpoints',
  title: 'one tenant with 1,000 endpoints that answer just under 2 s',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const endpoints = { count: stage.scale(1000), behaviour: 'slow' } as const;
    const attacker = await createCustomer(stage, 'attacker', endpoints);
    return (signal) => publishNoise(stage, [attacker], 1000, signal);
  },
};
