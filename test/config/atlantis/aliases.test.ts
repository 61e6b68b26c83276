import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainYaml } from '../../../src/config/yaml.ts';

const value = (text: string): unknown => {
  const read = readPlainYaml(text, 'written out');
  return 'findings' in read ? read.findings.map(({ line, sentence }) => `${line}: ${sentence}`) : read.value;
};

describe('aliases that are written out', () => {
  it('are what they stand for', () => {
    expect(value('a: &x {b: [1, 2]}\nc: *x\nd: [*x, &y z, *y]')).toEqual({
      a: { b: [1, 2] },
      c: { b: [1, 2] },
      d: [{ b: [1, 2] }, 'z', 'z'],
    });
  });

  it('are merged below what the mapping says itself, the first one first', () => {
    expect(value('a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3')).toEqual({
      a: { x: 1, y: 1 },
      b: { y: 2, z: 2 },
      c: { x: 3, y: 1, z: 2 },
    });
    expect(value('a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}')).toMatchObject({ c: { x: 1, y: 2 } });
  });

  it.each([
    ['a: &a [*a]', '1: `*a` stands inside of what it stands for.'],
    ['a: &a {b: {c: *a}}', '1: `*a` stands inside of what it stands for.'],
    ['a: &x 1\nb: &x 2', '2: The anchor `&x` is given twice.'],
    ['a: &x 1\nb: {<<: *x}', '2: `<<` takes a mapping, or a list of mappings.'],
  ])('are refused where they say nothing: %s', (text, sentence) => {
    expect(value(text)).toEqual([sentence]);
  });

  it('may not make a small text large, or deep', () => {
    const doubled = (levels: number) =>
      ['a0: &a0 [1, 1, 1, 1]']
        .concat(
          Array.from(
            { length: levels },
            (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}, *a${at}]`,
          ),
        )
        .join('\n');
    expect(value(doubled(12))).toEqual([expect.stringContaining('there are more than 20000 values')]);
    const nested = ['a0: &a0 [1]']
      .concat(Array.from({ length: 20 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}]`))
      .join('\n');
    expect(value(nested)).toEqual([expect.stringContaining('deeper than')]);
  });

  it('are refused in a file of ours', () => {
    expect(readPlainYaml('a: &x 1\nb: *x')).toMatchObject({
      findings: [{ sentence: expect.stringContaining('is an alias') }],
    });
  });

  it('change nothing of a text without them, and never throw', () => {
    const texts = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc
        .array(
          fc.constantFrom('a: ', '&x ', '*x', '[', ']', '{', '}', ', ', '\n', '<<: ', 'b: ', '- ', '  ', '1'),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const [plain, written] = [readPlainYaml(text), readPlainYaml(text, 'written out')];
        if ('value' in plain && !/<<|&/.test(text)) expect(written).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });
});
