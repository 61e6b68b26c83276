import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, parseExactly, sameValue } from '../../src/runner/read/canonical.ts';

const word = fc.constantFrom('a', 'b', 'c', '10', '9', '__proto__');
/** JSON text with few different values, so that two of them are often the same but for the order of their keys. */
const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      'null',
      '0',
      '-0',
      '1',
      '1.0',
      '12345678901234567890',
      '12345678901234567891',
      '"a"',
      '[]',
      '{}',
    ),
    fc.array(tie('value'), { maxLength: 2 }).map((list) => `[${list.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(word, tie('value')), { maxLength: 3, selector: ([key]) => key })
      .map((entries) => `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${one}`).join(',')}}`),
  ),
})).value;

test('two values are the same exactly when their canonical texts are', () => {
  fc.assert(
    fc.property(json, json, (one, two) => {
      const [a, b] = [parseExactly(one), parseExactly(two)];
      expect(sameValue(a, b), `${one} ${two}`).toBe(canonical(a) === canonical(b));
    }),
    { numRuns: 20_000 },
  );
});

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  // A map keeps names like `10` where they are put.
  return new Map(
    Object.entries(value)
      .map(([key, one]) => [key, inOrder(one)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
};
const write = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value].map(([key, one]) => `${JSON.stringify(key)}:${write(one)}`).join(',')}}`;
};

test('canonical text is JSON with its keys in order', () => {
  fc.assert(
    fc.property(json, (text) => {
      fc.pre(!text.includes('1234567890'));
      expect(canonical(parseExactly(text))).toBe(write(inOrder(JSON.parse(text))));
    }),
    { numRuns: 2_000 },
  );
});
