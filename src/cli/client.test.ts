// The calls of the client are typed by the contract: what the server would refuse does not compile. `tsc` checks the
// expected errors.
import { expect, test } from 'vitest';
import type { AdminClient } from './client.ts';

const params = { tenant: 'acme', id: 'ep_1' };

/** Never called. */
function wrongCalls({ call }: Pick<AdminClient, 'call'>) {
  return [
    // @ts-expect-error: there is no such operation
    call('changeEndpoints', { params }),
    // @ts-expect-error: the path needs an id
    call('getEndpoint', { params: { tenant: 'acme' } }),
    // @ts-expect-error: `url` is a string
    call('changeEndpoint', { params, body: { url: 7 } }),
    // @ts-expect-error: `enabled` is not in this body
    call('changeEndpoint', { params, body: { enabled: true } }),
    // @ts-expect-error: metadata has strings only
    call('changeTenant', { params: { tenant: 'acme' }, body: { metadata: { seats: 7 } } }),
    // @ts-expect-error: a body is missing
    call('createTenant', {}),
    // @ts-expect-error: `name` is missing
    call('createTenant', { body: { dialect: 'standard' } }),
    // @ts-expect-error: this operation has no body
    call('removeEndpoint', { params, body: {} }),
    // @ts-expect-error: `state` is one of five
    call('listDeliveries', { params: { tenant: 'acme' }, query: { state: 'lost' } }),
    // @ts-expect-error: an endpoint has no `urls`
    call('getEndpoint', { params }).then(({ urls }) => String(urls)),
  ];
}

test('wrong calls do not compile', () => {
  expect(wrongCalls).toBeTypeOf('function');
});

test('right calls compile', async () => {
  const asked: unknown[] = [];
  const client = {
    call: (...args: unknown[]) => Promise.resolve(asked.push(args)),
  } as unknown as AdminClient;
  await client.call('listTenants', {});
  await client.call('rotateSecret', { params, body: { overlapSeconds: undefined } });
  await client.call('changeEndpoint', { params, body: { metadata: { team: 'a' } } });
  expect(asked).toHaveLength(3);
});
