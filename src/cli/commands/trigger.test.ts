import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Asked, pageOf, problem, useFakeAdmin } from '../../../test/support/fake-admin.ts';

const admin = useFakeAdmin();

const event = {
  id: 'evt_1',
  type: 'payment.succeeded',
  mode: 'live',
  deliveries: 2,
  filtered: 0,
  unsent: null,
  createdAt: 'now',
};
const delivery = (endpoint: string, state: string, lastStatus: number | null) => ({
  id: `dlv_${endpoint}`,
  endpoint,
  event: 'evt_1',
  eventType: 'payment.succeeded',
  state,
  attemptCount: lastStatus === null ? 0 : 1,
  lastStatus,
  lastError: null,
  dueAt: null,
});

let deliveries: object[] = [];
let examples: object[] = [];

beforeEach(() => {
  examples = [{ amount: '1.00', items: [{ id: 1 }, { id: 2 }] }];
  deliveries = [delivery('ep_1', 'delivered', 200)];
  admin.answer = answer;
});
afterEach(() => {
  admin.asked = [];
});

function answer({ method, url }: Asked) {
  if (method === 'POST') return { status: 202, body: event };
  if (url.includes('/event-types/')) {
    return examples.length > 0 ? { status: 200, body: { examples } } : problem(404, 'event_type_not_found');
  }
  if (url.includes('/event-types')) return pageOf([{ name: 'own.type', examples }]);
  if (url.includes('/deliveries')) return pageOf(deliveries);
  return { status: 200, body: { dialect: 'standard' } };
}

const published = () =>
  admin.asked.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));

test('the example of the catalogue, with changes', async () => {
  const { code, out, error } = await admin.carillon([
    'trigger',
    'acme',
    'payment.succeeded',
    '--mode',
    'test',
    '--override',
    'amount="500.00"',
    '--override',
    'items.1.id=7',
    '--add',
    'items.2={"id":3}',
    '--add',
    '__proto__=x',
    '--remove',
    'items.0',
  ]);
  expect([code, error]).toEqual([0, '']);
  expect(out).toBe('published evt_1  payment.succeeded  live  deliveries: 2\n');
  expect(admin.asked.at(-1)?.body).toContain('"__proto__": "x"');
  expect(published()).toMatchObject([
    { type: 'payment.succeeded', mode: 'test', payload: { amount: '500.00', items: [{ id: 7 }, { id: 3 }] } },
  ]);
});

test('the sample of the dialect, where the catalogue has none; and none at all', async () => {
  examples = [];
  await admin.carillon(['trigger', 'acme', 'payment.succeeded']);
  expect(published()[0].payload).toMatchObject({ id: 'pay_8Kq2mXw4Zt', amount: '129.90' });
  const { code, error } = await admin.carillon(['trigger', 'acme', 'none.such']);
  expect([code, error]).toEqual([
    1,
    expect.stringContaining('there is no example of the event type "none.such"'),
  ]);
});

test.each([
  ['--override', 'other=1', 'there is no such member; add it with --add'],
  ['--add', 'amount=1', 'it is there already; change it with --override'],
  ['--remove', 'items.2', 'there is no such member'],
  ['--override', 'amount.deep=1', 'there is no object or list there'],
  ['--override', 'items.x=1', 'a list has places from 0 to 1'],
])('%s %s: %s', async (flag, value, why) => {
  const { code, error } = await admin.carillon(['trigger', 'acme', 'payment.succeeded', flag, value]);
  expect([code, error]).toEqual([2, expect.stringContaining(why)]);
  expect(published()).toEqual([]);
});

test('a file is published as it is written; what is no JSON is refused', async () => {
  const file = admin.write('payload.json', '{"amount": 1.10, "big": 12345678901234567890}\n');
  await admin.carillon(['trigger', 'acme', 'any.type', '--file', file]);
  expect(admin.asked.at(-1)?.body).toContain('"payload":{"amount": 1.10, "big": 12345678901234567890}}');
  const wrong = await admin.carillon(['trigger', 'acme', 'any.type', '--file', '-'], {
    input: '{',
    environment: {
      CARILLON_SERVER: admin.origin,
      CARILLON_ADMIN_KEY: 'cak_01234567890123456789',
    },
  });
  expect([wrong.code, wrong.error]).toEqual([2, expect.stringContaining('not valid JSON')]);
});

