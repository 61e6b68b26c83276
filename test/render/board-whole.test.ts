import fc from 'fast-check';
import { expect } from 'vitest';
import type { ChangeAction, PlanSummary } from '../../src/domain/plan-summary.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { gatherDangers } from '../../src/render/danger.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow, BoardView } from '../../src/render/view.ts';
import { inCases } from '../support/in-cases.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';
import { attribute, resource, row, summary, view } from './samples.ts';

/*
 * All that may stand in a comment, together, and as long as it may be.
 */

const catalogue = dangerCatalogue();
const { board, planCheck, applyCheck, projectCheck } = createRenderer({ danger: catalogue });
const runsUrl = `https://tidegate.example/runs?repository=${'o'.repeat(39)}%2F${'r'.repeat(100)}&pull=1234567`;

/** Letters that take one byte, three, four, and those that are written as entities. */
const letters = ['n', '漢', '𝒜', '|', '<'] as const;
type Letter = (typeof letters)[number];
/** What a project may be called, a folder, a branch. */
const nameOf = (letter: Letter, index: number): string =>
  `${index}${(letter === '|' || letter === '<' ? '/' : letter).repeat(100)}`.slice(0, 100).toWellFormed();
const dirOf = (letter: Letter, index: number): string =>
  `${index % 37}${letter.repeat(60)}/${index}${letter.repeat(400)}`;
const addressOf = (letter: Letter, type: string, index: number): string =>
  `module.${'m'.repeat(90)}["${letter.repeat(150)}"].${type}.one[${index}]`;

const many = (letter: Letter, count: number, size: number, of: ChangeAction): PlanSummary => {
  const types = ['aws_db_instance', 'terraform_data', 'aws_s3_bucket'];
  const changes = Array.from({ length: count }, (_, index) => {
    const type = types[index % types.length] ?? 'x';
    const value = letter.repeat(size);
    return resource(
      of,
      addressOf(letter, type, index),
      [attribute(`input.${letter.repeat(50)}`, `"a${value}"`, `"b${value}"`, of === 'replace')],
      { type },
    );
  });
  const plan = summary(changes);
  const drift = changes.slice(0, 8).map(({ address, type, attributes }) => ({
    address,
    type,
    action: 'update' as const,
    attributes,
  }));
  return { ...plan, drift, driftCounts: { relevant: 80, all: 90 } };
};

const words = (letter: Letter): string => `It is \`${letter.repeat(300)}\` ${letter.repeat(900)}`;

interface Wish {
  readonly letter: Letter;
  readonly projects: number;
  readonly states: readonly BoardRow['state'][];
  readonly changes: number;
  readonly size: number;
  readonly action: ChangeAction;
  readonly beside: boolean;
  readonly since: boolean;
}

const rowsOf = ({
  letter,
  projects,
  states,
  changes,
  size,
  action,
  beside,
  since,
}: Wish): readonly BoardRow[] => {
  const plan = many(letter, changes, size, action);
  return Array.from({ length: projects }, (_, index) => {
    const state = states[index % states.length] ?? 'planned';
    const name = nameOf(letter, index);
    const hasPlan = ['planned', 'applied', 'unresolved', 'applying'].includes(state);
    return row(name, state, {
      dir: dirOf(letter, index),
      workspace: 'w'.repeat(90),
      next: `\`/apply -p ${name}\` by \`${letter.repeat(40)}\`, then ${words('n')}`,
      url: `https://tidegate.example/runs/${index}`,
      ...(hasPlan ? { summary: plan } : {}),
      ...(since && state === 'planned'
        ? {
            since: [
              {
                logins: ['a'.repeat(39), 'b'.repeat(39)],
                plan: '0123456789ab',
                comparison: {
                  resources: plan.resources.map(({ address }) => ({
                    name: address,
                    from: null,
                    to: action,
                    values: [],
                  })),
                  outputs: [],
                  others: [],
                },
              },
            ],
          }
        : {}),
      ...(state === 'failed' || (beside && index % 3 === 0)
        ? {
            problem: {
              code: 'policy-failed',
              sentence: words(letter),
              advice: words(letter),
              details: `${letter.repeat(200)}\n`.repeat(80),
            },
          }
        : {}),
      ...(state === 'held'
        ? {
            held: {
              answer: 'trust',
              more: 7,
              findings: Array.from({ length: 30 }, (_, at) => ({
                kind: 'program',
                place: `main.tf:${at}`,
                subject: `${letter.repeat(190)}${at}`,
                path: `${dirOf(letter, index)}/main.tf`,
                line: at,
                answer: 'trust',
              })),
            },
          }
        : {}),
    } as Partial<BoardRow>);
  });
};

