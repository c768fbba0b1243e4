import { describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import type { Dialect } from '#dialects/dialect.ts';
import { systemRandom } from '#lib/random.ts';
import { exampleRequest } from '../../test/support/examples.ts';
import { createFindDialect } from './find-dialect.ts';

test('a path without a route belongs to the dialect with the longest common beginning', () => {
  const at = (name: string, ...paths: string[]) =>
    ({ name, operations: paths.map((path) => ({ path })), authenticate: () => ({}) }) as unknown as Dialect;
  const find = createFindDialect([
    at('chip', '/api/v1/a/', '/api/v1/a/{id}/', '/api/v1/key/'),
    at('calypso', '/api/v1/sub/hook', '/api/v1/sub/hook/create'),
    at('spread', '/one', '/two'),
  ]);
  const nameAt = (path: string) => find(exampleRequest({ path }))?.name ?? null;
  expect(nameAt('/api/v1//payment_methods/')).toBe('chip');
  expect(nameAt('/api/v1/sub/hook/other')).toBe('calypso');
  expect(nameAt('/api/v1/sub')).toBe('chip');
  expect(nameAt('/api/v2/a/')).toBeNull();
  expect(nameAt('/one/more')).toBe('spread');
  expect(nameAt('/three')).toBeNull();
  expect(nameAt('/')).toBeNull();
});

describe('among the dialects of this server', () => {
  const find = createFindDialect(dialects);
  const key = '0'.repeat(32);
  const bearer = (name: string) => {
    const dialect = dialects.find((each) => each.name === name);
    const issued = dialect?.issueCredential('live', systemRandom, 'bearer');
    return { authorization: `Bearer ${issued?.kind === 'bearer' ? issued.token : ''}` };
  };
  test.each([
    ['/api/v1/nothing', {}, 'chip'],
    ['/api/v1/nothing', bearer('chip'), 'chip'],
    ['/api/v1/nothing', { key, sign: 'x' }, 'calypso'],
    ['/api/v1/nothing', { key: 'wrong' }, 'calypso'],
    ['/api/v1/nothing', { key, ...bearer('chip') }, 'chip'],
    ['/api/v1/subscription/webhook/nothing', {}, 'calypso'],
    ['/v1/nothing', {}, 'standard'],
    ['/v1/nothing', bearer('standard'), 'standard'],
    ['/v1/nothing', bearer('spritz'), 'spritz'],
    ['/v1/nothing', { 'x-integrator-key': 'int_x', 'x-signature': 'sha256=x' }, 'spritz'],
    ['/webhook/a/b', bearer('chip'), 'diddo'],
    ['/api/v2/nothing', { key }, undefined],
  ])('%s with %j is answered in the form of %s', (path, headers, name) => {
    expect(find(exampleRequest({ path, headers }))?.name).toBe(name);
  });
});
