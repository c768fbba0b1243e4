import { describe, expect, test } from 'vitest';
import { FindDeliveriesQuery } from '#contract/deliveries.ts';
import { errorCodes, explain } from './explain.ts';

/** The closed list of the API. */
const { enum: codes } = FindDeliveriesQuery.properties.error as unknown as {
  readonly enum: readonly string[];
};

test('the pages explain the error codes of the API, and no others', () => {
  expect(codes.length).toBeGreaterThan(5);
  expect(errorCodes.toSorted()).toEqual(codes.toSorted());
});

describe.each(codes)('%s', (code) => {
  test('has its meaning, and what to do, in sentences of its own', () => {
    const { meaning, advice } = explain({
      outcome: 'unreachable',
      status: null,
      error: { code, message: 'raw text of the error' },
    });
    expect(meaning).toMatch(/^[A-Z].{20,}\.$/);
    expect(advice).toMatch(/^[A-Z].{20,}\.$/);
    expect(meaning).not.toContain('raw text');
  });
});

test.each([301, 400, 401, 403, 404, 405, 410, 413, 418, 429, 500, 503, 599])(
  'the status %i has its meaning, and what to do',
  (status) => {
    const { meaning, advice } = explain({ outcome: 'refused', status, error: null });
    expect(meaning).toMatch(/^[A-Z].{20,}\.$/);
    expect(advice).toMatch(/^[A-Z].{20,}\.$/);
  },
);

test('a code that a newer server has is shown by its message', () => {
  const error = { code: 'constructor', message: 'It failed.' };
  expect(explain({ outcome: 'unreachable', status: null, error }).meaning).toBe('It failed.');
});
