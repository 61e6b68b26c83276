import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Choice, type CutPath, createCutter } from '../../src/runner/read/json-cutter.ts';

type Found = readonly (readonly [path: string, value: unknown])[];

/** Pushes the text in pieces that end at these places, and parses each part. */
const cut = (text: string, choose: (path: CutPath) => Choice, places: readonly number[] = []): Found => {
  const bytes = Buffer.from(text);
  const found: (readonly [string, unknown])[] = [];
  const cutter = createCutter({
    choose,
    part: (path, part) => found.push([path.join('/'), JSON.parse(part.toString('utf8'))]),
  });
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    cutter.push(bytes.subarray(from, end));
    from = end;
  }
  cutter.end();
  return found;
};

const into: (path: CutPath) => Choice = (path) => (path.length === 0 ? 'object' : 'part');

describe('cutting', () => {
  test('members of an object, elements of a list, what is passed over', () => {
    const text = '{"a": [1, {"b": "]"}, []], "c": {"d": {"e": 1}}, "f": "g\\"}", "h": -1.5e3 , "i": null}';
    const choose = (path: CutPath): Choice =>
      (({ '': 'object', a: 'list', c: 'object', 'c/d': 'part', h: 'pass' }) as const)[path.join('/')] ??
      'part';
    expect(cut(text, choose)).toEqual([
      ['a/*', 1],
      ['a/*', { b: ']' }],
      ['a/*', []],
      ['c/d', { e: 1 }],
      ['f', 'g"}'],
      ['i', null],
    ]);
  });

  test('what is not what was hoped for is handed on as a whole', () => {
    expect(
      cut('{"a": {"b": 1}, "c": [1], "d": null}', (path) =>
        path.length === 0 ? 'object' : path[0] === 'a' ? 'list' : 'object',
      ),
    ).toEqual([
      ['a', { b: 1 }],
      ['c', [1]],
      ['d', null],
    ]);
    expect(cut('[1, 2]', () => 'object')).toEqual([['', [1, 2]]]);
  });

  test('keys are read as JSON has them', () => {
    expect(cut('{"\\u0061\\n": 1, "": 2}', into)).toEqual([
      ['a\n', 1],
      ['', 2],
    ]);
  });

  test.each([
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"a":1]',
    '{a:1}',
    '{1:1}',
    '{"a":}',
    '{"a":"',
    '{"a":[1}',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":1}{}',
    '\ufeff{}',
  ])('%j is refused', (text) => {
    expect(() => cut(text, into)).toThrow(SyntaxError);
  });

  test('any JSON, cut anywhere: its parts are what a parser finds there', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
        fc.array(fc.nat()),
        fc.constantFrom(undefined, 1, '\t'),
        fc.array(fc.constantFrom<Choice>('part', 'object', 'list', 'pass'), { minLength: 1 }),
        (json, places, indent, choices) => {
          const value: unknown = JSON.parse(JSON.stringify(json));
          const choose = (path: CutPath): Choice =>
            path.length === 0
              ? 'object'
              : (choices[(path.length + path.join('').length) % choices.length] ?? 'part');
          const expected: (readonly [string, unknown])[] = [];
          const walk = (at: unknown, path: CutPath): void => {
            const choice = choose(path);
            if (choice === 'object' && typeof at === 'object' && at !== null && !Array.isArray(at))
              for (const [key, one] of Object.entries(at)) walk(one, [...path, key]);
            else if (choice === 'list' && Array.isArray(at)) for (const one of at) walk(one, [...path, '*']);
            else if (choice !== 'pass') expected.push([path.join('/'), at]);
          };
          walk(value, []);
          expect(cut(JSON.stringify(json, null, indent), choose, places)).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('a part that is longer than it may be is refused before it is over', () => {
  const cutter = createCutter({ choose: into, part: () => undefined, longest: 10 });
  expect(() => {
    for (const piece of ['{"a": "', '0123456', '0123456']) cutter.push(Buffer.from(piece));
  }).toThrow(RangeError);
  const short = createCutter({ choose: into, part: () => undefined, longest: 10 });
  for (const piece of ['{"a": "', '0123456', '", "b": "', '01234', '"}']) short.push(Buffer.from(piece));
  short.end();
});
