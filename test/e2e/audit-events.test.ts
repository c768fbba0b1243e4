// The audit log as events of the operator.
import { afterEach, describe, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

describe.each(['sqlite', 'postgres'] as const)('audit.recorded on %s', (kind) => {
  let harness: Harness;
  let receiver: Receiver;
  afterEach(async () => {
    await harness.close();
    await receiver.close();
  });

  test('tells the endpoints that name it of each entry once, also after a restart', async () => {
    receiver = await startReceiver();
    harness = await boot({}, {}, kind);
    const endpoints = '/tenants/operator/endpoints';
    const named = await harness.admin('POST', endpoints, {
      url: `${receiver.url}/named`,
      eventTypes: ['audit.*'],
    });
    await harness.admin('POST', endpoints, { url: `${receiver.url}/all`, eventTypes: ['*'] });
    await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const endpoint = { url: receiver.url, eventTypes: ['*'] };
    const { secret } = (await harness.admin('POST', '/tenants/acme/endpoints', endpoint)).body;
    const tell = async (): Promise<void> => {
      await harness.engine.auditRelay.step();
      await harness.turn();
    };
    await tell();
    await tell();
    await harness.restart();
    await tell();

    const { body } = await harness.admin('GET', '/audit');
    const told = receiver.requests.map((request) => ({ ...request, json: JSON.parse(request.body) }));
    expect(told.map(({ path }) => path)).toEqual(Array(4).fill('/named'));
    expect(told.map(({ json }) => json.type)).toEqual(Array(4).fill('audit.recorded'));
    const byId = (entries: { id: string }[]) => entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId(told.map(({ json }) => json.data))).toEqual(byId(body.data));
    expect(told.map(({ headers }) => String(headers['webhook-id'])).toSorted()).toEqual(
      body.data.map(({ id }: { id: string }) => id).toSorted(),
    );
    for (const text of [secret, named.body.secret]) expect(JSON.stringify(told)).not.toContain(text);
  });
});
