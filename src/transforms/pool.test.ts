import { expect, onTestFinished, test } from 'vitest';
import type { TenantId } from '#core/tenant.ts';
import type { TransformResult } from '#core/transform.ts';
import { createTransforms } from './pool.ts';

const acme = 'acme' as TenantId;
const occurredAt = Date.UTC(2026, 0, 1, 12);

function openPool(threadsMax = 2) {
  const transforms = createTransforms({ threadsMax });
  onTestFinished(() => transforms.close());
  const run = (source: string, payload = '{"amount":5}', tenant = acme): Promise<TransformResult> =>
    transforms.run({ tenant, source, event: eventWith(payload) });
  return { ...transforms, run };
}

function eventWith(payload: string) {
  return {
    id: 'evt_1',
    type: 'payment.paid',
    mode: 'live' as const,
    occurredAt,
    orderingKey: null,
    metadata: { plan: 'gold' },
    payload: Buffer.from(payload),
  };
}

/** The payload as text, or what else became of the call. */
function tell(result: TransformResult): string {
  switch (result.kind) {
    case 'returned':
      return Buffer.from(result.content.payload).toString();
    case 'failed':
      return `failed: ${result.problem.message}`;
    default:
      return result.kind;
  }
}

test('a function gets the event and returns a payload', async () => {
  const { run } = openPool();
  const whole = await run('(event) => event');
  expect(JSON.parse(tell(whole))).toEqual({
    id: 'evt_1',
    type: 'payment.paid',
    mode: 'live',
    occurredAt: '2026-01-01T12:00:00.000Z',
    orderingKey: null,
    metadata: { plan: 'gold' },
    payload: { amount: 5 },
  });
  expect(tell(await run('({ payload }) => ({ ...payload, amount: payload.amount * 2 })'))).toBe(
    '{"amount":10}',
  );
  expect(tell(await run('() => null'))).toBe('canceled');
  expect(tell(await run('const double = (n) => n * 2; (event) => double(event.payload.amount);'))).toBe('10');
});

test('headers and a path stand beside a payload', async () => {
  const { run } = openPool();
  const result = await run('(event) => ({ payload: [1], headers: { "X-A": "b" }, path: "/x?y=1" })');
  expect(result).toMatchObject({ content: { headers: { 'X-A': 'b' }, path: '/x?y=1' } });
  expect(tell(result)).toBe('[1]');
  expect(tell(await run('() => ({ payload: 1, other: 2 })'))).toBe('{"payload":1,"other":2}');
  expect(tell(await run('() => ({ payload: null, headers: {} })'))).toBe('canceled');
  expect(tell(await run('() => ({ payload: 1, headers: { a: 1 } })'))).toBe(
    'failed: headers: must be an object of texts',
  );
  expect(tell(await run('() => ({ payload: 1, path: 1 })'))).toBe('failed: path: must be a text');
});

test('a payload that is not changed keeps its text', async () => {
  const { run } = openPool();
  const text = '{ "amount": 129.90, "id": 12345678901234567890 }';
  expect(tell(await run('(event) => event.payload', text))).toBe(text);
  expect(tell(await run('({ payload }) => ({ payload, headers: {} })', text))).toBe(text);
  // Numbers are doubles to the function.
  expect(tell(await run('({ payload }) => [payload.amount, payload.id]', text))).toBe(
    '[129.9,12345678901234567000]',
  );
});

test('a function has no clock, no randomness and no time zone', async () => {
  const { run } = openPool();
  const source = `() => [
    Date.now(), new Date(), new Date(0).getHours(), new Date(0).getTimezoneOffset(),
    String(new Date(2026, 6, 1)), new Date('2026-07-01 00:00').toISOString(),
  ]`;
  const iso = new Date(occurredAt).toISOString();
  const midsummer = '2026-07-01T00:00:00.000Z';
  expect(JSON.parse(tell(await run(source)))).toEqual([
    occurredAt,
    iso,
    0,
    0,
    'Wed Jul 01 2026 00:00:00 GMT+0000',
    midsummer,
  ]);
  expect(tell(await run('() => Math.random()'))).toMatch(/^failed: Error: Math.random is not there/);
  const names = ['process', 'require', 'fetch', 'setTimeout', 'performance', 'console', 'std', 'os'];
  for (const name of names) expect(tell(await run(`() => typeof ${name}`)), name).toBe('"undefined"');
  expect(tell(await run('() => import("node:fs")'))).toMatch(/^failed: it returned a promise/);
});

test('calls see nothing of each other', async () => {
  const { run } = openPool(1);
  const source = `globalThis.count = (globalThis.count ?? 0) + 1;
    Object.prototype.polluted = 'yes';
    Array.prototype.map = () => 'mine';
    JSON.stringify = () => '"forged"';
    (event) => [count, ({}).polluted]`;
  for (const _ of [1, 2, 3]) expect(tell(await run(source))).toBe('[1,"yes"]');
  expect(tell(await run('() => [[1].map((n) => n + 1), ({}).polluted ?? null]'))).toBe('[[2],null]');
});

test.each([
  ['(event) => {\n  retur event }', 2, "SyntaxError: expecting ';'"],
  ['(event) => {', 1, 'SyntaxError: '],
  ['{ "a": 1 ', 1, 'SyntaxError: '],
  ['42', null, 'its last expression must be a function'],
  ['function transform(event) { return event }', null, 'its last expression must be a function'],
  ['', null, 'its last expression must be a function'],
  ['throw new Error("at once")', 1, 'Error: at once'],
  ['for (;;) {}', null, 'it was stopped'],
])('the source %j is refused', async (source, line, message) => {
  const problem = await openPool().check(acme, source);
  expect(problem).toMatchObject({ line });
  expect(problem).toMatchObject({ message: expect.stringContaining(message) });
});

