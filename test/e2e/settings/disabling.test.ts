import { beforeEach, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { change, harness, openClient, publish, receiver, refusal, register, useServer } from './world.ts';

useServer();

let operator: Receiver;
const hour = 3_600_000;

const notices = (): [string, object][] =>
  operator.requests.map(({ body }) => {
    const { type, data } = JSON.parse(body);
    return [type, data];
  });

async function fail(times: number): Promise<void> {
  for (let index = 0; index < times; index++) {
    await publish();
    await harness.turn();
  }
}

const show = async (id: string) => (await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body;

describe('disableAfter', () => {
  beforeEach(async () => {
    operator = await startReceiver();
    await register({ url: `${operator.url}/operator`, eventTypes: ['endpoint.*'] }, 'operator');
    receiver.answer = () => 500;
    return () => operator.close();
  });

  test('so many failures in a row; the operator is told half way and at the end', async () => {
    const { id, disableAfter } = await register({ disableAfter: { failures: 4 } });
    expect(disableAfter).toEqual({ failures: 4 });
    await fail(1);
    expect(notices()).toEqual([]);
    await fail(2);
    expect(notices()).toEqual([
      ['endpoint.failing', expect.objectContaining({ tenant: 'acme', endpoint: id, failureCount: 2 })],
    ]);
    expect(await show(id)).toMatchObject({ enabled: true });
    await fail(1);
    expect(await show(id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    expect(notices().slice(1)).toEqual([
      ['endpoint.disabled', expect.objectContaining({ endpoint: id, reason: 'failing', failureCount: 4 })],
    ]);
    await fail(1);
    expect(receiver.requests).toHaveLength(4);
  });

  test('a success after the first notice is a recovery, which is told once', async () => {
    const { id } = await register({ disableAfter: { failures: 4 } });
    await fail(3);
    receiver.answer = () => 200;
    await fail(2);
    expect(notices().map(([type]) => type)).toEqual(['endpoint.failing', 'endpoint.recovered']);
    expect(notices()[1]?.[1]).toMatchObject({ endpoint: id, failureCount: 3 });
    expect(await show(id)).toMatchObject({ enabled: true, failureCount: 0 });
  });

  test('a span of nothing but failures', async () => {
    const { id } = await register({ disableAfter: { spanMs: hour }, retry: { delaysMs: [] } });
    await fail(3);
    harness.clock.advance(hour / 2);
    await fail(1);
    expect(notices().map(([type]) => type)).toEqual(['endpoint.failing']);
    harness.clock.advance(hour / 2);
    await fail(1);
    expect(await show(id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    expect(notices().map(([type]) => type)).toEqual(['endpoint.failing', 'endpoint.disabled']);
  });

  test('never; and a rule that is changed applies to the next failure', async () => {
    const { id } = await register({ disableAfter: { never: true }, retry: { delaysMs: [] } });
    await fail(1);
    harness.clock.advance(30 * 24 * hour);
    await fail(1);
    expect([notices(), (await show(id)).enabled]).toEqual([[], true]);
    expect((await change(id, { disableAfter: { failures: 1 } })).body.disableAfter).toEqual({ failures: 1 });
    await fail(1);
    expect((await show(id)).enabled).toBe(false);
    expect((await change(id, { disableAfter: null })).body.disableAfter).toBeNull();
  });

  test('is refused by name with its limit, and set by the standard dialect', async () => {
    const { id } = await register();
    const wrong: [object, string][] = [
      [{}, 'disableAfter'],
      [{ failures: 1, never: true }, 'disableAfter'],
      [{ failures: 0 }, 'disableAfter.failures'],
      [{ failures: 10_001 }, 'disableAfter.failures'],
      [{ spanMs: 59_999 }, 'disableAfter.spanMs'],
      [{ never: false }, 'disableAfter.never'],
    ];
    for (const [disableAfter, field] of wrong) {
      expect((await refusal(id, { disableAfter }))[0]?.[0], JSON.stringify(disableAfter)).toBe(field);
    }
    const client = await openClient();
    const fields = { url: `${receiver.url}/a`, eventTypes: ['*'], disableAfter: { spanMs: hour } };
    expect((await client('POST', '/endpoints', fields)).body.disableAfter).toEqual({ spanMs: hour });
  });
});
