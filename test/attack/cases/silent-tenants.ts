import type { Case } from '../case.ts';
import { createCustomer, type Customer, publishNoise } from '../stage.ts';

export const silentTenants: Case = {
  name: 'silent-tenants',
  title: 'three tenants with 1,000 endpoints each that never answer',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const attackers: Customer[] = [];
    for (const name of ['one', 'two', 'three']) {
      const endpoints = { count: stage.scale(1000), behaviour: 'silent' } as const;
      attackers.push(await createCustomer(stage, `attacker-${name}`, endpoints));
    }
    return (signal) => publishNoise(stage, attackers, 2000, signal);
  },
};
