import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressParts } from '../../src/domain/address-parts.ts';

const parts = { module: null, mode: 'managed', name: 'n', index: null, deposed: null };

test.each([
  ['t.n', {}],
  ['data.t.n', { mode: 'data' }],
  ['data.n', {}],
  ['t.n[12]', { index: 12 }],
  ['t.n["a.b[0]"]', { index: 'a.b[0]' }],
  ['t.n["say \\"hi\\" %%{y} $${"]', { index: 'say "hi" %{y} ${' }],
  ['t.n[*]', {}],
  ['t.n (deposed 00ab)', { deposed: '00ab' }],
  ['module.a.module.b["x.y"].data.t.n[0]', { module: 'module.a.module.b["x.y"]', mode: 'data', index: 0 }],
  ['module.module.t.n', { module: 'module.module' }],
])('%s', (address, more) => {
  expect(addressParts(address)).toEqual({ ...parts, ...more });
});

test('any text has parts', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('module', 'data', '.', '[', ']', '"', '\\', 'a', '0', ' ') }),
      (text) => {
        expect(Object.keys(addressParts(text))).toEqual(Object.keys(parts));
      },
    ),
    { numRuns: 500 },
  );
});
