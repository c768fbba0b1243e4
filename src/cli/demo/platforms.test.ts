// The demo's receivers: each accepts the server's deliveries and refuses changed ones.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, startApp } from '#app/server.ts';
import { readConfig } from '#config.ts';
import { systemClock } from '#lib/clock.ts';
import { createClient } from '../client.ts';
import type { DemoPlatform, ReceivedRequest, Verify } from './platform.ts';
import { demoPlatforms } from './platforms.ts';
import { enroll, publishSample } from './tenants.ts';

const folder = mkdtempSync(join(tmpdir(), 'carillon-demo-test-'));
const arrived = new Map<string, ReceivedRequest[]>();
let app: App;
let receiver: Server;
let origin: string;

beforeAll(async () => {
  const settings = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
    CARILLON_ALLOW_TARGETS: '127.0.0.0/8',
    LOG_LEVEL: 'silent',
    LOG_FORMAT: 'json',
  };
  app = await startApp(readConfig({}, settings));
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = (request.url ?? '').slice(1);
      const received = {
        headers: request.headers,
        payload: Buffer.concat(chunks),
        receivedAt: systemClock.now(),
      };
      arrived.set(name, [...(arrived.get(name) ?? []), received]);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await app.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Registers as the platform's client and publishes its samples. */
async function play(
  platform: DemoPlatform,
): Promise<{ verify: Verify; requests: readonly ReceivedRequest[] }> {
  const client = createClient(app);
  const hookUrl = `${origin}/${platform.name}`;
  const verify = await enroll(client, platform, { hookUrl, clock: systemClock });
  for (const { type } of platform.samples) await publishSample(client, platform, type);
  await expect.poll(() => arrived.get(platform.name)?.length).toBe(platform.samples.length);
  return { verify, requests: arrived.get(platform.name) ?? [] };
}

describe.each(demoPlatforms)('$name', (platform) => {
  test('verifies what arrives, and refuses what was changed, unsigned or signed for another event', async () => {
    const { verify, requests } = await play(platform);
    const parsed = requests.map(({ payload }) => JSON.parse(Buffer.from(payload).toString('utf8')));
    const types = platform.samples.map(({ type }) => type);
    const received = new Set(parsed.map((delivered) => platform.typeOf(delivered)));
    expect(received).toEqual(new Set(types));
    for (const request of requests) {
      expect(verify(request)).toBeNull();
      const payload = Uint8Array.from(request.payload);
      payload[payload.length - 3] = (payload.at(-3) ?? 0) ^ 1;
      expect(verify({ ...request, payload })).toMatch(/./);
      expect(verify({ ...request, headers: {} })).toMatch(/./);
      for (const other of requests.filter((one) => one !== request)) {
        expect(verify({ ...request, payload: other.payload })).toMatch(/./);
      }
    }
    // The receiver distinguishes its events by type.
    expect(new Set(types).size).toBe(types.length);
  });
});
