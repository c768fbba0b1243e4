import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOut, payloadOf, tokenize } from './json-text.ts';

/** JSON with spaces between the lexemes, as a publisher may write it. */
const jsonText = fc.json({ maxDepth: 4 }).map((text) => JSON.stringify(JSON.parse(text), null, 1));

test('laying out changes the space between lexemes and nothing else', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const laidOut = layOut(text);
      expect(JSON.parse(laidOut)).toEqual(JSON.parse(text));
      expect(laidOut).toBe(JSON.stringify(JSON.parse(text), null, 2));
    }),
  );
});

test('numbers, repeated members and escapes stay as they are written', () => {
  const text = String.raw`{"a":1.50,"a":1e400,"\u0041":[],"b":{},"c":-0.123456789012345678}`;
  expect(layOut(text)).toBe(
    [
      '{',
      '  "a": 1.50,',
      '  "a": 1e400,',
      String.raw`  "\u0041": [],`,
      '  "b": {},',
      '  "c": -0.123456789012345678',
      '}',
    ].join('\n'),
  );
});

test('what is not JSON is left as it is', () => {
  for (const text of ['', '<h1>', '{"a":', "{'a':1}"]) expect(layOut(text)).toBe(text);
});

test('the coloured parts of any text are the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), jsonText), (text) => {
      expect(
        tokenize(text)
          .map((token) => token.text)
          .join(''),
      ).toBe(text);
    }),
  );
});

test('names, strings, numbers and words are told apart', () => {
  const kinds = tokenize('{"a": "b", "c": [1, null]}')
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'mark');
  expect(kinds).toEqual(['name', 'string', 'name', 'number', 'word']);
});

test('the payload of an answer is its exact text, whatever the event has before it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), jsonText, (metadata, payload) => {
      const head = JSON.stringify({ id: 'evt', metadata });
      expect(payloadOf(`${head.slice(0, -1)},"payload":${payload}}`)).toBe(payload);
    }),
  );
});
