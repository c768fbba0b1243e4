// The TLS terms of an endpoint, at real sockets: own authorities, client certificates, versions, and pools.
import { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createCertificate } from '../../test/support/certificate.ts';
import { answer, say } from '../../test/support/hostile.ts';
import { makeSender, post, receive } from '../../test/support/sender.ts';
import { type ClientTls, createConnectionTerms } from './connection-terms.ts';
import { explain } from './failure.ts';

const authority = createCertificate({ subject: 'Shop root' });
const between = createCertificate({ subject: 'Shop issuing', issuer: authority });
const server = createCertificate({ subject: 'shop', addresses: ['127.0.0.1'], issuer: between });
const chain = { key: server.key, cert: server.cert + between.cert };
const clients = createCertificate({ subject: 'Clients' });
const client = createCertificate({ subject: 'carillon', issuer: clients });
const other = createCertificate({ subject: 'Other root' });

const terms = (tls: ClientTls) => ({ terms: createConnectionTerms(tls, null) });
const identity = { clientCertificate: client.cert, clientKey: client.key };
const mutual = { ...chain, requestCert: true, rejectUnauthorized: true, ca: clients.cert };

describe('an authority of its own', () => {
  test('verifies the receiver, in a list with another one, or as a link of the chain', async () => {
    const receiver = await receive(answer(200), { tls: chain });
    const sender = makeSender();
    for (const ca of [authority.cert, other.cert + authority.cert, between.cert, server.cert]) {
      expect(await sender.send(post(receiver.url, terms({ ca })))).toMatchObject({ status: 200 });
    }
  });

  test('is needed: without it, the error says so', async () => {
    const receiver = await receive(answer(200), { tls: chain });
    for (const more of [{}, terms({ ca: other.cert }), terms({ minVersion: 'TLSv1.3' })]) {
      expect(await makeSender().send(post(receiver.url, more))).toMatchObject({
        error: 'tls_failed',
        message: expect.stringMatching(/of no authority that is trusted; set tls\.ca .*\([A-Z_]+\)\.$/),
      });
    }
  });

  test('stands in place of the public ones', async () => {
    const receiver = await receive(answer(200), { tls: chain });
    const sender = makeSender({ ca: authority.cert });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    const pinned = await sender.send(post(receiver.url, terms({ ca: other.cert })));
    expect(pinned).toMatchObject({ error: 'tls_failed' });
    // Other terms keep the public ones.
    const secured = post(receiver.url, terms({ minVersion: 'TLSv1.3' }));
    expect(await sender.send(secured)).toMatchObject({ status: 200 });
  });

  test.each([
    ['another host', { addresses: ['127.0.0.2'] }, /for another host name \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    ['an expired one', { addresses: ['127.0.0.1'], validUntil: Date.UTC(2021, 0, 1) }, /has expired/],
  ])('changes nothing about a certificate for %s', async (_what, options, message) => {
    const tls = createCertificate({ ...options, subject: 'shop', issuer: authority });
    const receiver = await receive(answer(200), { tls });
    const reply = await makeSender().send(post(receiver.url, terms({ ca: authority.cert })));
    expect(reply).toMatchObject({ error: 'tls_failed', message: expect.stringMatching(message) });
    expect(receiver.requests).toEqual([]);
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a client certificate by %s', (version) => {
  const tls = { ...mutual, minVersion: version, maxVersion: version };

  test('is shown to a receiver that demands one', async () => {
    const subjects: string[] = [];
    const receiver = await receive(
      (socket, request, count) => {
        if (socket instanceof TLSSocket) subjects.push(String(socket.getPeerCertificate().subject.CN));
        answer(200)(socket, request, count);
      },
      { tls },
    );
    const sender = makeSender();
    const told = post(receiver.url, terms({ ca: authority.cert, ...identity }));
    expect(await sender.send(told)).toMatchObject({ status: 200 });
    expect(subjects).toEqual(['carillon']);
  });

  test('is demanded and missing: the error names the settings', async () => {
    const receiver = await receive(answer(200), { tls });
    expect(await makeSender().send(post(receiver.url, terms({ ca: authority.cert })))).toMatchObject({
      error: 'tls_failed',
      message: expect.stringMatching(
        /demands a client certificate.*tls\.clientCertificate and tls\.clientKey/,
      ),
    });
  });

  test('of another authority is refused, and the error says that', async () => {
    const receiver = await receive(say('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), { tls });
    const wrong = createCertificate({ subject: 'stranger' });
    const own = { clientCertificate: wrong.cert, clientKey: wrong.key };
    const reply = await makeSender().send(post(receiver.url, terms({ ca: authority.cert, ...own })));
    expect(reply).toMatchObject({
      // Node sends no alert.
      error: 'connection_lost',
      message: expect.stringMatching(/may have refused the client certificate/),
    });
    expect(receiver.requests).toEqual([]);
  });
});

test.each([
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'refused the client certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'refused the client certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'refused the client certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'The TLS connection failed'],
])('the alert %s to a client with a certificate', (code, message) => {
  const error = Object.assign(new Error('alert'), { code });
  const failure = { code: 'tls_failed', message: expect.stringContaining(message) };
  expect(explain(error, null, true)).toEqual(failure);
});

describe('the oldest version', () => {
  test('TLSv1.3 refuses a receiver that has TLSv1.2 only', async () => {
    const receiver = await receive(answer(200), { tls: { ...chain, maxVersion: 'TLSv1.2' } });
    const sender = makeSender();
    const { cert: ca } = authority;
    const refused = await sender.send(post(receiver.url, terms({ ca, minVersion: 'TLSv1.3' })));
    expect(refused).toMatchObject({
      error: 'tls_failed',
      message: expect.stringMatching(/does not speak a version of TLS that is accepted/),
    });
    const taken = await sender.send(post(receiver.url, terms({ ca, minVersion: 'TLSv1.2' })));
    expect(taken).toMatchObject({ status: 200 });
  });
});

describe('connections', () => {
  test('are shared by the same terms, and never by others', async () => {
    const receiver = await receive(answer(200), {
      tls: { ...chain, requestCert: true, rejectUnauthorized: false },
    });
    const sender = makeSender({ ca: authority.cert });
    const { cert: ca } = authority;
    const send = async (tls: ClientTls | null): Promise<number> => {
      const more = { terms: createConnectionTerms(tls, null) };
      expect(await sender.send(post(receiver.url, more))).toMatchObject({ status: 200 });
      return receiver.connections();
    };
    expect([await send(null), await send(null)]).toEqual([1, 1]);
    expect([await send({ ca }), await send({ ca }), await send(null)]).toEqual([2, 2, 2]);
    expect([await send({ ca, ...identity }), await send({ ca }), await send({ ca, ...identity })]).toEqual([
      3, 3, 3,
    ]);
    expect([await send({ ca, minVersion: 'TLSv1.3' }), await send({ ca, minVersion: 'TLSv1.2' })]).toEqual([
      4, 5,
    ]);
  });

  test('more terms than there are contexts kept for', { timeout: 60_000 }, async () => {
    const receiver = await receive(answer(200, { connection: 'close' }), { tls: chain });
    const sender = makeSender();
    // White space around it makes other terms.
    const ca = (index: number): string => authority.cert + '\n'.repeat(index);
    for (const index of [...Array(510).keys(), 0]) {
      expect(await sender.send(post(receiver.url, terms({ ca: ca(index) })))).toMatchObject({ status: 200 });
    }
  });

  test('terms that OpenSSL refuses fail the attempt and nothing else', async () => {
    const receiver = await receive(answer(200), { tls: chain });
    const sender = makeSender({ ca: authority.cert });
    const broken = { clientCertificate: client.cert, clientKey: server.key };
    const reply = await sender.send(post(receiver.url, terms(broken)));
    expect(reply).toMatchObject({ error: 'tls_failed', message: expect.stringMatching(/set tls again/) });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
  });
});