test('the payload is edited in EDITOR; an editor that fails publishes nothing', async () => {
  const environment = { CARILLON_SERVER: admin.origin, CARILLON_ADMIN_KEY: 'cak_01234567890123456789' };
  const edit = (editor: string) =>
    admin.carillon(['trigger', 'acme', 'payment.succeeded', '--edit'], {
      environment: { ...environment, EDITOR: editor },
    });
  expect((await edit(`sed -i 's/1[.]00/9.99/'`)).code).toBe(0);
  expect(published()[0].payload.amount).toBe('9.99');
  expect(await edit('false')).toMatchObject({
    code: 1,
    error: expect.stringContaining('its text is not used'),
  });
  expect((await edit('')).error).toContain('there is no editor');
  expect(published()).toHaveLength(1);
});

test('--count at a --rate', async () => {
  const start = performance.now();
  const { out } = await admin.carillon([
    'trigger',
    'acme',
    'payment.succeeded',
    '--count',
    '3',
    '--rate',
    '20',
  ]);
  expect(out.split('\n').filter(Boolean)).toHaveLength(3);
  expect(performance.now() - start).toBeGreaterThanOrEqual(99);
});

test('--wait prints the answers, and fails when one failed', async () => {
  const all = ['trigger', 'acme', 'payment.succeeded', '--wait', '--timeout', '1'];
  const good = await admin.carillon(all);
  expect([good.code, good.out]).toEqual([
    0,
    'published evt_1  payment.succeeded  live  deliveries: 2\n  ep_1  delivered  200  dlv_ep_1\n',
  ]);
  deliveries = [
    delivery('ep_1', 'pending', 500),
    delivery('ep_2', 'held', null),
    delivery('ep_3', 'pending', null),
  ];
  const bad = await admin.carillon(all);
  expect(bad.code).toBe(1);
  expect(bad.out).toContain('  ep_1  failed     500  dlv_ep_1\n  ep_2  held       the endpoint is disabled');
  expect(bad.out).toContain('ep_3  pending    no answer yet');
});

test('--list names the types with examples of the catalogue and of the dialect', async () => {
  const { out } = await admin.carillon(['trigger', 'acme', '--list']);
  expect(out).toMatch(/^carillon[.]test +\{"message":"This is a test event[.]"\}$/m);
  expect(out).toMatch(/^own[.]type +\{"amount":"1[.]00"/m);
  const usage = await admin.carillon(['trigger', 'acme']);
  expect([usage.code, usage.error]).toEqual([2, expect.stringContaining('give an event type')]);
});

test('events resend redelivers to each endpoint, or to one', async () => {
  deliveries = [delivery('ep_1', 'delivered', 200), delivery('ep_2', 'exhausted', 500)];
  admin.answer = (asked) => {
    if (asked.method === 'POST') {
      return asked.url.includes('dlv_ep_1')
        ? { status: 200, body: delivery('ep_1', 'pending', 200) }
        : problem(409, 'redelivery_limit_reached');
    }
    return asked.url.includes('/events/') ? { status: 200, body: event } : answer(asked);
  };
  const { code, out, error } = await admin.carillon(['events', 'resend', 'acme', 'evt_1']);
  expect([code, out]).toEqual([1, 'redelivering dlv_ep_1  ep_1  payment.succeeded\n']);
  expect(error).toContain('dlv_ep_2 to ep_2: redelivery_limit_reached');
  deliveries = [];
  const none = await admin.carillon(['events', 'resend', 'acme', 'evt_1', '--endpoint', 'ep_9']);
  expect([none.code, none.error]).toEqual([1, expect.stringContaining('not to the endpoint ep_9')]);
  expect(admin.asked.at(-1)?.url).toContain('endpoint=ep_9');
});
