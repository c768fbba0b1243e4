// Runs the shell commands of the README as they are, except for ports and paths.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/harness.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';

const run = promisify(execFile);

test("the README's curl commands deliver an event that the standardwebhooks library verifies", async () => {
  const readme = readFileSync('README.md', 'utf8');
  const script = /```sh\n(export ADMIN=[^`]+)```/.exec(readme)?.[1] ?? '';
  expect(script).toContain('/tenants/acme/events');
  const folder = temporaryFolder();
  const receiver = await startReceiver();
  const server = await startServer(folder, { CARILLON_ADMIN_KEY: '' });
  const typed = script
    .replaceAll('http://127.0.0.1:8480', server.url)
    .replaceAll('http://127.0.0.1:9000', receiver.url)
    .replaceAll('data/admin.key', `${folder}/admin.key`)
    // One answer per line.
    .replaceAll('curl -s ', 'echo; curl -s ');
  const { stdout } = await run('bash', ['-euc', typed]);
  const [tenant, endpoint, event, deliveries] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(tenant).toMatchObject({ id: 'acme', dialect: 'standard' });
  expect(event).toMatchObject({ id: 'order-1', deliveries: 1 });
  expect(deliveries.data).toHaveLength(1);

  await receiver.until(() => receiver.requests.length > 0);
  const [request] = receiver.requests;
  const headers = request?.headers as Record<string, string>;
  const verified = new Webhook(endpoint.secret).verify(request?.body ?? '', headers);
  expect(verified).toMatchObject({ type: 'payment.paid', data: { amount: 1050, currency: 'EUR' } });
  expect(await server.terminate()).toBe(0);
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(['README.md', 'docs/start.md', 'docs/dialects/adding-one.md'])(
  'the receiver of %s prints what it receives',
  async (page) => {
    const line = /^node -e .+$/m.exec(readFileSync(page, 'utf8'))?.[0] ?? '';
    const port = await findFreePort();
    const child = spawn('bash', ['-c', `exec ${line.replace('9000', String(port))}`], { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const post = () =>
      fetch(`http://127.0.0.1:${port}/hook`, { method: 'POST', body: '{"a":1}', headers: { 'x-a': 'b' } });
    await expect
      .poll(
        () =>
          post().then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 20_000 },
      )
      .toBe(200);
    await expect.poll(() => printed).toMatch(/'x-a': 'b'[^]+\{"a":1\}/);
  },
);
