import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lookup } from '../../../src/domain/declared/folder.ts';
import type { Written } from '../../../src/domain/early/definitions.ts';
import {
  constant,
  freshBudget,
  mayBeAnyFile,
  type Result,
  unknown,
} from '../../../src/domain/early/result.ts';
import { aroundRoot, scopeOf } from '../../../src/domain/early/scope.ts';
import { asJson, type Value } from '../../../src/domain/early/value.ts';

/** What locals say, `l0` first; each may use those behind it, and the variable `x`. */
type Locals = readonly string[];

const names = ['l0', 'l1', 'l2', 'l3'] as const;

/** Often what is not known, so that it stands where it matters. */
const expression = (behind: readonly string[]): fc.Arbitrary<string> => {
  const key = fc.constantFrom('"a"', 'var.x');
  return fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('"a"', '"b"', 'true', 'null', 'var.x', ...behind, ...behind),
      fc.tuple(tie('any'), tie('any')).map(([one, other]) => `"\${${one}}-\${${other}}"`),
      fc.tuple(tie('any'), tie('any'), tie('any')).map(([when, yes, no]) => `(${when} ? ${yes} : ${no})`),
      fc.tuple(key, tie('any'), key).map(([name, value, at]) => `{ (${name}) = ${value} }[${at}]`),
      fc.tuple(tie('any'), tie('any')).map(([one, other]) => `[${one}, ${other}][0]`),
      fc.tuple(tie('any'), tie('any')).map(([one, other]) => `(${one} == ${other})`),
      fc.tuple(key, tie('any')).map(([by, item]) => `join(${by}, [${item}, "d"])`),
      fc.tuple(tie('any'), key).map(([item, at]) => `lookup({ a = ${item} }, ${at}, "e")`),
      tie('any').map((one) => `!${one}`),
    ),
  })).any;
};

const locals: fc.Arbitrary<Locals> = fc.tuple(
  ...names.map((_, index) => expression(names.slice(index + 1).map((name) => `local.${name}`))),
);

const worth = (all: Locals, x: Result): Result => {
  const written = new Map(
    all.map((text, index): [string, Written] => {
      const digest = createHash('sha256').update(text).digest('base64url');
      return [`l${index}`, { argument: { text, digest }, isJson: false }];
    }),
  );
  const definitions = { locals: written, blocks: lookup([]), isRead: true };
  const scope = scopeOf(definitions, '', () => x, aroundRoot('default'), freshBudget());
  return scope.reference('local', 'l0') ?? unknown();
};

const told = ({ known }: Result): string => JSON.stringify(known === null ? 'unknown' : asJson(known.value));
const fed = ({ feeds }: Result): string => JSON.stringify([...feeds].sort());

test('definitions that are fed the same come to the same, whatever is not known here turns out to be', () => {
  const values: readonly Value[] = ['a', 'b', true, false, null, 1];
  let same = 0;
  fc.assert(
    fc.property(
      locals,
      fc.nat({ max: names.length - 1 }),
      locals,
      fc.constantFrom(...values),
      (before, changed, others, x) => {
        const after = before.map((text, index) => (index === changed ? (others[index] ?? text) : text));
        const [base, head] = [worth(before, unknown('x')), worth(after, unknown('x'))];
        // Any file may feed it: then only the very same tree is the same.
        if (mayBeAnyFile(head.feeds) || fed(base) !== fed(head)) return;
        same += 1;
        const [was, is] = [worth(before, constant(x)), worth(after, constant(x))];
        expect(told(is)).toBe(told(was));
      },
    ),
    { numRuns: 3_000 },
  );
  // Changes of what is not used are among them.
  expect(same).toBeGreaterThan(100);
});
