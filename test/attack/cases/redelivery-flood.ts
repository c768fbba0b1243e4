import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Case } from '../case.ts';
import { createCustomer, noise } from '../stage.ts';
import { askInLoops } from './clients.ts';

const clients = 16;
const askEveryMs = 50;

export const redeliveryFlood: Case = {
  name: 'redelivery-flood',
  title: '16 clients redeliver one delivery without end, and 16 others read it',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const attacker = await createCustomer(stage, 'attacker', { count: 1, behaviour: 'quick' });
    const { admin } = stage;
    const path = `/tenants/${attacker.tenant}`;
    await admin.call('POST', `${path}/events`, { type: noise, payload: { note: 'x'.repeat(300) } });
    const id = await findDelivery();
    const attacks: readonly Attack[] = [
      askInLoops(stage, attacker, clients, { method: 'POST', path: `/v1/deliveries/${id}/redeliver` }),
      askInLoops(stage, attacker, clients, { method: 'GET', path: `/v1/deliveries/${id}` }),
    ];
    return async (signal) => void (await Promise.all(attacks.map((attack) => attack(signal))));

    async function findDelivery(): Promise<string> {
      for (;;) {
        const { body } = await admin.call('GET', `${path}/deliveries`);
        const [first] = body.data as { readonly id: string }[];
        if (first !== undefined) return first.id;
        await sleep(askEveryMs);
      }
    }
  },
};
