import { expect, test } from 'vitest';
import { hasPassword, hostsMax, splitHosts } from './postgres-url.ts';

test('a URL with one host stays as it is', () => {
  for (const url of [
    'postgres://u:p@db.internal/carillon?sslmode=verify-full',
    'postgres://u:p@[::1]:5433/carillon',
    'postgres://u@/carillon?host=/var/run/postgresql&port=5433',
    'postgres://u@%2Fvar%2Frun%2Fpostgresql:5433/carillon',
  ]) {
    expect(splitHosts(url)).toEqual({ urls: [url], isAsked: false });
  }
  const demanding = 'postgres://u:p@db/x?target_session_attrs=read-write';
  expect(splitHosts(demanding)).toEqual({ urls: [demanding], isAsked: true });
});

test('a URL with several hosts is one for each, with all else', () => {
  expect(splitHosts('postgres://u:p%40,x@a:5432,b,[::1]:5433/db?sslmode=verify-full')).toEqual({
    urls: [
      'postgres://u:p%40,x@a:5432/db?sslmode=verify-full',
      'postgres://u:p%40,x@b/db?sslmode=verify-full',
      'postgres://u:p%40,x@[::1]:5433/db?sslmode=verify-full',
    ],
    isAsked: true,
  });
  expect(splitHosts('postgresql://a,b').urls).toEqual(['postgresql://a', 'postgresql://b']);
});

test('hosts and ports may be in the query', () => {
  expect(splitHosts('postgres://u@/db?host=a,b&port=1,2').urls).toEqual([
    'postgres://u@/db?host=a&port=1',
    'postgres://u@/db?host=b&port=2',
  ]);
  expect(splitHosts('postgres://u@a,b/db?port=6432').urls).toEqual([
    'postgres://u@a/db?port=6432',
    'postgres://u@b/db?port=6432',
  ]);
});

test.each([
  ['postgres://u:secret@a,,b/db', /empty name/],
  ['postgres://u:secret@a,b/db?port=1,2,3', /one port for all hosts, or one for each of 2/],
  ['postgres://u:secret@a/db?port=1,2', /one for each of 1/],
  ['postgres://u:secret@a,b/db?target_session_attrs=standby', /read-write or primary/],
  ['postgres://u:secret@a,b/db?target_session_attrs=any', /read-write or primary/],
  [`postgres://u:secret@${'a,'.repeat(hostsMax)}a/db`, /more than 16 hosts/],
])('%s is refused, without its password', (url, message) => {
  expect(() => splitHosts(url)).toThrow(message);
  expect(() => splitHosts(url)).not.toThrow(/secret/);
});

test('hasPassword finds passwords in every form of URL', () => {
  for (const url of [
    'postgres://u:p@h/db',
    'postgres://u:p@a:5432,b:5432/db',
    'postgres://u@a,b/db?x=1&password=p',
    'postgres://:p@h/db',
  ]) {
    expect(hasPassword(url), url).toBe(true);
  }
  for (const url of ['postgres://u@h:5432/db', 'postgres://a:5432,b:5432/db', 'sqlite:./x:y@z']) {
    expect(hasPassword(url), url).toBe(false);
  }
});
