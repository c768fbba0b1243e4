import { expect, test } from 'vitest';
import { change, harness, openClient, publish, receiver, refusal, register, useServer } from './world.ts';

useServer();

const secretValue = 'a secret value 8f0e';
const headers = [
  { name: 'X-Region', value: 'eu' },
  { name: 'X-Api-Key', value: secretValue, secret: true },
];
const shown = [
  { name: 'X-Region', value: 'eu', secret: false },
  { name: 'X-Api-Key', value: null, secret: true },
];

const lastHeaders = () => receiver.requests.at(-1)?.headers ?? {};

async function logged() {
  const { data } = (await harness.admin('GET', '/tenants/acme/deliveries')).body;
  const { body } = await harness.admin('GET', `/tenants/acme/deliveries/${data[0].id}`);
  return body.attempts[0].requestHeaders;
}

test('own headers arrive beside the signature; secret values are never shown again', async () => {
  const made = await register({ headers });
  expect(made.headers).toEqual(shown);
  await publish();
  await harness.turn();
  expect(lastHeaders()).toMatchObject({ 'x-region': 'eu', 'x-api-key': secretValue });
  expect(lastHeaders()['webhook-signature']).toMatch(/^v1,/);
  expect(await logged()).toMatchObject({ 'X-Region': 'eu', 'X-Api-Key': '(secret)' });
  const answers = await Promise.all(
    [`/${made.id}`, ''].map((path) => harness.admin('GET', `/tenants/acme/endpoints${path}`)),
  );
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secretValue);
});

test('a secret value stays when it is left out; the list replaces all others', async () => {
  const { id } = await register({ headers });
  const kept = [{ name: 'x-api-key', value: null, secret: true }];
  expect((await change(id, { headers: kept })).body.headers).toEqual(kept);
  await publish();
  await harness.restart();
  await harness.turn();
  expect(lastHeaders()).toMatchObject({ 'x-api-key': secretValue });
  expect(lastHeaders()).not.toHaveProperty('x-region');
  expect((await change(id, { headers: null })).body.headers).toBeNull();
  await publish();
  await harness.turn();
  expect(lastHeaders()).not.toHaveProperty('x-api-key');
  const [problem] = await refusal(id, { headers: kept });
  expect(problem).toEqual(['headers[0].value', expect.stringContaining('must be given')]);
});

test('basic and bearer authorization', async () => {
  const basic = { type: 'basic', username: 'carillon', password: 'påss:word' };
  const made = await register({ authorization: basic });
  expect(made.authorization).toEqual({ type: 'basic', username: 'carillon' });
  await publish();
  await harness.turn();
  const encoded = Buffer.from('carillon:påss:word').toString('base64');
  expect(lastHeaders()['authorization']).toBe(`Basic ${encoded}`);
  expect((await logged())['Authorization']).toBe('(secret)');
  const renamed = await change(made.id, { authorization: { type: 'basic', username: 'other' } });
  expect(renamed.body.authorization).toEqual({ type: 'basic', username: 'other' });
  await change(made.id, { authorization: { type: 'bearer', token: 'tok-1' } });
  await publish();
  await harness.turn();
  expect(lastHeaders()['authorization']).toBe('Bearer tok-1');
  await change(made.id, { authorization: null });
  await publish();
  await harness.turn();
  expect(lastHeaders()).not.toHaveProperty('authorization');
});

test('what is wrong is refused by name, and nothing changes', async () => {
  const { id } = await register({ headers });
  const one = (name: string, value = 'x') => ({
    headers: [
      { name: 'X-Ok', value: '1' },
      { name, value },
    ],
  });
  const names = [
    'Host',
    'content-length',
    'Connection',
    'Content-Type',
    'Webhook-Signature',
    'traceparent',
    'a b',
    'x-ok',
  ];
  for (const name of names) expect((await refusal(id, one(name)))[0]?.[0], name).toBe('headers[1].name');
  for (const value of ['a\nb', ' a', 'é€']) {
    expect((await refusal(id, one('X-A', value)))[0]?.[0], value).toBe('headers[1].value');
  }
  const many = Array.from({ length: 21 }, (_, index) => ({ name: `X-${index}`, value: '' }));
  expect(await refusal(id, { headers: many })).toEqual([['headers', expect.stringContaining('20')]]);
  expect(await refusal(id, { authorization: { type: 'basic', username: 'a:b' } })).toEqual([
    ['authorization.username', expect.any(String)],
    ['authorization.password', 'must be given'],
  ]);
  expect((await refusal(id, { authorization: { type: 'bearer' } }))[0]?.[0]).toBe('authorization.token');
  const both = { ...one('Authorization'), authorization: { type: 'bearer', token: 'a' } };
  expect((await refusal(id, both))[0]?.[0]).toBe('authorization');
  expect((await harness.admin('GET', `/tenants/acme/endpoints/${id}`)).body.headers).toEqual(shown);
});

test('are set and shown by the standard dialect; a platform keeps the names of its signature', async () => {
  const client = await openClient();
  const fields = {
    url: `${receiver.url}/a`,
    eventTypes: ['*'],
    headers,
    authorization: { type: 'bearer', token: 't' },
  };
  const made = await client('POST', '/endpoints', fields);
  expect(made.body).toMatchObject({ headers: shown, authorization: { type: 'bearer', username: null } });
  expect(JSON.stringify(made.body)).not.toContain(secretValue);

  await harness.admin('POST', '/tenants', { id: 'chipper', name: 'Chip', dialect: 'chip' });
  const given = {
    url: `${receiver.url}/b`,
    eventTypes: ['*'],
    headers: [{ name: 'x-signature', value: 'a' }],
  };
  const refused = await harness.admin('POST', '/tenants/chipper/endpoints', given);
  expect(refused.body.errors[0].field).toBe('headers[0].name');
});
