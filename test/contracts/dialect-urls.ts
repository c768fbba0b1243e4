// URLs that no delivery could reach are refused on every wire, before anything is stored.
import { describe, expect, test } from 'vitest';
import type { DialectClient, OperationName } from './dialect-client.ts';
import { publicHost, type World } from './dialect-world.ts';

/** The server of these tests may reach loopback addresses. */
const urls = [
  `http://${publicHost}/hook`,
  `https://${publicHost}:444/hook`,
  'http://93.184.216.34/hook',
  'https://*.example.com/hook',
  'https://shop.example:0/hook',
  'https://xn--/hook',
  'https://10.0.0.1/hook',
  'https://shop.example/hook#part',
];

export function describeUrls(world: World, client: DialectClient): void {
  const { roles, bodies, urlMember, invalid } = client;
  const operations = [roles.create, roles.upsert, roles.change].filter(
    (operation): operation is OperationName => operation !== null && takesUrl(operation),
  );

  function takesUrl(operation: OperationName): boolean {
    const body = bodies[operation]?.({ tenant: 't', now: 0, url: 'https://shop.example/', id: 'i' });
    return JSON.stringify(body).includes(`"${urlMember}"`);
  }

  describe.each(operations)('a URL in %s', (operation) => {
    test.each(urls)('%s is refused', async (url) => {
      const tenant = await world.openTenant();
      const id = operation === roles.change ? client.idOf(await world.create(tenant)) : undefined;
      const before = await world.snapshot(tenant);
      const right = world.write(tenant, operation, id === undefined ? {} : { id });
      const body = Buffer.from(JSON.stringify(withUrl(JSON.parse(String(right.body)), url)));
      const answer = await world.ask(tenant, tenant.live, operation, {
        body,
        ...(id === undefined ? {} : { id }),
      });
      expect(answer.status).toBe(invalid);
      if (url.includes(publicHost)) expect(JSON.stringify(answer.body)).toContain('CARILLON_ALLOW_TARGETS');
      expect(await world.snapshot(tenant)).toBe(before);
    });
  });

  /** The body with this URL, wherever it stands. */
  function withUrl(value: unknown, url: string): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, name === urlMember ? url : withUrl(member, url)]),
    );
  }
}
