import { describe, expect, test } from 'vitest';
import { harness, openClient, publish, receiver, refusal, register, useServer, change } from './world.ts';

useServer();

const received = (): string[] =>
  receiver.requests.map(({ body }): string => JSON.parse(body).type).toSorted();

describe('prefixes of event types', () => {
  test('select what has one more segment or more, and are answered as given', async () => {
    const eventTypes = ['payment.*', 'payout.paid', 'refund.card.*'];
    const endpoint = await register({ eventTypes });
    expect(endpoint.eventTypes).toEqual(eventTypes);
    const published = [
      'payment.paid',
      'payment.card.paid',
      'payment',
      'payout.paid',
      'refund.paid',
      'refund.card.x',
    ];
    for (const type of published) await publish({ type });
    await harness.turn();
    expect(received()).toEqual(['payment.card.paid', 'payment.paid', 'payout.paid', 'refund.card.x']);
  });

  test('a change cancels what waits of types that no entry selects any more', async () => {
    const { id } = await register({ eventTypes: ['*'] });
    await harness.admin('POST', `/tenants/acme/endpoints/${id}/disable`);
    for (const type of ['payment.paid', 'payment.card.paid', 'payout.paid']) await publish({ type });
    expect((await change(id, { eventTypes: ['payment.*'] })).body.eventTypes).toEqual(['payment.*']);
    await change(id, { eventTypes: ['payment.card.*', 'payment.*'] });
    await change(id, { eventTypes: ['payment.card.*'] });
    await harness.admin('POST', `/tenants/acme/endpoints/${id}/enable`);
    await harness.turn();
    expect(received()).toEqual(['payment.card.paid']);
  });

  test('are refused where nothing can match, with the entry named', async () => {
    const { id } = await register();
    for (const entry of ['.*', '*.paid', 'pay*', 'a.*.b', 'a..*b']) {
      const [problem] = await refusal(id, { eventTypes: ['ok', entry] });
      expect(problem?.[0], entry).toBe('eventTypes[1]');
    }
    await harness.admin('POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'diddo' });
    const known = await register({ eventTypes: ['checkout.*'] }, 'shop');
    const body = { eventTypes: ['nothing.*'] };
    const refused = await harness.admin('PATCH', `/tenants/shop/endpoints/${known.id}`, body);
    expect(refused.body).toMatchObject({ code: 'event_type_unknown' });
    expect(refused.body.errors[0].message).toContain('No event type begins with "nothing."');
  });

  test('are set and shown by the standard dialect; a wire without prefixes lists the types', async () => {
    const client = await openClient();
    const fields = { url: `${receiver.url}/hook`, eventTypes: ['payment.*'] };
    const made = await client('POST', '/endpoints', fields);
    expect(made.body.eventTypes).toEqual(['payment.*']);
    const wrong = await client('PATCH', `/endpoints/${made.body.id}`, { eventTypes: ['*.paid'] });
    expect(wrong.body.errors[0].field).toBe('eventTypes[0]');
    const found = await client('GET', '/endpoints?eventType=payment.card.paid');
    expect(found.body.data).toHaveLength(1);

    await harness.admin('POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'diddo' });
    const shown = await register({ eventTypes: ['checkout.*'] }, 'shop');
    expect(shown.eventTypes).toEqual(['checkout.*']);
    const { token } = (await harness.admin('POST', '/tenants/shop/credentials', { mode: 'live' })).body;
    const listed = await harness.call('GET', '/webhook', { token });
    expect(listed.body.webhooks[0].events).toEqual(
      expect.arrayContaining(['checkout.initialized', 'checkout.succeeded']),
    );
    expect(listed.body.webhooks[0].events).not.toContain('order.submitted');
  });
});
