// The headers of a delivery leave in the spelling that the platform documents. Read from the socket as bytes: a
// server that parses HTTP may lower the case, while some receivers look a name up exactly (`getallheaders()` in PHP).
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { DialectClient } from './dialect-client.ts';
import { toBytes } from './dialect-wire.ts';
import type { World } from './dialect-world.ts';

/** Headers that the sender writes itself, in the order in which it writes them. */
const before = ['Host', 'User-Agent', 'Accept', 'Accept-Encoding'];
const after = ['Content-Length'];

export function describeHeaders(world: World, client: DialectClient): void {
  test('the headers of a delivery have the documented spelling on the socket', async () => {
    const { harness } = world;
    const heads = await startHeadReceiver();
    const tenant = await world.openTenant();
    if (client.setSecret !== undefined) await world.ask(tenant, tenant.live, client.setSecret);
    const id = client.newId?.() ?? client.unknownId;
    const scene = { tenant: tenant.id, now: harness.clock.now(), url: heads.url, id };
    const body = toBytes(client.bodies[client.roles.create]?.(scene) ?? {});
    const created = await world.ask(tenant, tenant.live, client.roles.create, { body, newId: id });
    expect(created.status, JSON.stringify(created.body)).toBe(client.created);
    const [sample] = world.dialect.events.samples;
    await harness.admin('POST', `/tenants/${tenant.id}/events`, sample);
    await harness.turn();
    const [head = ''] = heads.received;
    await heads.close();
    const names = head
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(':')));
    expect(names).toEqual([...before, ...client.deliveryHeaders, ...after]);
  });
}

/** Accepts every request; records its head as it came, in latin1. */
async function startHeadReceiver() {
  const received: string[] = [];
  const server = createServer((socket) => {
    let bytes = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1');
      const end = bytes.indexOf('\r\n\r\n');
      const length = Number(/^content-length: (\d+)/im.exec(bytes.slice(0, Math.max(end, 0)))?.[1] ?? 0);
      if (end === -1 || bytes.length < end + 4 + length) return;
      received.push(bytes.slice(0, end));
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/head`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
