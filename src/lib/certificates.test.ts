import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCertificate } from '../../test/support/certificate.ts';
import { ownCpuMs } from '../../test/support/machine.ts';
import { describeCertificate, readCertificates, readPrivateKey, toPem } from './certificates.ts';

const one = createCertificate({ subject: 'one', validUntil: Date.UTC(2030, 4, 6) });
const two = createCertificate({ subject: 'two', issuer: one });

describe('readCertificates', () => {
  test('in their order, without what stands between them', () => {
    const read = readCertificates(`Bag Attributes\n${two.cert}\n s:CN=one\n${one.cert}`, 2);
    expect(read.map(({ subject }) => subject)).toEqual(['CN=two', 'CN=one']);
    expect(toPem(read).replaceAll('\n', '')).toBe((two.cert + one.cert).replaceAll('\n', ''));
  });

  test.each([
    ['nothing', '', /must be certificates in PEM/],
    ['DER', '0\u0082\u0003', /must be certificates in PEM/],
    ['a key beside it', one.cert + one.key, /certificates only, and no private key/],
    [
      'a public key',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      /must be certificates in PEM/,
    ],
    ['cut', one.cert.slice(0, -20), /must be certificates in PEM/],
    ['broken', `${one.cert}${two.cert.replace(/MII?[A-Za-z0-9+/]{20}/, '')}`, /number 2 cannot be read/],
    ['too many', one.cert.repeat(3), /at most 2 certificates/],
  ])('%s', (_what, text, message) => {
    expect(() => readCertificates(text, 2)).toThrow(message);
  });

  test('a text made to be slow is read in no time', () => {
    const began = ownCpuMs();
    expect(() => readCertificates('-----BEGIN CERTIFICATE-----'.repeat(600), 2)).toThrow(/PEM/);
    expect(ownCpuMs() - began).toBeLessThan(200);
  });
});

test('describeCertificate says whose it is, until when, and its fingerprint', () => {
  const [certificate] = readCertificates(one.cert, 1);
  expect(certificate === undefined ? null : describeCertificate(certificate)).toEqual({
    subject: 'CN=one',
    issuer: 'CN=one',
    notAfter: '2030-05-06T00:00:00.000Z',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

const pem = (key: KeyObject, more: object = {}): string =>
  key.export({ type: 'pkcs8', format: 'pem', ...more }).toString();
const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;

describe('readPrivateKey', () => {
  test.each([
    ['RSA of 2048', pem(rsa(2048))],
    ['RSA, the older form', rsa(2048).export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['EC', pem(ec('P-384'))],
    ['EC, the older form', ec('P-256').export({ type: 'sec1', format: 'pem' }).toString()],
    ['Ed25519', pem(generateKeyPairSync('ed25519').privateKey)],
  ])('%s', (_what, text) => {
    expect(readPrivateKey(text).type).toBe('private');
  });

  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' };
  test.each([
    ['encrypted', pem(rsa(2048), cipher), /must not be encrypted; decrypt it with: openssl pkey/],
    [
      'encrypted, the older form',
      rsa(2048)
        .export({ type: 'pkcs1', format: 'pem', ...cipher })
        .toString(),
      /must not be encrypted/,
    ],
    ['a certificate', one.cert, /must be a private key in PEM/],
    ['a text', 'secret', /must be a private key in PEM/],
    ['RSA of 1024', pem(rsa(1024)), /RSA key of 2048 to 4096 bits/],
    ['another curve', pem(ec('secp256k1')), /P-256, P-384 or P-521/],
    ['a key for agreement', pem(generateKeyPairSync('x25519').privateKey), /must be an RSA key/],
  ])('%s', (_what, text, message) => {
    expect(() => readPrivateKey(text)).toThrow(message);
  });
});
