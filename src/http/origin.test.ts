import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { readConfig } from '#config.ts';
import { createOriginOf } from './origin.ts';

/** The origin of a request from `peer` with these headers. */
function originOf(
  headers: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
  peer: string | undefined = '127.0.0.1',
): string {
  const request = { headers, protocol: 'http', socket: { remoteAddress: peer } };
  return createOriginOf(readConfig({}, settings))(request as unknown as FastifyRequest);
}

const host = 'hooks.example.com';
test.each([
  ['no proxy', { host: '[::1]:80' }, 'http://[::1]:80'],
  ['one TLS proxy', { host, 'x-forwarded-proto': 'https' }, 'https://hooks.example.com'],
  ['two proxies', { host, 'x-forwarded-proto': 'https, http' }, 'https://hooks.example.com'],
  ['capital letters', { host, 'x-forwarded-proto': 'HTTPS' }, 'https://hooks.example.com'],
  [
    'a proxy that replaces Host',
    { host: 'carillon:8480', 'x-forwarded-host': `${host}, inner`, 'x-forwarded-proto': 'https' },
    'https://hooks.example.com',
  ],
  [
    'a proxy under a path',
    { host, 'x-forwarded-prefix': '/hooks/', 'x-forwarded-proto': 'https' },
    'https://hooks.example.com/hooks',
  ],
  [
    'values of another form',
    { host, 'x-forwarded-proto': 'javascript', 'x-forwarded-host': 'a b', 'x-forwarded-prefix': '//evil' },
    'http://hooks.example.com',
  ],
])('%s', (_case, headers, origin) => {
  expect(originOf(headers)).toBe(origin);
});

const forwarded = { host: 'a', 'x-forwarded-host': 'b' };
test.each([
  ['loopback,linklocal,uniquelocal', '::ffff:10.1.2.3', 'http://b'],
  ['loopback,linklocal,uniquelocal', '203.0.113.7', 'http://a'],
  ['true', '203.0.113.7', 'http://b'],
  ['1', '2001:db8::1', 'http://b'],
  ['false', '127.0.0.1', 'http://a'],
  ['0', '127.0.0.1', 'http://a'],
  ['203.0.113.7, 2001:db8::/32', '203.0.113.7', 'http://b'],
  ['203.0.113.7, 2001:db8::/32', '2001:db8::9', 'http://b'],
  ['203.0.113.7, 2001:db8::/32', '203.0.113.8', 'http://a'],
])('TRUST_PROXY=%s for a connection from %s: %s', (trusted, peer, origin) => {
  expect(originOf(forwarded, { TRUST_PROXY: trusted }, peer)).toBe(origin);
});

test.each([
  ['https://hooks.example.com', 'https://hooks.example.com'],
  ['https://example.com:8443/hooks/', 'https://example.com:8443/hooks'],
])('PUBLIC_URL=%s precedes what proxies say', (url, origin) => {
  expect(originOf(forwarded, { PUBLIC_URL: url })).toBe(origin);
});

test.each(['ftp://x', 'example.com', 'https://x/?a=b', 'https://a:b@x'])(
  'PUBLIC_URL=%s is refused',
  (url) => {
    expect(() => readConfig({}, { PUBLIC_URL: url })).toThrow('PUBLIC_URL must be an http: or https: URL');
  },
);

test.each(['everything', '10.0.0.0/33', '1.2.3'])('TRUST_PROXY=%s is refused', (text) => {
  expect(() => readConfig({}, { TRUST_PROXY: text })).toThrow('TRUST_PROXY');
});
