// docs/errors.md has every code that an API, a wire, an attempt or a tool answers, and no other.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AttemptErrorCode } from '#contract/deliveries.ts';
import { Fault, type FaultCode, faultCodes, type FieldRule } from '#core/fault.ts';
import { problems } from '#core/problem.ts';
import { dialects } from '#dialects/index.ts';
import { toProblem } from '#cli/output/problem.ts';
import { exitCodes } from '#cli/failure.ts';
import { readTable } from '../support/markdown.ts';

const page = 'docs/errors.md';
const namesIn = (cell = ''): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const nameIn = (cell: string | undefined): string => namesIn(cell)[0] ?? '';

test('every refusal of the API, with its status, a cause and a remedy', () => {
  const rows = readTable(page, 'Refusals of the API');
  const stated = Object.fromEntries(rows.map(([code, status]) => [nameIn(code), Number(status)]));
  expect(stated).toEqual(Object.fromEntries(faultCodes.map((code) => [code, problems[code].status])));
  for (const [code, , cause = '', remedy = ''] of rows) {
    expect(Math.min(cause.length, remedy.length), code).toBeGreaterThan(10);
  }
});

test('every error of attempts', () => {
  const known = (AttemptErrorCode as unknown as { readonly enum: readonly string[] }).enum;
  const stated = readTable(page, 'Errors of attempts').map(([code]) => nameIn(code));
  expect(stated.toSorted()).toEqual(known.toSorted());
});

const wires = dialects.filter(({ name }) => name !== 'standard');

test.each(wires)(
  'every code of the wire of $name, with its statuses and what it stands for',
  ({ name, faults }) => {
    const stated = readTable(page, name).map(([code, statuses = '', origins]) => ({
      code: nameIn(code),
      statuses: statuses.split(', ').toSorted(),
      origins: namesIn(origins).toSorted(),
    }));
    const answered = new Map<string, { statuses: Set<string>; origins: Set<string> }>();
    for (const fault of listFaults()) {
      const { status, body } = faults[fault.code](fault, 'trace');
      for (const code of codesIn(body)) {
        const entry = answered.get(code) ?? { statuses: new Set(), origins: new Set() };
        answered.set(code, entry);
        entry.statuses.add(String(status));
        entry.origins.add(fault.code);
      }
    }
    const expected = [...answered].map(([code, { statuses, origins }]) => ({
      code,
      statuses: [...statuses].toSorted(),
      origins: [...origins].toSorted(),
    }));
    const byCode = (a: { code?: string | undefined }, b: { code?: string | undefined }): number =>
      (a.code ?? '') < (b.code ?? '') ? -1 : 1;
    expect(stated.toSorted(byCode)).toEqual(expected.toSorted(byCode));
  },
);

test('every code of the command line and of the client', () => {
  const own = Object.values(exitCodes).map(
    (exitCode) => toProblem(new Error('no'), { exitCode, messages: ['no'], details: [], hint: null }).code,
  );
  const client = readFileSync('packages/client/src/error.ts', 'utf8').match(/`([a-z_]+)`/g) ?? [];
  const stated = readTable(page, 'Errors of the tools').map(([code]) => nameIn(code));
  const known = [...own, 'server_unreachable', ...client.map((name) => name.slice(1, -1))].filter(
    (name) => name !== 'publish' && name !== 'errors',
  );
  expect(stated.toSorted()).toEqual([...new Set(known)].toSorted());
});

const rules: readonly FieldRule[] = [
  'required',
  'unknown',
  'null',
  'type',
  'blank',
  'too_long',
  'too_few',
  'too_many',
  'too_small',
  'too_large',
  'choice',
  'form',
];

/** Each code as it comes: without a field, with one and with two, and with each rule. */
function listFaults(): readonly Fault[] {
  const about = (code: FaultCode, fields: readonly { field: string; message: string; rule?: FieldRule }[]) =>
    new Fault(code, 'no', { fields });
  return faultCodes.flatMap((code) => [
    about(code, []),
    about(code, [{ field: 'a', message: 'no' }]),
    about(code, [
      { field: 'a', message: 'no' },
      { field: 'b', message: 'no' },
    ]),
    ...rules.map((rule) => about(code, [{ field: 'a', message: 'no', rule }])),
  ]);
}

/** The codes in the body of a refusal, in the form of whichever platform. */
function codesIn(body: unknown): readonly string[] {
  if (Array.isArray(body)) return body.flatMap(codesIn);
  if (typeof body !== 'object' || body === null) return [];
  const own = Object.entries(body).flatMap(([name, value]) => {
    if (typeof value !== 'string') return codesIn(value);
    if (name === 'code' || name === 'errorCode') return [value];
    return name === 'type' ? [value.replace('urn:problem-type:', '')] : [];
  });
  return own;
}
