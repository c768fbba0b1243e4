import { expect, test } from 'vitest';
import { listRoutes } from './serve.ts';

test('a start names what answers: of a worker, no API', () => {
  const own = { metrics: 'http://h/metrics', readiness: 'http://h/readyz' };
  const apis = {
    console: 'http://h/console/',
    adminApi: 'http://h/admin/v1',
    openapi: 'http://h/openapi.json',
  };
  expect(listRoutes('all', 'http://h')).toEqual({ ...apis, ...own });
  expect(listRoutes('api', 'http://h')).toEqual({ ...apis, ...own });
  expect(listRoutes('worker', 'http://h')).toEqual(own);
});
