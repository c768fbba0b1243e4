import type { Case } from '../case.ts';
import { create, createCustomer, forAll } from '../stage.ts';
import { askInLoops } from './clients.ts';

const clients = 32;
const typesEach = 200;

export const wideEndpointPages: Case = {
  name: 'wide-endpoint-pages',
  title: '32 clients list 200 endpoints of 200 event types each, without end',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const attacker = await createCustomer(stage, 'attacker', { count: 0, behaviour: 'quick' });
    await forAll([...Array(stage.scale(200)).keys()], async (number) => {
      const eventTypes = Array.from(
        { length: typesEach },
        (_, n) => `wide.${number}.${n}.${'x'.repeat(100)}`,
      );
      const url = `${stage.receiverUrl}/quick/wide-${number}`;
      await create(stage.admin, `/tenants/${attacker.tenant}/endpoints`, { url, eventTypes });
    });
    return askInLoops(stage, attacker, clients, { method: 'GET', path: '/v1/endpoints?limit=200' });
  },
};
