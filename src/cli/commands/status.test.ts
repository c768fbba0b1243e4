import { expect, test } from 'vitest';
import type { Server } from '#contract/server.ts';
import { useFakeAdmin } from '../../../test/support/fake-admin.ts';

const admin = useFakeAdmin();
const startedAt = '2026-01-02T03:04:05.678Z';
const server: Server = {
  version: '0.1.0',
  node: '24.11.1',
  paused: false,
  troubles: [],
  processes: [
    { own: true, role: 'api', version: '0.1.0', host: 'here', pid: 11, startedAt },
    { own: false, role: null, version: null, host: null, pid: null, startedAt },
  ],
  database: {
    kind: 'postgres',
    name: 'postgres://db.example:5432/carillon',
    version: '18.4',
    schema: 26,
    sizeBytes: 8_388_608,
  },
  settings: [
    { name: 'PORT', value: '80', given: true, secret: false, default: '8480', meaning: 'port' },
    {
      name: 'HOST',
      value: '127.0.0.1',
      given: false,
      secret: false,
      default: '127.0.0.1',
      meaning: 'address',
    },
    { name: 'CARILLON_ADMIN_KEY', value: 'set', given: true, secret: true, default: '', meaning: 'key' },
  ],
};

test('the server, its database and its processes, also those that the database does not name', async () => {
  admin.answer = () => ({ status: 200, body: server });
  const { code, out } = await admin.carillon(['status']);
  expect(code).toBe(0);
  expect(admin.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /admin/v1/server']);
  expect(out).toMatch(/state +ready/);
  expect(out).toMatch(/database +postgres:\/\/db.example:5432\/carillon, postgres 18.4/);
  expect(out).toMatch(/size +8.0 MiB/);
  expect(out).toMatch(/here:11 \(answers\) +api +0.1.0/);
  expect(out).toMatch(/not known +- +-/);
  admin.answer = () => ({ status: 200, body: { ...server, troubles: ['the disk is full'] } });
  expect((await admin.carillon(['status'])).out).toMatch(/state +not ready: the disk is full/);
});

test('the settings that are not the default, and all; the JSON is that of the admin API', async () => {
  admin.answer = () => ({ status: 200, body: server });
  const given = (await admin.carillon(['status', '--settings'])).out;
  expect(given).toMatch(/PORT +80 +8480/);
  expect(given).toMatch(/CARILLON_ADMIN_KEY +set +-/);
  expect(given).not.toContain('HOST');
  expect((await admin.carillon(['status', '--all'])).out).toContain('HOST');
  expect(JSON.parse((await admin.carillon(['status', '--json'])).out)).toEqual(server);
});
