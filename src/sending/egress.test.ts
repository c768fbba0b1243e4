import { describe, expect, test } from 'vitest';
import { createEgress, readProxies, readProxy } from './egress.ts';
import { createExemptions, splitNoProxy } from './no-proxy.ts';

const messageOf = (act: () => unknown): string => {
  try {
    act();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('readProxy', () => {
  test.each([
    ['http://proxy.internal:3128', { isTls: false, host: 'proxy.internal', port: 3128, authorization: null }],
    ['https://10.0.0.1', { isTls: true, host: '10.0.0.1', port: 443 }],
    ['http://[fd00::1]/', { isTls: false, host: 'fd00::1', port: 80 }],
    ['http://user:p%40ss%2C@a:1', { authorization: `Basic ${Buffer.from('user:p@ss,').toString('base64')}` }],
    ['http://token@a:1', { authorization: `Basic ${Buffer.from('token:').toString('base64')}` }],
  ])('%s', (text, expected) => {
    expect(readProxy(text)).toMatchObject(expected);
  });

  test.each([
    'socks5://user:hunter2@proxy:1080',
    'proxy:3128',
    'http://user:hunter2@proxy:3128/path',
    'http://user:hunter2@proxy:3128?a=b',
    'http://user:hunter2@proxy:99999',
    'http://user:hunter2%zz@proxy:1',
  ])('%s is refused, and quoted nowhere', (text) => {
    expect(messageOf(() => readProxy(text))).toMatch(/^must (be the URL of an HTTP proxy|have a user)/);
    expect(messageOf(() => readProxy(text))).not.toMatch(/hunter2/);
  });
});

describe('readProxies', () => {
  test('names them, separated by commas or spaces', () => {
    const proxies = readProxies('eu=http://a:1, us-2=https://b:2\nap=http://u:p@c:3');
    expect(proxies.map(({ name, host }) => [name, host])).toEqual([
      ['eu', 'a'],
      ['us-2', 'b'],
      ['ap', 'c'],
    ]);
    expect(readProxies('')).toEqual([]);
  });

  test.each([
    ['http://user:hunter2@a:1', /must be name=http/],
    ['EU=http://user:hunter2@a:1', /must be name=http/],
    ['eu=http://user:hunter2@a:1/x', /must be the URL/],
    ['direct=http://a:1', /must not name a proxy "direct"/],
    ['default=http://a:1', /must not name a proxy "default"/],
    ['eu=http://a:1,eu=http://b:1', /"eu" is there twice/],
    [Array.from({ length: 51 }, (_, index) => `p${index}=http://a:1`).join(), /at most 50/],
  ])('%s is refused', (text, message) => {
    expect(messageOf(() => readProxies(text))).toMatch(message);
    expect(messageOf(() => readProxies(text))).not.toMatch(/hunter2/);
  });
});

test('a name, none, or the default unless the host is exempt', () => {
  const proxy = readProxy('http://a:1');
  const [eu] = readProxies('eu=http://b:1');
  const find = createEgress({ proxy, proxies: eu === undefined ? [] : [eu], exempt: ['shop.example'] });
  const shop = { isTls: true, host: 'shop.example', port: 443 };
  const bank = { isTls: true, host: 'bank.example', port: 443 };
  expect([find(bank, null), find(shop, null)]).toEqual([proxy, null]);
  expect([find(bank, 'eu'), find(shop, 'eu'), find(bank, 'direct')]).toEqual([eu, eu, null]);
  expect(find(bank, 'us')).toBe('unknown');
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'anything.example', true],
    ['', 'anything.example', false],
    ['example.com', 'example.com', true],
    ['Example.COM', 'a.example.com.', true],
    ['example.com', 'badexample.com', false],
    ['.example.com', 'example.com', false],
    ['.example.com', 'a.b.example.com', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['example.com:8443', 'example.com', false],
    ['example.com:443', 'a.example.com', true],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/8', 'ten.example', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3:443', '10.1.2.3', true],
    ['10.1.2.3:80', '10.1.2.3', false],
    ['fd00::/8', 'fd12::1', true],
    ['[fd00::1]:443', 'fd00::1', true],
    ['::1', '::1', true],
    ['example.com, 10.0.0.0/8 .internal', 'db.internal', true],
    ['10.0.0.0/99', '10.0.0.1', false],
    ['localhost', '127.0.0.1', false],
  ])('%j and %s: %s', (text, host, expected) => {
    expect(createExemptions(splitNoProxy(text))({ isTls: true, host, port: 443 })).toBe(expected);
  });
});
