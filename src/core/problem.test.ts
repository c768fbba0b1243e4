import { expect, test } from 'vitest';
import { Fault, faultCodes } from './fault.ts';
import { toProblem } from './problem.ts';

test.each(faultCodes)('%s is a problem with its own status, title and code', (code) => {
  const { status, body, headers } = toProblem(new Fault(code, 'What happened.'));
  expect(body).toMatchObject({ type: `urn:carillon:problem:${code}`, status, code });
  expect(body['errors']).toBeUndefined();
  expect(headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
  expect(headers['retry-after']).toBe([429, 503].includes(status) ? '1' : undefined);
});

test('the rule of a wrong field stays inside', () => {
  const fields = [{ field: 'url', message: 'is required', rule: 'required' as const }];
  const { body } = toProblem(new Fault('field_invalid', 'url: is required', { fields }));
  expect(body['errors']).toEqual([{ field: 'url', message: 'is required' }]);
});
