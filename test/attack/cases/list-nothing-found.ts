import type { Case } from '../case.ts';
import { create, createCustomer, forAll, noise } from '../stage.ts';
import { askInLoops } from './clients.ts';

const clients = 32;
/** Events of one batch. */
const batch = 1000;

export const listNothingFound: Case = {
  name: 'list-nothing-found',
  title: '32 clients list 60,000 deliveries by an event type that there is not',
  stores: ['sqlite', 'postgres'],
  async prepare(stage) {
    const attacker = await createCustomer(stage, 'attacker', { count: 1, behaviour: 'quick' });
    const events = Array.from({ length: batch }, () => ({ type: noise, payload: { note: 'x'.repeat(300) } }));
    const batches = Array.from({ length: Math.ceil(stage.scale(60_000) / batch) });
    await forAll(batches, () => publishBatch(events));
    return askInLoops(stage, attacker, clients, { method: 'GET', path: '/v1/deliveries?eventType=nope' });

    async function publishBatch(body: readonly object[]): Promise<void> {
      for (;;) {
        const path = `/tenants/${attacker.tenant}/events/batch`;
        const { status } = await stage.admin.call('POST', path, { events: body });
        if (status === 202) return;
        if (status !== 503) await create(stage.admin, path, { events: body });
      }
    }
  },
};
