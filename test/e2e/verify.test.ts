// `carillon verify` on what a running server delivers, in every dialect.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { runInProcess } from '../support/in-process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-verify-'));
let receiver: Receiver;
let server: ServerProcess;
let client: ApiClient;

beforeAll(async () => {
  receiver = await startReceiver();
  server = await startServer(folder);
  client = createApiClient(server.url, server.adminKey);
});

afterAll(async () => {
  await client.close();
  await server.kill();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** The wire of these tenants lets them set the secret themselves. */
async function setSecret(tenant: string, secret: string): Promise<string> {
  const issued = await client.call('POST', `/tenants/${tenant}/credentials`, {
    mode: 'live',
    kind: 'bearer',
  });
  const answer = await fetch(`${server.url}/v1/integrator/webhook-secret`, {
    method: 'POST',
    headers: { authorization: `Bearer ${issued.body.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  });
  expect(answer.status).toBe(200);
  return secret;
}

test.each(['standard', 'diddo', 'calypso', 'chip', 'spritz'])('%s', async (dialect) => {
  await client.call('POST', '/tenants', { id: dialect, name: dialect, dialect });
  const url = `${receiver.url}/${dialect}`;
  const made = await client.call('POST', `/tenants/${dialect}/endpoints`, { url, eventTypes: ['*'] });
  const { id, secret, attributes } = made.body;
  const given = secret ?? attributes.public_key ?? (await setSecret(dialect, 'a secret of their own'));
  await client.call('POST', `/tenants/${dialect}/endpoints/${id}/test`);
  const seen = () => receiver.requests.filter(({ path }) => path === `/${dialect}`);
  await receiver.until(() => seen().length > 0);
  const [request] = seen();

  const write = (name: string, text: string): string => {
    const path = join(folder, `${dialect}.${name}`);
    writeFileSync(path, text);
    return path;
  };
  const verify = (body: string) => {
    const headers = write('headers', JSON.stringify(request?.headers));
    const flags = ['--headers', headers, '--secret-file', write('secret', `${given}\n`)];
    return runInProcess(['verify', write('body', body), ...flags]);
  };
  const body = request?.body ?? '';
  expect(await verify(body)).toMatchObject({ code: 0, out: expect.stringMatching(/^valid: signed with/) });
  expect(await verify(`${body}\n`)).toMatchObject({
    code: 1,
    error: expect.stringMatching(/ends with a line end/),
  });
});
