import { expect, test } from 'vitest';
import { describeUnknown, findUnknownSettings } from './setting-names.ts';

test.each<[string, string | null]>([
  ['CARILLON_RETENTON', 'CARILLON_RETENTION'],
  ['CARILLON_ALLOW_TARGET', 'CARILLON_ALLOW_TARGETS'],
  ['CARILLON_ADMIN_KEY_FIEL', 'CARILLON_ADMIN_KEY_FILE'],
  ['CARRILLON_ROLE', 'CARILLON_ROLE'],
  ['carillon_threads', 'CARILLON_THREADS'],
  ['CARILLON_URL', null],
  ['CARILLON_SOMETHING_ELSE', null],
])('%s is no setting; meant is %s', (name, meant) => {
  expect(findUnknownSettings({ [name]: 'x' })).toEqual([{ name, meant }]);
});

test('settings, variables of others and those of Kubernetes are left alone', () => {
  const environment = {
    CARILLON_RETENTION: '30d',
    CARILLON_ADMIN_KEY_FILE: '/key',
    CARILLON_SERVER: 'https://h',
    PATH: '/bin',
    CARLINGFORD: '',
    CARILLON_SERVICE_HOST: '10.0.0.1',
    CARILLON_SERVICE_PORT_HTTP: '8480',
    CARILLON_PORT: 'tcp://10.0.0.1:8480',
    CARILLON_PORT_8480_TCP_ADDR: '10.0.0.1',
    CARILLON_WORKER_SERVICE_PORT: '8480',
    CARILLON_RETENTIONS: undefined,
  };
  expect(findUnknownSettings(environment)).toEqual([]);
});

test('is described in a sentence', () => {
  expect(describeUnknown({ name: 'A', meant: 'B' })).toBe(
    'A is not a setting and has no effect; did you mean B?',
  );
  expect(describeUnknown({ name: 'A', meant: null })).toBe('A is not a setting and has no effect');
});
