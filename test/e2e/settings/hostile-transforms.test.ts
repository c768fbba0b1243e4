// Transforms that loop, allocate and break things, beside endpoints that work: on the engine of a server, in real time.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { harness, publish, receiver, register, useServer } from './world.ts';

useServer();

const hostile = [
  '() => { for (;;); }',
  '() => { const a = []; for (;;) a.push("x".repeat(1e4) + a.length); }',
  '() => { const f = () => f() + 1; return f(); }',
  '() => /^(a+)+$/.test("a".repeat(40) + "b")',
  '() => { for (;;) "a".repeat(1e6).indexOf("b"); }',
  '() => { Object.prototype.toJSON = () => { for (;;); }; return {}; }',
  '() => { throw null; }',
];

test(
  'functions that never end hurt no other endpoint and do not hold up the engine',
  { timeout: 120_000 },
  async () => {
    for (const id of ['evil', 'good']) {
      await harness.admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
    }
    await Promise.all(
      hostile.map((transform, index) =>
        register({ url: `${receiver.url}/evil${index}`, eventTypes: ['evil'], transform }, 'evil'),
      ),
    );
    await register({ url: `${receiver.url}/plain`, eventTypes: ['good'] }, 'good');
    await register(
      { url: `${receiver.url}/good`, eventTypes: ['good'], transform: '(e) => [e.payload.n]' },
      'good',
    );

    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await Promise.all([1, 2].map((n) => publish({ type: 'evil', payload: { n } }, 'evil')));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => publish({ type: 'good', payload: { n } }, 'good')),
    );
    const turning = harness.turn();
    await receiver.until(() => receiver.requests.length === 40);
    await turning;
    delay.disable();

    expect(receiver.requests.filter(({ path }) => path.startsWith('/evil'))).toEqual([]);
    const sent = receiver.requests
      .filter(({ path }) => path === '/good')
      .map(({ body }) => JSON.parse(body).data);
    expect(sent.toSorted((a, b) => a[0] - b[0])).toEqual(Array.from({ length: 20 }, (_, n) => [n]));
    const { data } = (await harness.admin('GET', '/tenants/evil/deliveries')).body;
    expect(data).toHaveLength(2 * hostile.length);
    for (const { lastError, state } of data) {
      expect([lastError, state]).toEqual(['transform_failed', 'pending']);
    }
    // The longest call takes a second: none of it was on this thread. Other work of it, and of the machine, is.
    expect(delay.percentile(90) / 1e6).toBeLessThan(50);
  },
);
