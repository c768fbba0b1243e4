import { describe, expect, test } from 'vitest';
import { change, harness, openClient, publish, receiver, refusal, register, useServer } from './world.ts';

useServer();

const filter = { amount: { $gte: 1000 }, customer: { country: { $in: ['DE', 'AT'] } } };
const wanted = { amount: 1050, customer: { country: 'DE' } };
const unwanted = { amount: 1050, customer: { country: 'FR' } };

const received = () => receiver.requests.map(({ body, path }) => [path, JSON.parse(body).data]);

describe('a filter', () => {
  test('lets through what matches, and the publisher is told how many endpoints it kept out', async () => {
    await register({ url: `${receiver.url}/filtered`, filter });
    await register({ url: `${receiver.url}/all` });
    expect(await publish({ id: 'no', payload: unwanted })).toMatchObject({ deliveries: 1, filtered: 1 });
    expect(await publish({ id: 'yes', payload: wanted })).toMatchObject({ deliveries: 2, filtered: 0 });
    await harness.turn();
    expect(received().filter(([path]) => path === '/filtered')).toEqual([['/filtered', wanted]]);
    expect(receiver.requests).toHaveLength(3);

    expect(await publish({ id: 'no', payload: unwanted })).toMatchObject({ deliveries: 1, filtered: 1 });
    expect((await harness.admin('GET', '/tenants/acme/events/no')).body.filtered).toBe(1);
    const batch = { events: [{ id: 'b', type: 'a', payload: unwanted }] };
    const { body } = await harness.admin('POST', '/tenants/acme/events/batch', batch);
    expect(body.events[0]).toMatchObject({ deliveries: 1, filtered: 1 });
    const metrics = await harness.engine.backend.metricsText();
    expect(metrics).toMatch(/^carillon_deliveries_filtered_total 2$/m);
  });

  test('looks at the type, the mode and the ordering key', async () => {
    const about = { $type: { $startsWith: 'payment.' }, $mode: 'live', $orderingKey: { $exist: true } };
    await register({ filter: about });
    await publish({ type: 'refund.paid', orderingKey: 'a' });
    await publish({ type: 'payment.paid' });
    await publish({ type: 'payment.paid', orderingKey: 'a', payload: [1] });
    await harness.turn();
    expect(received()).toEqual([['/hook', [1]]]);
  });

  test('that is changed applies to what waits, and can be removed', async () => {
    const { id } = await register();
    await harness.admin('POST', `/tenants/acme/endpoints/${id}/disable`);
    for (let index = 0; index < 120; index++) await publish({ payload: unwanted });
    await publish({ payload: wanted });
    expect((await change(id, { filter })).body.filter).toEqual(filter);
    await harness.admin('POST', `/tenants/acme/endpoints/${id}/enable`);
    await harness.turn();
    expect(received()).toEqual([['/hook', wanted]]);

    expect((await change(id, { description: 'other' })).body.filter).toEqual(filter);
    await harness.restart();
    expect(await publish({ payload: unwanted })).toMatchObject({ deliveries: 0, filtered: 1 });
    expect((await change(id, { filter: null })).body.filter).toBeNull();
    expect(await publish({ payload: unwanted })).toMatchObject({ deliveries: 1, filtered: 0 });
    await harness.turn();
    expect(received().at(-1)).toEqual(['/hook', unwanted]);
  });

  test('does not keep a test event from its endpoint', async () => {
    const { id } = await register({ filter });
    await harness.admin('POST', `/tenants/acme/endpoints/${id}/test`);
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
  });

  test('that is wrong is refused with each place, and changes nothing', async () => {
    const { id } = await register({ filter });
    const wrong = { amount: { $more: 1 }, $or: [], deep: { $type: 'x' } };
    expect(await refusal(id, { filter: wrong })).toEqual([
      ['filter.amount.$more', expect.stringContaining('is not an operator')],
      ['filter.$or', 'must be a list of conditions'],
      ['filter.deep.$type', expect.stringContaining('at the top of a filter')],
    ]);
    expect((await refusal(id, { filter: { a: 'x'.repeat(9000) } }))[0]?.[1]).toContain('at most 8192');
    expect((await refusal(id, { filter: [] }))[0]?.[0]).toBe('filter');
    const made = { url: `${receiver.url}/x`, eventTypes: ['*'], filter: {} };
    expect((await harness.admin('POST', '/tenants/acme/endpoints', made)).status).toBe(400);
    expect((await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body.filter).toEqual(filter);
  });

  test('can be tried with a sample, by the operator and by the tenant', async () => {
    const { id } = await register({ filter });
    const path = `/endpoints/${id}/filter/test`;
    const tried = await harness.admin('POST', `/tenants/acme${path}`, { payload: unwanted });
    const reason = { path: 'customer.country', message: 'is "FR"; the filter asks for $in ["DE","AT"]' };
    expect(tried.body).toEqual({ matches: false, reasons: [reason] });
    const client = await openClient();
    expect((await client('POST', path, { payload: wanted })).body).toEqual({ matches: true, reasons: [] });
    const other = { payload: unwanted, type: 'a.b', filter: { $type: 'a.b' } };
    expect((await client('POST', path, other)).body.matches).toBe(true);
    const wrong = await client('POST', path, { payload: 1, filter: { $x: 1 } });
    expect(wrong.body.errors[0].field).toBe('filter.$x');
    expect(receiver.requests).toEqual([]);
  });

  test('is set and shown by the standard dialect, and by the operator for any other', async () => {
    const client = await openClient();
    const made = await client('POST', '/endpoints', { url: `${receiver.url}/a`, eventTypes: ['*'], filter });
    expect(made.body.filter).toEqual(filter);
    expect((await client('PATCH', `/endpoints/${made.body.id}`, { filter: null })).body.filter).toBeNull();

    await harness.admin('POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'diddo' });
    await register({ filter: { status: 'SUCCEEDED' } }, 'shop');
    const type = 'checkout.succeeded';
    expect(await publish({ type, payload: { status: 'FAILED' } }, 'shop')).toMatchObject({ filtered: 1 });
    expect(await publish({ type, payload: { status: 'SUCCEEDED' } }, 'shop')).toMatchObject({ filtered: 0 });
    await harness.turn();
    expect(receiver.requests).toHaveLength(1);
  });
});
