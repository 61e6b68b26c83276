import { expect, test } from 'vitest';
import { ownValue } from '../../src/domain/own-value.ts';

const inherited = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'isPrototypeOf'];

test.each(inherited)('%s is not in a table that does not have it', (key) => {
  const table: Readonly<Record<string, string>> = { a: 'b' };
  expect(ownValue(table, key)).toBeUndefined();
  // The twin: looked up plainly, every object has it.
  expect(table[key]).toBeDefined();
  expect(ownValue(Object.fromEntries([[key, 'c']]), key)).toBe('c');
});

test('what a table has is found', () => {
  expect(ownValue({ a: 'b' }, 'a')).toBe('b');
});
