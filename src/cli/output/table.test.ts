import { describe, expect, test } from 'vitest';
import { createTable, formatFields } from './table.ts';
import { toPlain, toPlainLines } from './terminal.ts';

const plain = (text: string): string => text;

test('columns are as wide as their widest cell, and lines end without spaces', () => {
  const table = createTable(['ID', 'NAME', 'URL'], { paintHeader: plain });
  expect(
    table.format([
      ['1', 'a long name', ''],
      ['22', 'b', 'u'],
    ]),
  ).toEqual(['ID  NAME         URL', '1   a long name', '22  b            u']);
});

test('the header is printed once, and later pages keep the widths', () => {
  const table = createTable(['A', 'B'], { paintHeader: plain });
  expect(table.format([['wide cell', 'x']])).toEqual(['A          B', 'wide cell  x']);
  expect(table.format([['1', 'y']])).toEqual(['1          y']);
});

test('widths count visible characters, without color codes', () => {
  const table = createTable(['A', 'B'], { paintHeader: plain });
  const lines = table.format([
    ['\u001b[32mgreen\u001b[39m', 'x'],
    ['né👍🏽', 'y'],
  ]);
  expect(lines).toEqual(['A      B', '\u001b[32mgreen\u001b[39m  x', 'né👍🏽    y']);
});

describe('a table as wide as the terminal', () => {
  const columns = ['ID', 'TYPE', 'MODE', 'URL'];
  const row = ['dlv_0123456789abcdef', 'payment.succeeded', 'live', 'https://shop.example/hooks/payments'];
  const tableOf = (width: number, least?: readonly string[]) =>
    createTable(columns, { paintHeader: plain, width, least });

  test('cuts the widest columns, but never the first', () => {
    const table = tableOf(60);
    expect(table.format([row])).toEqual([
      'ID                    TYPE             MODE  URL',
      'dlv_0123456789abcdef  payment.succee…  live  https://shop.e…',
    ]);
    expect(table.leftOut).toEqual([]);
  });

  test('leaves out columns when cutting does not suffice: the named ones, then those on the right', () => {
    const narrow = tableOf(40, ['TYPE']);
    expect(narrow.format([row])).toEqual([
      'ID                    MODE  URL',
      'dlv_0123456789abcdef  live  https://sho…',
    ]);
    expect(narrow.leftOut).toEqual(['TYPE']);
    const narrower = tableOf(10);
    expect(narrower.format([row])).toEqual(['ID', 'dlv_0123456789abcdef']);
    expect(narrower.leftOut).toEqual(['TYPE', 'MODE', 'URL']);
  });

  test('keeps its columns on later pages', () => {
    const table = tableOf(60);
    table.format([['1', 'a', 'live', 'u']]);
    const [line = ''] = table.format([row]);
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line).toContain('live');
  });

  test('is never wider than the terminal', () => {
    for (let width = 20; width < 120; width++) {
      for (const line of tableOf(width).format([row])) expect(line.length).toBeLessThanOrEqual(width);
    }
  });
});

test('fields are aligned, and so are the lines of a long value', () => {
  expect(
    formatFields(
      [
        ['id', '1'],
        ['payload', '{\n  }'],
      ],
      plain,
    ),
  ).toBe('id       1\npayload  {\n           }');
  expect(formatFields([], plain)).toBe('');
});

test('text from elsewhere cannot control the terminal', () => {
  expect(toPlain('a\u001b[2Jb\u001b]0;title\u0007c')).toBe('abc');
  expect(toPlain('a\r\nb\u0000c\u202ed')).toBe('a b c d');
  expect(toPlainLines('a\u0007\r\nb')).toBe('a \nb');
});
