// Promise 8: secrets are encrypted at rest and appear in no log, error, or later answer. The test uses every kind of secret and
// searches for all of them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { startEgressProxy } from '../support/egress-proxy.ts';
import { boot, testKeys } from '../support/harness.ts';
import { startReceiver } from '../support/receiver.ts';

test('no secret is in the files, the log, or a later answer', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const proxyPassword = 'proxy-password-60f2ab81c9';
  const proxy = await startEgressProxy({ credentials: `carillon:${proxyPassword}` });
  const egress = {
    CARILLON_EGRESS_PROXIES: `eu=${proxy.url.replace('://', `://carillon:${proxyPassword}@`)}`,
  };
  const harness = await boot(egress, { log });
  const receiver = await startReceiver();
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: unknown) => {
    const answered = await harness.admin(method, path, body);
    answers.push(JSON.stringify(answered.body));
    return answered.body;
  };

  await ask('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const credential = (await harness.admin('POST', '/tenants/acme/credentials', { mode: 'live' })).body;
  const endpoints = '/tenants/acme/endpoints';
  const told = {
    headers: [{ name: 'X-Key', value: 'header-value-4cc0a7b1d2e3', secret: true }],
    authorization: { type: 'basic', username: 'carillon', password: 'password-91be77a0c4d5' },
    egress: 'eu',
  };
  const client = createCertificate({ subject: 'carillon' });
  const tls = { clientCertificate: client.cert, clientKey: client.key };
  const made = { url: receiver.url, eventTypes: ['*'], ...told };
  const endpoint = (await harness.admin('POST', endpoints, made)).body;
  await ask('PATCH', `${endpoints}/${endpoint.id}`, { tls });
  // Wrong in another member: the refusal must not quote the key.
  await ask('PATCH', `${endpoints}/${endpoint.id}`, { tls: { ...tls, ca: client.key } });
  await ask('PATCH', `${endpoints}/${endpoint.id}`, { tls: { clientKey: `${client.key}x`, minVersion: 1 } });
  const own = (
    await harness.call('POST', '/v1/endpoints', {
      token: credential.token,
      body: { url: `${receiver.url}/own`, eventTypes: ['*'] },
    })
  ).body;
  const given = `whsec_${Buffer.from('a secret that was brought').toString('base64')}`;
  await harness.admin('POST', `${endpoints}/${endpoint.id}/rotate-secret`, { secret: given });
  await harness.admin('POST', `${endpoints}/${endpoint.id}/secret/reveal`);
  await harness.admin('POST', '/tenants', { id: 'shared', name: 'Shared', dialect: 'spritz' });
  const ofTenant = 'a-secret-of-a-tenant-5f0e';
  await harness.admin('POST', '/tenants/shared/rotate-secret', { secret: ofTenant });
  await harness.admin('POST', '/tenants/shared/secret/reveal');
  const rotated = (await harness.admin('POST', `${endpoints}/${endpoint.id}/rotate-secret`)).body;
  const basic = Buffer.from(`carillon:${told.authorization.password}`).toString('base64');
  const proxyBasic = Buffer.from(`carillon:${proxyPassword}`).toString('base64');
  const keyLines = client.key.split('\n').filter((line) => line.length > 20 && !line.startsWith('-'));
  const values = [
    proxyPassword,
    proxyBasic,
    ...keyLines,
    ...told.headers.map(({ value }) => value),
    told.authorization.password,
    basic,
  ];
  const secrets = [
    credential.token,
    endpoint.secret,
    own.secret,
    rotated.secret,
    given,
    ofTenant,
    testKeys.adminKeys[0],
    ...values,
  ];
  expect(secrets.every((secret) => typeof secret === 'string' && secret.length > 20)).toBe(true);

  receiver.answer = () => (receiver.requests.length < 2 ? 500 : 200);
  await ask('POST', '/tenants/acme/events', { type: 'payment.paid', payload: { amount: 1 } });
  await harness.turn();
  const { data } = await ask('GET', '/tenants/acme/deliveries');
  for (const { id } of data) await ask('GET', `/tenants/acme/deliveries/${id}`);
  await ask('GET', endpoints);
  await ask('GET', `${endpoints}/${endpoint.id}`);
  await ask('PATCH', `${endpoints}/${endpoint.id}`, { description: 'changed' });
  await ask('GET', '/tenants/acme/credentials');
  await ask('GET', '/stats');
  const list = await harness.call('GET', '/v1/endpoints', { token: credential.token });
  const wrong = await harness.call('GET', '/v1/endpoints', { token: `${credential.token.slice(0, -1)}x` });
  const bad = await harness.call('POST', '/v1/endpoints', { token: credential.token, body: { url: 7 } });
  answers.push(...[list, wrong, bad].map(({ body }) => JSON.stringify(body)));
  const metrics = await harness.engine.http.inject({ url: '/metrics' });
  answers.push(metrics.body);
  expect(lines.some((line) => line.includes('delivery.attempted'))).toBe(true);

  const files = readdirSync(harness.folder)
    .map((name) => join(harness.folder, name))
    .filter((path) => statSync(path).isFile());
  const places = {
    files: files.map((path) => readFileSync(path, 'latin1')).join('\n'),
    log: lines.join('\n'),
    answers: answers.join('\n'),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) {
      const bare = secret.replace(/^whsec_/, '');
      expect(text.includes(bare), `${secret.slice(0, 9)}… in the ${place}`).toBe(false);
    }
  }
  expect(proxy.asked.length).toBeGreaterThan(0);
  await receiver.close();
  await harness.close();
  await proxy.close();
});
