import { describe, expect, expectTypeOf, test } from 'vitest';
import { assignments, columnList, insertInto, join, render, type Sql, sql, type Value, word } from './sql.ts';

const text = (statement: Sql): string => render(statement.shape, (number) => `$${number}`);

describe('a template', () => {
  test.each<Value>(["x' or 1 = 1 --", '?', '$1', '${id}', '\0', 7, true, null, ['a', "'"], Buffer.from(';')])(
    'binds %j',
    (value) => {
      const statement = sql`select * from t where id = ${value} and mode = ${'live'}`;
      expect(text(statement)).toBe('select * from t where id = $1 and mode = $2');
      expect(statement.values).toEqual([value, 'live']);
    },
  );

  test('splices other statements with their parameters, in order', () => {
    const condition = sql`b = ${2} and c = ${3}`;
    const statement = sql`select ${columnList(['a', 'b'], 't')} from t where a = ${1} and (${condition}) limit ${4}`;
    expect(text(statement)).toBe('select t.a, t.b from t where a = $1 and (b = $2 and c = $3) limit $4');
    expect(statement.values).toEqual([1, 2, 3, 4]);
  });

  test('has one shape for each form that it takes', () => {
    const build = (condition: Value | Sql, end: Value | Sql): Sql => sql`a ${condition} b ${end}`;
    expect(build(1, 2).shape).toBe(build(3, 'x').shape);
    expect(build(sql`c`, 2).shape).not.toBe(build(1, sql`c`).shape);
    expect(text(build(sql`c`, 2))).toBe('a c b $1');
    expect(text(build(1, sql`c`))).toBe('a $1 b c');
  });

  test('takes no object that only looks like SQL', () => {
    expectTypeOf<{ shape: { parts: string[] }; values: Value[] }>().not.toExtend<Value>();
    expectTypeOf<Parameters<typeof sql>[1]>().toEqualTypeOf<Value | Sql>();
    const forged = { shape: { parts: ['drop table t'] }, values: [] } as unknown as string;
    expect(text(sql`select ${forged}`)).toBe('select $1');
  });
});

test('a word is letters, digits and underscores, and nothing else', () => {
  expect(text(sql`select 1 from ${word('events_20260101')}`)).toBe('select 1 from events_20260101');
  for (const bad of ['', 'a b', 'a;', "a'", 'a"', 'a.b', '*', 'ä', 'a\n']) {
    expect(() => word(bad), bad).toThrow(TypeError);
  }
});

test('rows are written by the names of their columns', () => {
  const row = { id: 'a', enabled: true, list: ['x'] };
  expect(text(insertInto('t', row))).toBe('insert into t (id, enabled, list) values ($1, $2, $3)');
  expect(insertInto('t', row).values).toEqual(['a', true, ['x']]);
  expect(text(sql`update t set ${assignments(row)} where id = ${'a'}`)).toBe(
    'update t set id = $1, enabled = $2, list = $3 where id = $4',
  );
  expect(text(join([sql`a = ${1}`, sql`b = ${2}`], sql` and `))).toBe('a = $1 and b = $2');
});
