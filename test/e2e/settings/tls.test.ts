import { afterEach, expect, test } from 'vitest';
import { createCertificate } from '../../support/certificate.ts';
import { answer, type Receiver, type ReceiverOptions, startReceiver } from '../../support/hostile.ts';
import { change, harness, openClient, publish, refusal, register, useServer } from './world.ts';

useServer();

const authority = createCertificate({ subject: 'Shop CA' });
const server = createCertificate({ subject: 'shop', addresses: ['127.0.0.1'], issuer: authority });
const client = createCertificate({ subject: 'carillon', validUntil: Date.UTC(2040, 0, 1) });
const renewed = createCertificate({ subject: 'carillon' });
const mutual = { ...server, requestCert: true, rejectUnauthorized: true, ca: client.cert };
const identity = { clientCertificate: client.cert, clientKey: client.key };

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function receive(tls: ReceiverOptions['tls'] & object): Promise<Receiver> {
  const receiver = await startReceiver(answer(200), { tls });
  receivers.push(receiver);
  return receiver;
}

/** The last attempt of the newest delivery. */
async function lastAttempt() {
  await harness.turn();
  const { data } = (await harness.admin('GET', '/tenants/acme/deliveries?limit=1')).body;
  const { body } = await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}`);
  return body.attempts.at(-1);
}

test('an own authority: without it the attempt fails in words, with it events arrive', async () => {
  const receiver = await receive(server);
  const { id, tls } = await register({ url: receiver.url });
  expect(tls).toBeNull();
  await publish();
  expect((await lastAttempt()).error).toEqual({
    code: 'tls_failed',
    message: expect.stringMatching(/of no authority that is trusted; set tls\.ca/),
  });
  const { body } = await change(id, { tls: { ca: authority.cert } });
  expect(body.tls).toEqual({
    ca: [
      {
        subject: 'CN=Shop CA',
        issuer: 'CN=Shop CA',
        notAfter: '2049-01-01T00:00:00.000Z',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ],
    clientCertificate: null,
    hasClientKey: false,
    minVersion: null,
  });
  await publish();
  expect(await lastAttempt()).toMatchObject({ outcome: 'accepted', status: 200, error: null });
});

test('a client certificate is shown to a receiver that demands it; its key is never told, and stays', async () => {
  const receiver = await receive(mutual);
  const { id } = await register({ url: receiver.url, tls: { ca: authority.cert } });
  await publish();
  expect((await lastAttempt()).error.message).toMatch(/demands a client certificate/);
  const { body } = await change(id, { tls: identity });
  expect(body.tls).toMatchObject({
    ca: [{ subject: 'CN=Shop CA' }],
    clientCertificate: [{ subject: 'CN=carillon', notAfter: '2040-01-01T00:00:00.000Z' }],
    hasClientKey: true,
  });
  expect(JSON.stringify(body)).not.toMatch(/BEGIN|PRIVATE/);
  await publish();
  expect(await lastAttempt()).toMatchObject({ outcome: 'accepted' });
  await change(id, { tls: { minVersion: 'TLSv1.3' } });
  await harness.restart();
  await publish();
  expect(await lastAttempt()).toMatchObject({ outcome: 'accepted' });
});

test('a change applies to the next request: no connection of the setting before is used', async () => {
  const receiver = await receive(mutual);
  const { id } = await register({ url: receiver.url, tls: { ca: authority.cert, ...identity } });
  for (let i = 0; i < 2; i++) {
    await publish();
    expect(await lastAttempt()).toMatchObject({ outcome: 'accepted' });
  }
  expect(receiver.connections()).toBe(1);
  const removed = await change(id, { tls: { clientCertificate: null } });
  expect(removed.body.tls).toMatchObject({ clientCertificate: null, hasClientKey: false });
  await publish();
  expect((await lastAttempt()).error.message).toMatch(/demands a client certificate/);
  expect((await change(id, { tls: null })).body.tls).toBeNull();
});

test('the oldest version', async () => {
  const receiver = await receive({ ...server, maxVersion: 'TLSv1.2' });
  const tls = { ca: authority.cert, minVersion: 'TLSv1.3' };
  const { id } = await register({ url: receiver.url, tls });
  await publish();
  expect((await lastAttempt()).error).toMatchObject({
    code: 'tls_failed',
    message: expect.stringMatching(/does not speak a version of TLS that is accepted/),
  });
  await change(id, { tls: { minVersion: 'TLSv1.2' } });
  await publish();
  expect(await lastAttempt()).toMatchObject({ outcome: 'accepted' });
});

test('what is wrong is refused by name, and nothing changes', async () => {
  const { id, tls } = await register({ tls: { ca: authority.cert, ...identity } });
  const old = createCertificate({ validUntil: Date.UTC(2021, 0, 1) });
  const problems = async (given: object) =>
    (await refusal(id, { tls: given })).map(([field, message]) => `${field}: ${message}`).join('; ');
  const cases: readonly [object, RegExp][] = [
    [{ ca: 'a certificate' }, /^tls\.ca: must be certificates in PEM/],
    [{ ca: authority.cert.repeat(11) }, /^tls\.ca: must be at most 10 certificates/],
    [{ ca: 'x'.repeat(16_385) }, /^tls\.ca: .*16384/],
    [{ ca: authority.key }, /^tls\.ca: must hold certificates only/],
    [{ ca: old.cert }, /^tls\.ca: has expired: it was valid until 2021-01-01T00:00:00\.000Z$/],
    [{ clientCertificate: old.cert, clientKey: old.key }, /^tls\.clientCertificate: has expired/],
    [{ clientCertificate: renewed.cert }, /^tls\.clientKey: does not belong to the first certificate/],
    [{ clientKey: renewed.key }, /^tls\.clientKey: does not belong to the first certificate/],
    [{ clientKey: null }, /^tls\.clientKey: must be given with clientCertificate$/],
    [{ clientKey: client.cert }, /^tls\.clientKey: must be a private key in PEM/],
    [
      { clientKey: client.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE') },
      /^tls\.clientKey: must not be encrypted; decrypt it with: openssl pkey/,
    ],
    [
      { clientCertificate: null, clientKey: client.key },
      /^tls\.clientCertificate: must be given with clientKey$/,
    ],
    [{ minVersion: 'TLSv1.1' }, /^tls\.minVersion: /],
    [{ rejectUnauthorized: false }, /^tls\.rejectUnauthorized: /],
    [{ ca: 'a', clientKey: 'b' }, /^tls\.ca: .*; tls\.clientKey: must be a private key/],
  ];
  for (const [given, message] of cases) {
    const found = await problems(given);
    expect(found).toMatch(message);
    expect(found).not.toMatch(/BEGIN (EC |RSA )?PRIVATE KEY-----\n/);
  }
  expect((await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body.tls).toEqual(tls);
  // An old authority may stand beside the new one.
  expect((await change(id, { tls: { ca: old.cert + authority.cert } })).body.tls.ca).toHaveLength(2);
  const { clientKey } = identity;
  expect((await change(id, { tls: { clientCertificate: client.cert, clientKey } })).status).toBe(200);
});

test('is set and shown by the standard dialect', async () => {
  const asClient = await openClient();
  const receiver = await receive(mutual);
  const fields = { url: receiver.url, eventTypes: ['*'], tls: { ca: authority.cert, ...identity } };
  const made = await asClient('POST', '/endpoints', fields);
  expect(made.body.tls).toMatchObject({ ca: [{ subject: 'CN=Shop CA' }], hasClientKey: true });
  await publish();
  expect(await lastAttempt()).toMatchObject({ outcome: 'accepted' });
});
