import { expect, test } from 'vitest';
import { createTable, formatFields } from './table.ts';
import { toPlain, toPlainLines } from './terminal.ts';

const plain = (text: string): string => text;

test('columns are as wide as their widest cell, and lines end without spaces', () => {
  const table = createTable(['ID', 'NAME', 'URL'], plain);
  expect(
    table.format([
      ['1', 'a long name', ''],
      ['22', 'b', 'u'],
    ]),
  ).toEqual(['ID  NAME         URL', '1   a long name', '22  b            u']);
});

test('the header is printed once, and later pages keep the widths', () => {
  const table = createTable(['A', 'B'], plain);
  expect(table.format([['wide cell', 'x']])).toEqual(['A          B', 'wide cell  x']);
  expect(table.format([['1', 'y']])).toEqual(['1          y']);
});

test('widths count visible characters, without color codes', () => {
  const table = createTable(['A', 'B'], plain);
  const lines = table.format([
    ['\u001b[32mgreen\u001b[39m', 'x'],
    ['né👍🏽', 'y'],
  ]);
  expect(lines).toEqual(['A      B', '\u001b[32mgreen\u001b[39m  x', 'né👍🏽    y']);
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
