import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { CheckFact, MergeFacts, RequiredCheck } from '../../../src/domain/rules/merge-facts.ts';
import { mergeable } from '../../../src/domain/rules/mergeable.ts';

const count = z.number().nullable().default(null);
const shape = z.strictObject({
  github: z
    .enum(['clean', 'unstable', 'has_hooks', 'blocked', 'behind', 'dirty', 'draft', 'new'])
    .default('clean'),
  draft: z.boolean().default(false),
  merges: z.union([z.boolean(), z.literal('unknown')]).default(true),
  reviews: z.enum(['approved', 'changes_requested', 'required']).nullable().default(null),
  protection: z.array(z.string()).default([]),
  ruleset: z.array(z.string()).default([]),
  reports: z.array(z.string()).default([]),
  strict: z.boolean().default(false),
  lacks: z.union([z.number(), z.literal('unknown')]).default('unknown'),
  unsigned: count,
  unresolved: count,
  unknown: z.array(z.string()).default([]),
  holds: z.boolean(),
  because: z.string().optional(),
  needs: z.string().optional(),
});
type Cell = z.infer<typeof shape>;

const cells = z
  .array(z.unknown())
  .parse(parse(readFileSync(new URL('./mergeable.yaml', import.meta.url), 'utf8')))
  .map((cell): readonly [string, Cell] => [JSON.stringify(cell), shape.parse(cell)]);

const states = z.enum(['success', 'failure', 'pending', 'neutral', 'skipped']);
const apps: Readonly<Record<string, number | null>> = { us: 7, ci: 15, nobody: null };
const appOf = (whom: string): number | null => {
  const app = apps[whom];
  if (app === undefined) throw new Error(`nobody knows the App ${whom}`);
  return app;
};

const requiredOf = (text: string): RequiredCheck => {
  const [name = '', whom] = text.split(' of ');
  return { name, appId: whom === undefined ? null : appOf(whom) };
};

const reportOf = (text: string): CheckFact => {
  const [, name = '', whom = '', state] = /^(.+) of (\w+): (\w+)$/.exec(text) ?? [];
  return { name, appId: appOf(whom), state: states.parse(state) };
};

const factsOf = (cell: Cell): MergeFacts => ({
  headSha: 'a'.repeat(40),
  draft: cell.draft,
  mergeable: cell.merges === 'unknown' ? null : cell.merges,
  state: cell.github === 'new' ? null : cell.github,
  reviews: cell.reviews,
  required: [...cell.protection, ...cell.ruleset].map(requiredOf),
  strict: cell.strict,
  behindBy: cell.lacks === 'unknown' ? null : cell.lacks,
  checks: cell.reports.map(reportOf),
  unsigned: cell.unsigned,
  unresolved: cell.unresolved,
  unknown: cell.unknown,
});

const own = {
  appId: 7,
  isOurs: (name: string) =>
    name === 'tidegate/plan' || name === 'tidegate/apply' || name.startsWith('tidegate: '),
};

const source = 'tidegate.yaml of the base branch, line 7';

test('there are as many cells as were asked for', () => {
  expect(cells.length).toBeGreaterThanOrEqual(24);
});

test.each(cells)('%s', (_, cell) => {
  const verdict = mergeable(factsOf(cell), own, source);
  expect({ holds: verdict.holds, because: verdict.because }).toEqual({
    holds: cell.holds,
    because: expect.stringContaining(cell.because ?? ''),
  });
  expect(verdict).toMatchObject({ name: 'mergeable', source });
  expect(verdict.parts.every(({ holds }) => holds)).toBe(cell.holds);
  expect(verdict.problem?.code ?? null).toBe(cell.holds ? null : 'not-mergeable');
  if (!cell.holds) expect(verdict.needs).toContain(cell.needs ?? '');
});

test('what is missing is something that can be waited for', () => {
  const needsOf = (cell: Partial<Cell>) =>
    mergeable(factsOf(shape.parse({ ...cell, holds: false })), own, source).needs;
  const blocked = { github: 'blocked' } as const;
  expect([
    needsOf({ draft: true }),
    needsOf({ merges: 'unknown' }),
    needsOf({ merges: false }),
    needsOf({ reviews: 'required' }),
    needsOf({ reviews: 'changes_requested' }),
    needsOf({ ruleset: ['lint'] }),
    needsOf({ ruleset: ['lint'], reports: ['lint of ci: pending'] }),
    needsOf({ ruleset: ['lint'], reports: ['lint of ci: failure'] }),
    needsOf({ ...blocked, strict: true }),
    needsOf({ github: 'behind' }),
    needsOf({ unsigned: 1 }),
    needsOf({ unresolved: 1 }),
    needsOf(blocked),
    needsOf({ ...blocked, unknown: ['code_scanning'] }),
  ]).toEqual([
    'it to be ready for review',
    'GitHub to find out whether it merges',
    'its conflicts with the base branch to be resolved',
    "a review that the base branch's rules require",
    'whoever requested changes to agree',
    'the required check `lint` to pass',
    'the required check `lint` to pass',
    'the required check `lint` to pass',
    'GitHub to tell whether the branch is up to date with the base branch',
    'the branch to be brought up to date with the base branch',
    'every commit to be signed',
    'every conversation to be resolved',
    'GitHub to let it be merged (GitHub says `blocked`, and not for what)',
    'GitHub to let it be merged (GitHub says `blocked`, and does not tell whether `code_scanning` holds)',
  ]);
});

/** What is said of each part. */
const saidOf = (cell: Partial<Cell>): Readonly<Record<string, string>> => {
  const { parts } = mergeable(factsOf(shape.parse({ ...cell, holds: true })), own, source);
  return Object.fromEntries(parts.map(({ name, because }) => [name, because]));
};

test('every part says what was seen, for those who ask why', () => {
  expect(saidOf({})).toEqual({
    draft: 'it is no draft',
    conflicts: 'it merges cleanly',
    reviews: 'the base branch requires no reviews',
    'up to date': 'not required',
    signatures: 'not required',
    conversations: 'not required',
    github: 'GitHub says `clean`',
  });
  expect(saidOf({ ruleset: ['tidegate/apply'] })).not.toHaveProperty('check tidegate/apply');
  expect(
    saidOf({
      reviews: 'approved',
      strict: true,
      lacks: 0,
      unsigned: 0,
      unresolved: 0,
      github: 'blocked',
      ruleset: ['lint', 'tidegate/apply'],
      reports: ['lint of ci: success', 'tidegate/apply of ci: success', 'tidegate/apply of us: pending'],
    }),
  ).toEqual({
    draft: 'it is no draft',
    conflicts: 'it merges cleanly',
    reviews: 'the reviews that the base branch requires are there',
    'check lint': 'passed',
    'check tidegate/apply': 'passed',
    'up to date': 'the head is up to date with the base branch',
    signatures: 'every commit is signed',
    conversations: 'every conversation is resolved',
    github: 'GitHub says `blocked`, for our own checks',
  });
});
