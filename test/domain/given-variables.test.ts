import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maySetVariable } from '../../src/config/variable-names.ts';
import { givenPairs, givenValue } from '../../src/domain/given-variables.ts';

const pairs = (text: string) => givenPairs(text, maySetVariable);

describe('variables that a program prints', () => {
  it.each([
    ['A=1,B=2', { A: '1', B: '2' }],
    ['A=1, B="2, 3"\n', { A: '1', B: '2, 3' }],
    ["A='x=y',B=", { A: 'x=y', B: '' }],
    ['A=a\\,b', { A: 'a,b' }],
    ['', {}],
  ])('%j are pairs', (text, variables) => {
    expect(pairs(text)).toEqual({ variables });
  });

  it.each(['A', '=x', 'PATH=/tmp', 'A=1,A=2', 'A="1', 'LD_PRELOAD=x', 'TF_CLI_ARGS=-destroy', 'A B=1'])(
    '%j are refused',
    (text) => {
      expect(pairs(text)).toHaveProperty('refused');
    },
  );

  it('may be the whole of it', () => {
    expect(givenValue('A', 'x, y=z\n', maySetVariable)).toEqual({ variables: { A: 'x, y=z' } });
    expect(givenValue('A', 'a\0b', maySetVariable)).toHaveProperty('refused');
    expect(givenValue('HOME', '/', maySetVariable)).toHaveProperty('refused');
  });

  it('come back as they were written, and nothing else is named', () => {
    const name = fc.stringMatching(/^[A-Z]{1,4}$/).filter(maySetVariable);
    const value = fc.string().filter((text) => !text.includes('\0'));
    const written = (text: string) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one }), (list) => {
        const text = list.map(([one, of]) => `${one}=${written(of)}`).join(',');
        expect(pairs(text)).toEqual({ variables: Object.fromEntries(list) });
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = pairs(text);
        if ('variables' in read)
          for (const one of Object.keys(read.variables)) expect(maySetVariable(one)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
