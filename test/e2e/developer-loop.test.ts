// The developer's loop as a whole: what `carillon trigger` publishes is verified by @carillon/verify in the application, and seen by
// `carillon tail` within a second.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { receive } from '#packages/verify/src/express.ts';
import { createVerifier, type Verifier } from '#packages/verify/src/verify.ts';
import { createApiClient } from '../support/api-client.ts';
import { runCommand, startCommand } from '../support/command-line.ts';
import { temporaryFolder } from '../support/harness.ts';
import { startServer } from '../support/server-process.ts';

const count = 9;

test('trigger, verified by the library, seen by tail within a second', { timeout: 90_000 }, async () => {
  const folder = temporaryFolder();
  const server = await startServer(folder);
  const client = createApiClient(server.url, server.adminKey);
  let verifier: Verifier | null = null;
  /** When each event was verified. */
  const verifiedAt = new Map<string, number>();
  const application = createServer((request, response) => {
    if (verifier === null) throw new Error('a delivery came before its secret');
    const handler = receive(verifier, ({ id }) => void verifiedAt.set(id ?? '', performance.now()));
    void handler(request, response);
  });
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(application.address() as AddressInfo).port}/hooks`;
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const { body } = await client.call('POST', '/tenants/acme/endpoints', { url, eventTypes: ['*'] });
  verifier = createVerifier({ dialect: 'standard', secret: (body as { secret: string }).secret });

  const options = {
    cwd: folder,
    environment: { CARILLON_SERVER: server.url, CARILLON_ADMIN_KEY: server.adminKey },
  };
  const tail = startCommand(['tail', '--tenant', 'acme', '--json'], options);
  onTestFinished(async () => {
    tail.child.kill('SIGKILL');
    await client.close();
    await server.kill();
    application.closeAllConnections();
    application.close();
    rmSync(folder, { recursive: true, force: true });
  });
  /** When tail had printed each event. */
  const seenAt = new Map<string, number>();
  let printed = '';
  tail.child.stdout?.on('data', (text: string) => {
    printed += text;
    for (const line of printed.split('\n').slice(0, -1)) {
      const { event, outcome } = JSON.parse(line) as { event: string; outcome: string };
      expect(outcome).toBe('accepted');
      if (!seenAt.has(event)) seenAt.set(event, performance.now());
    }
  });
  await tail.untilError(/watching/);
  const flags = ['--count', String(count), '--rate', '5'];
  expect(await runCommand(['trigger', 'acme', 'payment.succeeded', ...flags], options)).toMatchObject({
    code: 0,
  });
  await expect.poll(() => seenAt.size, { timeout: 20_000 }).toBe(count);
  expect([...verifiedAt.keys()].toSorted()).toEqual([...seenAt.keys()].toSorted());
  const delaysMs = [...seenAt]
    .map(([event, at]) => at - (verifiedAt.get(event) ?? NaN))
    .toSorted((a, b) => a - b);
  const medianMs = delaysMs[Math.floor(count / 2)] ?? NaN;
  process.stdout.write(
    `tail: ${Math.round(medianMs)} ms after the application, at most ${Math.round(delaysMs.at(-1) ?? NaN)} ms\n`,
  );
  // The median: this machine may stand still for one of them.
  expect(medianMs).toBeLessThan(1_000);
});