const viewOf = (wish: Wish): BoardView => {
  const { letter, beside } = wish;
  const rows = rowsOf(wish);
  const name = nameOf(letter, 7);
  if (!beside) return view(rows, { runsUrl });
  const branch = letter.repeat(250);
  return view(rows, {
    runsUrl,
    baseRef: branch,
    filesUrl: 'https://forge.example/acme/infra/blob/9f2c01e4',
    facts: `tidegate:facts ${'f'.repeat(6_000)}`,
    earlier: ['a', 'b', 'c', 'd', 'e'].map((one) => one.repeat(40)),
    trustedBy: 't'.repeat(39),
    noApply: { code: 'bot', sentence: words(letter), advice: words(letter) },
    notMerged: { code: 'merge-refused', sentence: words(letter), advice: words(letter) },
    pendings: Array.from({ length: 30 }, () => ({
      name,
      branch,
      commits: 3,
      commit: '9f2c01e4b1aa7a8d1f0c5d2e3b4a596877665544' as BoardView['pendings'] extends
        | readonly (infer One extends { commit: unknown })[]
        | undefined
        ? One['commit']
        : never,
      forced: false,
      login: 'p'.repeat(39),
      plan: 'contains',
    })),
    notes: {
      moving: Array.from({ length: 3 }, () => ({ path: name, line: 1, source: name, moves: name })),
      moreMoving: 40,
      usedBy: { projects: 1_000, repositories: 100 },
      unread: {
        tools: Array.from({ length: 8 }, () => ({ tool: 'Terragrunt', files: 1_000, first: name })),
        answer: 'ask',
      },
    },
    notTaken: Array.from({ length: 40 }, () => ({ name, keys: ['requirements', 'env', 'workflow'] })),
    rulesAfterMerge: 12,
    skipped: Array.from({ length: 200 }, () => ({ name, reason: words(letter) })),
  });
};

const states = [
  'planned',
  'applied',
  'failed',
  'unresolved',
  'waiting',
  'unplanned',
  'applying',
  'held',
  'running',
] as const;

/** So many projects, with so many changes each. */
const sizes = fc.oneof(
  { weight: 30, arbitrary: fc.record({ projects: fc.integer({ min: 1, max: 4 }), changes: fc.nat(4) }) },
  {
    weight: 6,
    arbitrary: fc.record({ projects: fc.integer({ min: 1, max: 2 }), changes: fc.constantFrom(40, 110) }),
  },
  { weight: 3, arbitrary: fc.record({ projects: fc.integer({ min: 15, max: 40 }), changes: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ projects: fc.integer({ min: 140, max: 220 }), changes: fc.nat(1) }) },
);

const anyWish: fc.Arbitrary<Wish> = fc
  .record({
    letter: fc.constantFrom(...letters),
    sizes,
    states: fc.oneof(
      fc.constant(['planned'] as const),
      fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 6 }),
    ),
    size: fc.constantFrom(1, 80, 1_000),
    action: fc.constantFrom('create', 'update', 'delete', 'replace'),
    beside: fc.boolean(),
    since: fc.boolean(),
  })
  .map(({ sizes, ...rest }) => ({ ...rest, ...sizes }));

const numbers = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((sum, [, digits = '']) => sum + Number(digits.replaceAll(',', '')), 0);

inCases(250, 1_000)(
  'all of it together fits, names a hundred dangers, and counts what it leaves out, with a link',
  (numRuns) => {
    const seen: number[] = [];
    fc.assert(
      fc.property(anyWish, (wish) => {
        const it = viewOf(wish);
        const body = board(it);
        const list = body.slice(0, body.includes('<details') ? body.indexOf('<details') : body.length);
        // Every project has a row, is in that of a folder, is without changes, or is counted.
        const table = body
          .split('\n')
          .filter((line) => line.startsWith('| ') && !line.startsWith('| Project |'));
        const folders = table.map((line) => numbers(line, /^\| .{1,1000}? \(([\d,]+) projects?\) \|/g));
        const told =
          folders.reduce((sum, many) => sum + (many === 0 ? 1 : many), 0) +
          numbers(body, /^([\d,]+) more projects? not shown in this table/gm) +
          numbers(body, /^([\d,]+) projects? ha(?:s|ve) no changes/gm);
        const dangers = gatherDangers(it, catalogue).groups.flat();
        const items = list.match(/^- (destroy|replace|update|create) .* in /gm) ?? [];
        seen.push(items.length);
        const isShort = /_Left out, because|not shown in this table|, not named here/.test(body);
        const checks = [planCheck(it), applyCheck(it), ...it.rows.slice(0, 2).map(projectCheck)];
        expect({
          over: Math.max(0, byteLength(body) - byteLimit),
          balanced: body.split('<details').length === body.split('</details>').length,
          fences: (body.match(/^`{3,}/gm)?.length ?? 0) % 2,
          ended: body.includes('lists the commands</sub>'),
          told,
          named: items.length,
          counted: numbers(list, /and ([\d,]+) more, not named here/g),
          linked: !isShort || body.includes('(https://tidegate.example/runs?repository='),
          checks: checks.every(
            ({ summary: words, text, title }) =>
              byteLength(words) <= byteLimit && byteLength(text ?? '') <= byteLimit && title.length <= 200,
          ),
        }).toEqual({
          over: 0,
          balanced: true,
          fences: 0,
          ended: true,
          told: wish.projects,
          named: Math.min(dangers.length, 100),
          counted: Math.max(dangers.length - 100, 0),
          linked: true,
          checks: true,
        });
      }),
      { numRuns },
    );
    expect(Math.max(...seen)).toBe(100);
  },
);
