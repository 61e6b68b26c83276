import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/runner/read/hcl/json-syntax.ts';

test('valid JSON is what JSON.parse says', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseJson('f', text)).toEqual(JSON.parse(text));
    }),
  );
});

test('a stray word is found in its line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), (value, pick) => {
      const lines = JSON.stringify({ value, more: [1, 'text', { deep: null }] }, null, 2).split('\n');
      const at = pick % lines.length;
      lines[at] = `${lines[at]} stray`;
      expect(() => parseJson('f', lines.join('\n'))).toThrow(`f:${at + 1}: this is not valid JSON`);
    }),
  );
});

test.each([
  ['', 1],
  ['{', 1],
  ['{\n"a": [1,\n', 3],
  ['{"a": }', 1],
  ['\n\n{"a" 1}', 3],
  ['{}\n{}', 2],
  ['{"a": "\n"}', 1],
])('%j fails in line %i', (text, line) => {
  expect(() => parseJson('f', text)).toThrow(`f:${line}: this is not valid JSON`);
});
