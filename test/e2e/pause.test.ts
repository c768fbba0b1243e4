// A paused server takes in and answers, and sends nothing until it is resumed.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;

beforeEach(async () => {
  harness = await boot({ CARILLON_PAUSED: 'true' });
  receiver = await startReceiver();
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const endpoint = { url: receiver.url, eventTypes: ['*'] };
  expect((await harness.admin('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

const publish = (id: string) =>
  harness.admin('POST', '/tenants/acme/events', { id, type: 'payment.paid', payload: { id } });

const metric = async (): Promise<string | undefined> =>
  /^carillon_paused (\d)$/m.exec(await harness.engine.backend.metricsText())?.[1];

test('what was published while it was paused is delivered once it is resumed', async () => {
  for (const id of ['a', 'b']) expect((await publish(id)).status).toBe(202);
  const [delivery] = (await harness.admin('GET', '/tenants/acme/deliveries')).body.data;
  const redelivered = await harness.admin('POST', `/tenants/acme/deliveries/${delivery.id}/redeliver`);
  expect(redelivered.status).toBe(202);
  await harness.turn();
  expect(receiver.requests).toEqual([]);
  // None is leased: another process, or the next, finds all of them due.
  const waiting = await harness.admin('GET', '/tenants/acme/deliveries?state=pending');
  expect(waiting.body.data.map(({ inFlight }: { inFlight: boolean }) => inFlight)).toEqual([false, false]);
  expect((await harness.call('GET', '/readyz')).body).toEqual({ status: 'paused' });
  expect(await metric()).toBe('1');

  expect((await harness.admin('POST', '/resume')).body).toEqual({ resumed: true });
  await harness.turn();
  expect(receiver.requests).toHaveLength(2);
  expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(['a', 'b']));
  expect((await harness.call('GET', '/readyz')).body).toEqual({ status: 'ready' });
  expect(await metric()).toBe('0');
  expect((await harness.admin('POST', '/resume')).body).toEqual({ resumed: false });
});

test('the pause is not stored: a process that is started again has the pause of its own settings', async () => {
  await harness.admin('POST', '/resume');
  await harness.restart();
  expect((await harness.call('GET', '/readyz')).body).toEqual({ status: 'paused' });
});
