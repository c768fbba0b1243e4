import { expect, test, vi } from 'vitest';
import type { AdminClient } from '../client.ts';
import { ApiFailure } from '../client.ts';
import { Failure } from '../failure.ts';
import { publishBatch, publishOne } from './publish.ts';

const batch = [
  { json: '{"type":"a","payload":1}', place: 'line 3' },
  { json: '{"type":"b","payload":12345678901234567890}', place: 'line 7' },
];

const busy = (retryAfterMs: number | null): ApiFailure =>
  new ApiFailure('too much to do', { status: 503, problem: null, retryAfterMs });

function refusal(errors: { field: string; message: string }[]): ApiFailure {
  const problem = { type: '', title: '', status: 400, detail: 'wrong', code: 'field_invalid', errors };
  return new ApiFailure('wrong', { status: 400, problem, retryAfterMs: null });
}

/** Answers each call in turn; what is an error is thrown. */
function depsOf(...answers: readonly unknown[]) {
  const rest = [...answers];
  const bodies: unknown[] = [];
  const sleeps: number[] = [];
  const publish = (_name: string, _tenant: string, body: string): Promise<never> => {
    bodies.push(body);
    const answer = rest.shift();
    const settled = answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    return settled as Promise<never>;
  };
  const client: AdminClient = { origin: '', call: vi.fn(), publish, stream: vi.fn() };
  const clock = {
    now: () => 0,
    sleep: (ms: number) => {
      sleeps.push(ms);
      return Promise.resolve();
    },
  };
  return { deps: { client, clock, onWait: vi.fn() }, bodies, sleeps };
}

test('events are sent as their source text', async () => {
  const { deps, bodies } = depsOf({ value: { events: [] }, headers: new Headers() });
  await publishBatch(deps, 'acme', batch);
  expect(bodies).toEqual([
    '{"events":[{"type":"a","payload":1},{"type":"b","payload":12345678901234567890}]}',
  ]);
});

test('a 503 is retried after its Retry-After', async () => {
  const { deps, sleeps } = depsOf(busy(3000), busy(null), busy(0), {
    value: { events: [] },
    headers: new Headers(),
  });
  await publishBatch(deps, 'acme', batch);
  expect(sleeps).toEqual([3000, 1000, 1000]);
});

test('waiting for a busy server ends', async () => {
  const { deps, sleeps } = depsOf(...Array.from({ length: 20 }, () => busy(60_000)));
  await expect(publishBatch(deps, 'acme', batch)).rejects.toThrow('line 3 to line 7: too much to do');
  expect(sleeps).toHaveLength(5);
});

test('another failure is not retried: the events may have been published', async () => {
  const { deps, bodies } = depsOf(new Failure('the connection was lost'));
  await expect(publishBatch(deps, 'acme', batch)).rejects.toThrow('the connection was lost');
  expect(bodies).toHaveLength(1);
});

test.each([
  ['of one event', [{ field: 'events[1].type', message: 'is wrong' }], 'line 7: type: is wrong', []],
  [
    'of several',
    [
      { field: 'events[0]', message: 'must be an object' },
      { field: 'events[1].payload.n', message: 'is wrong' },
    ],
    'line 3: must be an object',
    ['line 7: payload.n: is wrong'],
  ],
  ['of none in particular', [{ field: 'id', message: 'is used' }], 'line 3 to line 7: wrong', []],
])('the line of a refused event is named: %s', async (_, errors, message, details) => {
  const { deps } = depsOf(refusal(errors));
  await expect(publishBatch(deps, 'acme', batch)).rejects.toMatchObject({ message, details });
});

test('in a batch of one the server names only the field', async () => {
  const { deps } = depsOf(refusal([{ field: 'type', message: 'is wrong' }]));
  await expect(publishBatch(deps, 'acme', batch.slice(1))).rejects.toThrow('line 7: type: is wrong');
});

test('a repeated event is reported as published before', async () => {
  const headers = new Headers({ 'idempotent-replayed': 'true' });
  const { deps } = depsOf({ value: { id: 'e' }, headers });
  expect(await publishOne(deps, 'acme', '{}')).toEqual({ event: { id: 'e' }, isReplayed: true });
});
