import { expect, test } from 'vitest';
import { createAddressRules } from './address.ts';
import { createReachCheck } from './reach.ts';
import type { Resolve } from './resolve.ts';

const names: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['93.184.216.34', '2606:2800:220:1::1'],
  'inside.example': ['10.0.0.7'],
  'both.example': ['93.184.216.34', '10.0.0.7'],
  'other-private.example': ['192.168.0.1'],
};

const asked: string[] = [];
const resolve: Resolve = (host) => {
  asked.push(host);
  const found = names[host];
  if (host === 'silent.example') return new Promise(() => {});
  if (found === undefined) return Promise.reject(new Error('ENOTFOUND'));
  return Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};
const check = createReachCheck(createAddressRules(['10.0.0.0/8']), resolve);

test.each(['http://public.example/x', 'https://public.example:444/', 'http://public.example:443/'])(
  '%s is refused: no address that it needs is there, and the sentence says what operators can set',
  async (url) => {
    expect(await check(url)).toMatch(/https on port 443 or 8443 only; .*CARILLON_ALLOW_TARGETS/);
  },
);

test.each([
  'http://inside.example/',
  'http://both.example/',
  'http://other-private.example/',
  'http://unknown.example/',
  'http://silent.example/',
])('%s may be reached, now or later', async (url) => {
  expect(await check(url)).toBeNull();
});

test('nothing is looked up that may be reached anyway', async () => {
  asked.length = 0;
  expect(await check('https://public.example/')).toBeNull();
  expect(await check('http://10.0.0.7/')).toBeNull();
  expect(asked).toEqual([]);
});
