// What the tests of settings share: a stepped server, a tenant of the `standard` dialect, and a receiver.
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { boot, type Harness } from '../../support/harness.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';

export let harness: Harness;
export let receiver: Receiver;

let isUsed = false;

/** Boots a server for each test of the file, which may be several suites. */
export function useServer(): void {
  if (isUsed) return;
  isUsed = true;
  beforeEach(async () => {
    harness = await boot();
    receiver = await startReceiver();
    await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  });
  afterEach(async () => {
    await harness.close();
    await receiver.close();
  });
  // The next file may have this module, too.
  afterAll(() => {
    isUsed = false;
  });
}

type Fields = Record<string, unknown>;

export async function register(fields: Fields = {}, tenant = 'acme') {
  const given = { url: `${receiver.url}/hook`, eventTypes: ['*'], ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/endpoints`, given);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

export const change = (id: string, fields: Fields) =>
  harness.admin('PATCH', `/tenants/acme/endpoints/${id}`, fields);

export async function publish(fields: Fields = {}, tenant = 'acme') {
  const event = { type: 'payment.paid', payload: { amount: 1050 }, ...fields };
  const { status, body } = await harness.admin('POST', `/tenants/${tenant}/events`, event);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

/** The fields that a change of an endpoint is refused for, with the messages. */
export async function refusal(id: string, fields: Fields): Promise<readonly [string, string][]> {
  const { status, body } = await change(id, fields);
  expect(status, JSON.stringify(body)).toBe(400);
  return body.errors.map(({ field, message }: { field: string; message: string }) => [field, message]);
}

/** Calls the API of the `standard` dialect as the tenant. */
export async function openClient() {
  const { body } = await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' });
  return (method: string, path: string, fields?: Fields) =>
    harness.call(method, `/v1${path}`, {
      token: body.token,
      ...(fields === undefined ? {} : { body: fields }),
    });
}
