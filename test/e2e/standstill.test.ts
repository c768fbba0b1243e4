// A process that stood still (SIGSTOP, a suspended machine, swapping) serves the whole requests that arrived meanwhile.
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/harness.ts';
import { openRawClient, type RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/server-process.ts';

/** Longer than the server waits for the headers of a request. */
const stoppedMs = 12_000;
const request = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

test(
  'after 12 s whole requests are served, on new connections and on kept ones',
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder();
    const server = await startServer(folder);
    const port = Number(new URL(server.url).port);
    const open = (count: number): Promise<RawClient[]> =>
      Promise.all(Array.from({ length: count }, () => openRawClient(port)));
    const kept = await open(30);
    for (const client of kept) client.send(request);
    for (const client of kept) expect((await client.answer()).status).toBe(200);
    const fresh = await open(60);
    process.kill(server.pid, 'SIGSTOP');
    // Their handshakes are made by the kernel.
    const late = await open(30);
    const all = [...kept, ...fresh, ...late];
    for (const client of all) client.send(request);
    await sleep(stoppedMs);
    process.kill(server.pid, 'SIGCONT');
    for (const client of all) expect((await client.answer()).status).toBe(200);
    for (const client of all) client.close();
    await server.kill();
    rmSync(folder, { recursive: true });
  },
);
