import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ManifestUnreadable, readDocument } from '../../src/helm/manifests/document.ts';
import { readQuickly } from '../../src/helm/manifests/quick-document.ts';

/** What a document says by the slow road; null where it cannot be read. */
const slowly = (text: string): unknown => {
  try {
    const { value, twice } = readDocument(text);
    return { value, twice };
  } catch (error) {
    if (error instanceof ManifestUnreadable) return null;
    throw error;
  }
};

const agrees = (text: string): boolean => {
  const quick = readQuickly(text);
  if (quick !== null) expect(slowly(text), text).toEqual({ value: quick, twice: [] });
  return quick !== null;
};

/** Lines and ends of lines as templates have them, and some as they should not. */
const piece = fc.constantFrom(
  ...['a:', 'b: 1', 'b:', 'c: "x y"', "d: 'z'", 'e: |', 'f: |-', 'g: []', 'h: {}', 'on: yes', '1: 0755'],
  ...['- a', '- b: 1', '- c:', '-', '- - d', '- "e"', '- f: |', '-  g: 1', '- {}', '- http://x:80', '-a'],
  ...['# word', 'text', 'k: v # word', 'k: a#b', 'k: a: b', 'k:v', 'k: &x 1', 'k: *x', 'k: {a: 1}', 'k: >'],
  ...[
    'k: "a\\n"',
    "k: 'a''b'",
    '"q": 1',
    "'r': 2",
    'k: -',
    'k: - a',
    'k: ---',
    '...',
    '? a',
    'k: !!str 1',
    'k: ~',
  ],
  ...[
    'k: 1:30',
    'k: 1_000',
    'k: 1e3',
    'k: .5',
    'k: 0x1F',
    'k: 2001-01-01',
    'k: null',
    '<<: a',
    'k: |+',
    'k: x  ',
  ],
  ...[
    '',
    '  ',
    'key with space: 1',
    'k: a, b',
    'k: [1, 2]',
    'k: "a" b',
    '__proto__: 1',
    'k: .inf',
    'k:  # c',
    '- # c',
  ],
);
const soup = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 2, 2, 4, 4, 1, 3, 6), piece), { minLength: 1, maxLength: 9 })
  .map((lines) => lines.map(([indent, text]) => ' '.repeat(indent) + text).join('\n'));

const word = fc.oneof(
  fc.constantFrom(
    'yes',
    '0755',
    '1:30',
    'a b',
    'x',
    '',
    '~',
    'a: b',
    '- a',
    '# c',
    'v1',
    '12',
    '1.0',
    'null',
    '|',
  ),
  fc.string({ maxLength: 12 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z./-]{1,8}$/), tie('tree'), { maxKeys: 4 }),
  ),
}));

describe('a document is read as Kubernetes reads it', () => {
  test.for([
    ['a: yes', { a: true }],
    ['a: 0755', { a: 493 }],
    ['a: 0o755', { a: 493 }],
    ['a: 08', { a: 8 }],
    ['a: 1:30', { a: '1:30' }],
    ['a: 2001-01-01', { a: '2001-01-01' }],
    ['a: "yes"', { a: 'yes' }],
    ['a: 1_000', { a: 1000 }],
    ['a: 1e400', { a: '1e400' }],
    ['y: 1', { true: 1 }],
    ['a: !!binary aGVsbG8=', { a: 'hello' }],
    ['a: !!str 12', { a: '12' }],
    // The later one wins, and what `<<` brings counts where it stands.
    ['a: &b {k: 1}\nm: {<<: *b, k: 2}\no: {k: 2, <<: *b}', { a: { k: 1 }, m: { k: 2 }, o: { k: 1 } }],
    ['a: {__proto__: 1}', JSON.parse('{"a": {"__proto__": 1}}')],
  ] as const)('%s', ([text, value]) => {
    expect(readDocument(text).value).toEqual(value);
    agrees(text);
  });

  test('a key that is written twice counts as it is written last, and is told', () => {
    expect(readDocument('a: 1\nb: 2\na: 3')).toEqual({ value: { a: 3, b: 2 }, twice: ['a'] });
    expect(readQuickly('a: 1\na: 3')).toBeNull();
  });

  test('integers that differ beyond what a double holds do not read as one', () => {
    const read = (digits: string) => readDocument(`a: ${digits}`).value;
    expect(read('9007199254740993')).not.toEqual(read('9007199254740992'));
    expect(read('9007199254740993')).not.toEqual(read('"9007199254740993"'));
  });

  test.for(['a: .inf', '~: 1', '[a]: 1', 'a: "b', 'a: *b', 'a: &a {b: *a}', '<<: 1', 'a: 1\n...\n---\nb: 1'])(
    'what Kubernetes refuses is refused, without a word of it: %s',
    (text) => {
      expect(() => readDocument(text)).toThrow(ManifestUnreadable);
      expect(readQuickly(text)).toBeNull();
    },
  );

  test('aliases cannot make more of a few lines than memory holds', () => {
    const lines = Array.from({ length: 9 }, (_, index) =>
      index === 0 ? 'a0: &a0 [x, x]' : `a${index}: &a${index} [${Array(9).fill(`*a${index - 1}`)}]`,
    );
    expect(() => readDocument(lines.join('\n'))).toThrow('aliases written out');
  });
});

describe('the quick road', () => {
  test('reads nothing otherwise than the slow one: lines put together at random', () => {
    let read = 0;
    fc.assert(
      fc.property(soup, (text) => {
        if (agrees(text)) read += 1;
      }),
      { numRuns: 4_000 },
    );
    expect(read).toBeGreaterThan(200);
  });

  test('reads nothing otherwise than the slow one: values that were written out', () => {
    let read = 0;
    fc.assert(
      fc.property(tree, fc.boolean(), (value, indentSeq) => {
        if (agrees(stringify(value, { indentSeq, lineWidth: 0, aliasDuplicateObjects: false }))) read += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test('takes what charts mostly are', () => {
    const text = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      '  name: web',
      '  annotations:',
      '    checksum/config: 5d41402a',
      'data:',
      '  "a.conf": |',
      '    one',
      '',
      '    two',
      '  list: |-',
      '    - x',
    ].join('\n');
    expect(readQuickly(text)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', annotations: { 'checksum/config': '5d41402a' } },
      data: { 'a.conf': 'one\n\ntwo\n', list: '- x' },
    });
  });
});
