import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../case.ts';
import { createCustomer, forAll, noise } from '../stage.ts';

/** Deliveries that are held for each endpoint. */
const heldEach = 40;
/** How long the endpoints stay enabled before they are disabled again. */
const enabledMs = 3000;

export const enableManyHeld: Case = {
  name: 'enable-many-held',
  title: 'one tenant enables 1,000 endpoints with held deliveries at once, again and again',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const { admin } = stage;
    const endpoints = { count: stage.scale(1000), behaviour: 'quick' } as const;
    const attacker = await createCustomer(stage, 'attacker', endpoints);
    const path = `/tenants/${attacker.tenant}`;
    const all = (verb: 'enable' | 'disable'): Promise<void> =>
      forAll(attacker.endpoints, (id) => admin.call('POST', `${path}/endpoints/${id}/${verb}`));
    const hold = async (): Promise<void> => {
      for (let event = 0; event < heldEach; event++) {
        await admin.call('POST', `${path}/events`, { type: noise, payload: { note: 'x'.repeat(300) } });
      }
    };
    await all('disable');
    await hold();
    return async (signal) => {
      while (!signal.aborted) {
        await all('enable');
        await sleep(enabledMs, null, { signal }).catch(() => {});
        if (signal.aborted) return;
        await all('disable');
        await hold();
      }
    };
  },
};
