import { expect, test } from 'vitest';
import { useFakeAdmin } from '../../../test/support/fake-admin.ts';

const admin = useFakeAdmin();

const item = (name: string, result: string, fix: string | null = null) => ({
  name,
  result,
  seen: `It answered 200 after 12 ms.\u001b[31m`,
  fix,
  durationMs: 12,
});
const check = (state: string, failed: number) => ({
  id: 'chk_1',
  endpoint: 'ep_1',
  mode: 'live',
  eventType: 'carillon.test',
  state,
  passed: 1,
  failed,
  skipped: 0,
  items:
    state === 'finished'
      ? [item('valid', 'passed'), ...(failed > 0 ? [item('unsigned', 'failed', 'Answer 401.')] : [])]
      : [],
  createdAt: '2026-01-02T03:04:05.678Z',
  finishedAt: null,
});

function answerWith(failed: number): void {
  const states = ['running', 'finished'];
  admin.answer = ({ method }) => ({
    status: method === 'POST' ? 202 : 200,
    body: check(method === 'POST' ? 'waiting' : (states.shift() ?? ''), failed),
  });
}

test('waits for the score card, prints it, and fails when something failed', async () => {
  answerWith(1);
  const { code, out } = await admin.carillon(['check', 'acme', 'ep_1', '--type', 'payment.paid']);
  expect(code).toBe(1);
  expect(out).toBe(
    'passed   valid            It answered 200 after 12 ms.\n' +
      'failed   unsigned         It answered 200 after 12 ms.\n' +
      '                          -> Answer 401.\n' +
      '\n1 passed, 1 failed, 0 skipped  chk_1, carillon.test\n',
  );
  expect(admin.asked.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['POST', '/admin/v1/tenants/acme/endpoints/ep_1/check', '{"type":"payment.paid"}'],
    ['GET', '/admin/v1/tenants/acme/endpoints/ep_1/checks/chk_1', ''],
    ['GET', '/admin/v1/tenants/acme/endpoints/ep_1/checks/chk_1', ''],
  ]);
});

test('prints the JSON of the API, and succeeds when nothing failed', async () => {
  answerWith(0);
  const { code, out } = await admin.carillon(['check', 'acme', 'ep_1', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(check('finished', 0));
});
