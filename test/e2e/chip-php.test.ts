// A CHIP delivery arrives at a PHP receiver that looks the signature up as the official PHP SDK does: by the exact
// name, `getallheaders()["X-Signature"]`. Runs where PHP is installed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';

const hasPhp = spawnSync('php', ['--version']).status === 0;
const receiverSource = `<?php
$headers = getallheaders();
$signature = base64_decode($headers["X-Signature"] ?? "");
$key = file_get_contents(__DIR__ . "/public-key.pem");
$isRight = openssl_verify(file_get_contents("php://input"), $signature, $key, "sha256WithRSAEncryption") === 1;
http_response_code($isRight && $headers["Content-Type"] === "application/json" ? 200 : 400);
`;

test.skipIf(!hasPhp)(
  'php -S verifies a delivery by getallheaders()["X-Signature"] (skipped without php)',
  async () => {
    const harness = await boot();
    const port = await findFreePort();
    const receiver = await startPhp(harness.folder, port);
    const key = await createWebhook(harness, `http://127.0.0.1:${port}/`);
    writeFileSync(join(harness.folder, 'public-key.pem'), key);
    await harness.admin('POST', '/tenants/shop/events', {
      type: 'purchase.paid',
      payload: { id: 'p1', type: 'purchase' },
    });
    await harness.turn();
    const { body } = await harness.admin('GET', '/tenants/shop/deliveries');
    receiver.kill();
    await harness.close();
    expect(body.data).toMatchObject([{ state: 'delivered' }]);
  },
);

/** The public key of the webhook. */
async function createWebhook(harness: Harness, callback: string) {
  await harness.admin('POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'chip' });
  const { token } = (await harness.admin('POST', '/tenants/shop/credentials', { mode: 'live' })).body;
  const body = { title: 'PHP', callback, all_events: true };
  const created = await harness.call('POST', '/api/v1/webhooks/', { token, body });
  expect(created.status).toBe(201);
  return created.body.public_key as string;
}

/** Resolves when it listens. */
function startPhp(folder: string, port: number): Promise<ChildProcess> {
  writeFileSync(join(folder, 'receiver.php'), receiverSource);
  const php = spawn('php', ['-S', `127.0.0.1:${port}`, join(folder, 'receiver.php')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    php.on('exit', (code) => reject(new Error(`php ended with ${code}: ${text}`)));
    php.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('started')) resolve(php);
    });
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