test('a source with a function is accepted', async () => {
  const pool = openPool();
  expect(await pool.check(acme, '(event) => event.payload')).toBeNull();
  expect(await pool.check(acme, 'const a = 1;\n(function (event) { return a })')).toBeNull();
});

test('an error names its place', async () => {
  const result = await openPool().run('(event) => {\n  return event.payload.items.length;\n}');
  expect(result).toMatchObject({
    kind: 'failed',
    problem: { message: "TypeError: cannot read property 'length' of undefined", line: 2 },
  });
});

const tooLong = /^failed: it was stopped/;
const hostile: readonly [name: string, source: string, ending: RegExp][] = [
  ['loops', '() => { for (;;); }', tooLong],
  ['recurses', '() => { const f = () => f() + 1; return f(); }', /^failed: .*stack/],
  ['recurses in JSON.parse', '() => JSON.parse("[".repeat(1e6))', /^failed: /],
  ['recurses in eval', '() => eval("(".repeat(1e5) + "1")', /^failed: /],
  ['nests its result', '() => { let a = []; for (let i = 0; i < 1e4; i++) a = [a]; return a; }', /./],
  ['allocates', '() => { const a = []; for (;;) a.push("x".repeat(1e4) + a.length); }', /^failed: /],
  ['grows a text', '() => { let s = "x"; for (;;) s += s; }', /^failed: /],
  ['returns too much', '() => "x".repeat(3e6)', /^failed: it returned more than/],
  ['returns 2 MB of numbers', '() => Array(3e5).fill(123456789)', /^failed: /],
  ['multiplies', '() => { let x = 3n ** 100000n; for (;;) x = x * x; }', /^failed: /],
  ['has a catastrophic regex', '() => /^(a+)+$/.test("a".repeat(40) + "b")', tooLong],
  ['has a deep regex', '() => /(?:a|b)*c/.test("ab".repeat(1e6))', /^failed: /],
  ['throws null', '() => { throw null; }', /^failed: it threw null$/],
  ['throws a text', '() => { throw "no"; }', /^failed: it threw no$/],
  ['throws what throws', '() => { throw { toString() { throw 1; } }; }', /^failed: it threw what cannot/],
  ['throws what loops', '() => { throw { toString() { for (;;); } }; }', tooLong],
  [
    'throws an error that loops',
    '() => { throw Object.defineProperty(new Error(), "message", { get() { for (;;); } }); }',
    tooLong,
  ],
  ['throws a long text', '() => { throw new Error("x".repeat(1e6)); }', /^failed: Error: x{400}$/],
  ['returns a function', '() => () => 1', /^failed: TypeError: the result is a function/],
  ['returns a symbol', '() => ({ a: Symbol("a") })', /^failed: TypeError: a is a symbol/],
  ['returns a BigInt', '() => ({ a: 1n })', /^failed: TypeError: /],
  ['returns NaN', '() => ({ amount: NaN })', /^failed: TypeError: amount is NaN/],
  ['returns nothing', '() => {}', /^failed: it returned undefined/],
  ['returns a promise', 'async () => 1', /^failed: it returned a promise/],
  ['returns a cycle', '() => { const a = {}; a.a = a; return a; }', /^failed: TypeError: circular/],
  ['returns a getter that loops', '() => ({ get a() { for (;;); } })', tooLong],
  ['returns a getter that throws', '() => ({ get a() { throw new Error("x"); } })', /^failed: Error: x/],
  ['returns a proxy', '() => new Proxy({}, { ownKeys() { for (;;); } })', tooLong],
  ['has a toJSON that loops', '() => ({ toJSON() { for (;;); } })', tooLong],
  ['returns __proto__', '() => JSON.parse(\'{"__proto__":{"a":1}}\')', /^\{"__proto__":\{"a":1\}\}$/],
  ['catches its end', '() => { for (;;) { try { for (;;); } catch {} } }', tooLong],
  ['ends late', '() => { try { for (;;); } finally { for (;;); } }', tooLong],
  [
    'sorts what is slow to compare',
    '() => { const a = Array.from({ length: 5e4 }, (_, i) => i * 7919 % 100003); for (;;) a.sort().reverse(); }',
    tooLong,
  ],
  ['never asks for the time', '() => { for (;;) "a".repeat(1e6).indexOf("b"); }', tooLong],
  ['breaks Object.prototype', '() => { Object.prototype.toJSON = () => 1; return {}; }', /^1$/],
  [
    'replaces the constructor',
    '() => { Error.prototype.name = { toString() { throw 1; } }; x; }',
    /^failed: /,
  ],
];

test.each(hostile)(
  'a function that %s hurts itself alone',
  { timeout: 20_000 },
  async (_, source, ending) => {
    const { run } = openPool();
    const other = 'other' as TenantId;
    const results = [run(source), run(source), run('() => 1', '{}', other), run('() => 2', '{}', other)];
    const [first = '', second, ...others] = (await Promise.all(results)).map(tell);
    expect(first).toMatch(ending);
    expect(second).toMatch(ending);
    expect(others).toEqual(['1', '2']);
    expect(tell(await run('() => 3'))).toBe('3');
  },
);
