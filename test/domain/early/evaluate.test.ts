import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../../../src/domain/early/evaluate.ts';
import { NotEvaluated } from '../../../src/domain/early/expression.ts';
import { parseExpression, parseJsonExpression } from '../../../src/domain/early/parse.ts';
import { constant, freshBudget, mayBeAnyFile } from '../../../src/domain/early/result.ts';
import { asJson, type Value } from '../../../src/domain/early/value.ts';
import { temporaryFolder } from '../../support/leftovers.ts';

const nothing = { reference: () => null };
const names = (values: Readonly<Record<string, Value>>) => ({
  reference: (of: string, name: string) => {
    const value = values[`${of}.${name}`];
    return value === undefined ? null : constant(value);
  },
});

/** The value as JSON; `unknown` where it is given up. */
const worth = (text: string, scope: Parameters<typeof evaluate>[1] = nothing): unknown => {
  try {
    const { known } = evaluate(parseExpression(text.replaceAll('@{', '${')), scope, freshBudget());
    return known === null ? 'unknown' : asJson(known.value);
  } catch (error) {
    if (error instanceof NotEvaluated) return 'unknown';
    throw error;
  }
};

/** Each is asked of Terraform itself as well. */
const alike: readonly (readonly [string, unknown])[] = [
  ['"plain"', 'plain'],
  ['""', ''],
  [`"a$${'$'}{b}"`, `a${'$'}{b}`],
  ['"a%%{ if }"', 'a%{ if }'],
  ['"$ % $$ a$"', '$ % $$ a$'],
  ['"@{"$"}{var.x}"', ['$', '{var.x}'].join('')],
  ['"tab\\t \\"q\\" \\\\ \\u00e9 \\U0001F600"', 'tab\t "q" \\ é 😀'],
  ['"e\\u0301"', 'é'],
  ['"@{"in @{"in"}"} out"', 'in in out'],
  ['"@{1}-@{1.50}-@{true}-@{-3}"', '1-1.5-true--3'],
  ['"@{true}"', true],
  ['1.50', 1.5],
  ['null', null],
  ['[1, "a", true,]', [1, 'a', true]],
  ['{ a = 1, "b c" : "x", ("d") = null }', { a: 1, 'b c': 'x', d: null }],
  ['{ a = "x" }.a', 'x'],
  ['{ a = ["x", "y"] }["a"][1]', 'y'],
  ['true ? "a" : "b"', 'a'],
  ['"a" == "b" ? "x" : "a" != "b" ? "y" : "z"', 'y'],
  ['true && !false || false', true],
  ['1 == "1"', false],
  ['null == null', true],
  ['false ? "a" : 1', '1'],
  ['("x")', 'x'],
  ['format("%s/%s-%d%%", "a", 1.5, 3)', 'a/1.5-3%'],
  ['join("-", ["a", 1, true])', 'a-1-true'],
  ['upper("a-b") == "A-B" ? lower("C") : "no"', 'c'],
  ['replace("a/b/c", "/", ".")', 'a.b.c'],
  ['lookup({ a = "x" }, "b", "y")', 'y'],
  ['trimprefix(trimsuffix("v1.git", ".git"), "v")', '1'],
  ['tostring(1.5)', '1.5'],
];

describe('what an expression comes to', () => {
  it.each(alike)('%s', (text, value) => {
    expect(worth(text)).toEqual(value);
  });

  it('is what Terraform says that it is', () => {
    const folder = temporaryFolder();
    const locals = alike.map(([text], index) => `  v${index} = ${text.replaceAll('@{', '${')}\n`).join('');
    writeFileSync(path.join(folder, 'main.tf'), `locals {\n${locals}}\n`);
    const asked = alike.map((_one, index) => `local.v${index}`).join(', ');
    const said = execFileSync('terraform', ['console', '-no-color'], {
      cwd: folder,
      input: `jsonencode([${asked}])\n`,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const values: unknown = JSON.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''));
    expect(values).toEqual(alike.map(([, value]) => value));
  });

  it.each([
    ['a name of elsewhere', 'data.x.y.z'],
    ['a function', 'file("x")'],
    ['a pattern', 'replace("aab", "/a+/", "x")'],
    ['arithmetic', '1 + 2'],
    ['a comparison', '1 < 2'],
    ['a `for`', '[for x in ["a"] : x]'],
    ['a `for` of a map', '{ for x in ["a"] : x => x }'],
    ['a splat', '[{ a = 1 }][*].a'],
    ['a directive', '"%{ if true }a%{ endif }"'],
    ['strip markers', '"a @{~ "b" ~} c"'],
    ['signs in a row', '"$$$@{"x"}"'.replace('$@{', '${')],
    ['a heredoc', '<<EOT\na\nEOT\n'],
    ['null in a text', '"a@{null}"'],
    ['a list in a text', '"a@{["b"]}"'],
    ['a long number', '12345678901234567890'],
    ['an exponent', '1e3'],
    ['sides of several types', 'true ? ["a"] : "b"'],
    ['no condition', '"x" ? "a" : "b"'],
    ['nothing at that key', '{ a = 1 }.b'],
    ['nothing at that index', '["a"][1]'],
    ['what is no expression', '"a'],
    ['two expressions', '"a" "b"'],
    ['a surrogate', '"\\ud800"'],
    ['a line break in a text', '"a\nb"'],
    ['nothing at all', ''],
  ])('is not known: %s', (_what, text) => {
    expect(worth(text)).toBe('unknown');
  });

  it('may hang on any file where a function or a name is not known', () => {
    for (const text of ['file("x")', '"@{data.a.b}"', 'true ? "a" : fileset("a", "b")'])
      expect(
        mayBeAnyFile(evaluate(parseExpression(text.replaceAll('@{', '${')), nothing, freshBudget()).feeds),
        text,
      ).toBe(true);
  });

  it('is over several lines between brackets alone', () => {
    const scope = names({ 'var.a': 'x' });
    expect(worth('{\n  # words\n  a = var.a // more\n  b = [\n    "y",\n    "z"\n  ]\n}', scope)).toEqual({
      a: 'x',
      b: ['y', 'z'],
    });
    expect(worth('(\n  true\n  ? "a"\n  : "b"\n)')).toBe('a');
    expect(worth('true\n? "a" : "b"')).toBe('unknown');
  });

  it('takes texts of JSON syntax for templates, but not where they are constants', () => {
    const text = JSON.stringify({ a: ['$', '{var.a}'].join(''), b: ['$$', '{x}'].join('') });
    const read = (isConstant: boolean) =>
      asJson(
        evaluate(parseJsonExpression(text, isConstant), names({ 'var.a': 'x' }), freshBudget()).known
          ?.value ?? null,
      );
    expect(read(false)).toEqual({ a: 'x', b: ['$', '{x}'].join('') });
    expect(read(true)).toEqual(JSON.parse(text));
  });
});

