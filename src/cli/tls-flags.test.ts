// The flags of the settings `tls` and `egress`: what is asked of the admin API, and what is printed.
import { expect, test } from 'vitest';
import { useFakeAdmin } from '../../test/support/fake-admin.ts';
import { describeTls } from './tls-flags.ts';

const admin = useFakeAdmin();
const change = ['endpoints', 'change', 'acme', 'ep_1'];

async function sentBy(args: readonly string[], input?: string): Promise<unknown> {
  await admin.carillon([...change, ...args], input === undefined ? {} : { input });
  return JSON.parse(admin.asked.at(-1)?.body ?? 'null');
}

test('certificates and the key are files, each of which may be given alone', async () => {
  const ca = admin.write('ca.pem', 'AUTHORITY\n');
  const certificate = admin.write('client.pem', 'CERTIFICATE\n');
  const key = admin.write('key.pem', 'KEY\n');
  expect(await sentBy(['--tls-ca-file', ca])).toEqual({ tls: { ca: 'AUTHORITY' } });
  expect(await sentBy(['--tls-client-cert-file', certificate, '--tls-client-key-file', key])).toEqual({
    tls: { clientCertificate: 'CERTIFICATE', clientKey: 'KEY' },
  });
  expect(await sentBy(['--tls-client-key-file', '-'], 'KEY\n')).toEqual({ tls: { clientKey: 'KEY' } });
  expect(await sentBy(['--tls-min-version', 'TLSv1.3', '--egress', 'eu'])).toEqual({
    tls: { minVersion: 'TLSv1.3' },
    egress: 'eu',
  });
  expect(await sentBy(['--no-tls', '--no-egress'])).toEqual({ tls: null, egress: null });
});

test.each([
  [['--tls-ca-file', '/does/not/exist.pem'], /exist\.pem/],
  [['--tls-min-version', 'TLSv1.1'], /TLSv1\.2, TLSv1\.3/],
])('%j is wrong usage', async (args, message) => {
  const { code, error } = await admin.carillon([...change, ...args]);
  expect([code, error]).toEqual([2, expect.stringMatching(message)]);
  expect(admin.asked).toEqual([]);
});

test('is shown with its certificates', () => {
  const facts = { issuer: 'CN=x', notAfter: '2030-05-06T00:00:00.000Z', sha256: 'ab' };
  const tls = {
    ca: [
      { subject: 'CN=Shop CA', ...facts },
      { subject: 'CN=Old CA', ...facts },
    ],
    clientCertificate: [
      { subject: 'CN=carillon', ...facts },
      { subject: 'CN=Issuing', ...facts },
    ],
    hasClientKey: true,
    minVersion: 'TLSv1.3' as const,
  };
  expect(describeTls(tls)?.split('\n')).toEqual([
    'authority CN=Shop CA, until 2030-05-06',
    'authority CN=Old CA, until 2030-05-06',
    'client certificate CN=carillon, until 2030-05-06',
    'TLSv1.3 or newer',
  ]);
  expect(describeTls(null)).toBeNull();
});