/** A text as it is written between quotes. */
const quoted = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\[bf]/g, (found) => (found === '\\b' ? '\\u0008' : '\\u000c'))
    .replaceAll('${', '$$${'.replace('$$$', '$$'))
    .replaceAll('%{', '%%{');

interface Made {
  readonly text: string;
  readonly value: string;
}

// A sign right before what is put in, or before another one, is written in ways that readers do not agree on.
const plain = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((text) => text.isWellFormed() && !/[$%]{2}|[$%]$/.test(text));

const values = { 'var.a': 'ü', 'local.b': 'x-y', 'var.n': 7, 'var.t': true } as const;

const made: fc.Arbitrary<Made> = fc.letrec<{ expression: Made; template: Made }>((tie) => ({
  template: fc
    .array(
      fc.oneof(
        plain.map((text) => ({ text: quoted(text), value: text })),
        tie('expression').map(({ text, value }) => ({ text: `\${ ${text} }`, value })),
      ),
      { maxLength: 4 },
    )
    .map((parts) => ({
      text: `"${parts.map(({ text }) => text).join('')}"`,
      value: parts.map(({ value }) => value).join(''),
    })),
  expression: fc.oneof(
    { maxDepth: 4 },
    plain.map((text) => ({ text: `"${quoted(text)}"`, value: text })),
    fc
      .constantFrom(...(Object.keys(values) as (keyof typeof values)[]))
      .map((name) => ({ text: name, value: String(values[name]) })),
    tie('template'),
    fc.tuple(fc.boolean(), tie('template'), tie('template')).map(([when, yes, no]) => ({
      text: `(${when} ? ${yes.text} : ${no.text})`,
      value: (when ? yes : no).value,
    })),
    fc
      .tuple(tie('template'), tie('template'))
      .map(([one, other]) => ({ text: `{ a = ${other.text}, b = ${one.text} }["b"]`, value: one.value })),
    fc.tuple(tie('template'), tie('template')).map(([one, other]) => ({
      text: `join("/", [${one.text}, ${other.text}])`,
      value: `${one.value}/${other.value}`,
    })),
  ),
})).template;

test('a text that is put together comes to what it was put together from', () => {
  fc.assert(
    fc.property(made, ({ text, value }) => {
      const { known } = evaluate(parseExpression(text), names(values), freshBudget());
      // One thing alone keeps its type.
      expect(String(known?.value).normalize('NFC')).toBe(value.normalize('NFC'));
    }),
  );
});

test('whatever is written, an end is found and nothing else is thrown', () => {
  const anything = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          '"',
          '${',
          '}',
          '{',
          '(',
          ')',
          '[',
          ']',
          'var.a',
          '=',
          ',',
          '\n',
          '?',
          ':',
          '!',
          '-',
          '1',
          '.',
          '%{',
        ),
        { maxLength: 60 },
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, (text) => {
      worth(text, names(values));
      try {
        parseJsonExpression(text, false);
      } catch (error) {
        expect(error).toBeInstanceOf(NotEvaluated);
      }
    }),
  );
});

test('nesting and growth have an end', () => {
  expect(worth(`${'('.repeat(3_000)}"a"${')'.repeat(3_000)}`)).toBe('unknown');
  expect(worth(`${'!'.repeat(3_000)}true`)).toBe('unknown');
  expect(worth(`${'true ? '.repeat(1_000)}1`)).toBe('unknown');
  const long = names({ 'var.a': 'x'.repeat(9_000) });
  expect(worth('"@{var.a}@{var.a}"', long)).toBe('unknown');
  expect(worth(`[${'1,'.repeat(60_000)}]`)).toBe('unknown');
});
