import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/domain/problem.ts';
import type { Pull } from '../../src/domain/pull.ts';
import type { Run, RunState } from '../../src/domain/run.ts';
import { type BoardFacts, boardView } from '../../src/flow/board.ts';
import { batch, newRunId, plan, planned, project, run, summary } from '../store/samples.ts';
import { merged, samplePull } from '../support/samples.ts';

const network = { ...project('network'), settings: { ...project('network').settings, requirements: {} } };
const problem: Problem = { code: 'tool-failed', sentence: 'It failed.', advice: 'Mend it.' };
const unchanged = { ...plan(), summary: { ...summary, hasChanges: false } };
const planId = newRunId();

const plans = {
  none: null,
  queued: run({ id: planId, project: network }),
  running: run({ id: planId, project: network, state: 'running' }),
  changes: planned({ id: planId, project: network, extra: [] }),
  'changes of a part': planned({ id: planId, project: network }),
  'a part, applied': planned({ id: planId, project: network, spent: true }),
  'no changes': planned({ id: planId, project: network, plan: unchanged, extra: [] }),
  failed: run({ id: planId, project: network, state: 'failed', problem, output: 'the log' }),
  cancelled: run({ id: planId, project: network, state: 'cancelled' }),
  superseded: planned({ id: planId, project: network, state: 'superseded' }),
} as const satisfies Record<string, Run | null>;

/** `of`: the plan that is on the board, or an older one. */
const apply = (state: RunState, more: Partial<Run> = {}): Run =>
  run({
    verb: 'apply',
    project: network,
    state,
    planRunId: planId,
    startedAt: 5,
    output: 'the log',
    ...more,
  });
const older = { planRunId: newRunId() };
const applies = {
  none: null,
  queued: apply('queued', { startedAt: null, output: null }),
  running: apply('running', { output: null }),
  applied: apply('applied'),
  failed: apply('failed', { problem }),
  refused: apply('failed', { problem, startedAt: null, output: null }),
  dropped: apply('cancelled', { problem, startedAt: null, output: null }),
  unresolved: apply('unresolved', { problem }),
  'running, of an older plan': apply('running', older),
  'applied, of an older plan': apply('applied', older),
  'refused, of an older plan': apply('failed', { ...older, problem, startedAt: null }),
  'unresolved, of an older plan': apply('unresolved', { ...older, problem }),
} as const satisfies Record<string, Run | null>;

const wait = { project: network.key, repositoryId: 4711, pullNumber: 3, since: 1 };
const held = { project: network.key, repositoryId: 4711, pullNumber: 2, since: 1, releaseAtEnd: false };
const elsewhere = { ...wait, project: project('other').key };
const lines = {
  own: {},
  'in line behind #2': { waits: [wait], held: [held] },
  'first in line': { waits: [wait], held: [] },
  'in another line': { waits: [elsewhere], held: [] },
} as const satisfies Record<string, Partial<BoardFacts>>;

const pulls = {
  open: samplePull(),
  draft: samplePull({ draft: true }),
  closed: samplePull({ state: 'closed' }),
  merged: samplePull({ state: 'closed', merged: merged() }),
} as const satisfies Record<string, Pull>;

const factsOf = (more: Partial<BoardFacts>): BoardFacts => ({
  pull: pulls.open,
  batch: batch({ affected: [network] }),
  runs: [],
  used: [],
  waits: [],
  held: [],
  ...more,
});

interface Case {
  readonly plan?: keyof typeof plans;
  readonly apply?: keyof typeof applies;
  readonly line?: keyof typeof lines;
  readonly pull?: keyof typeof pulls;
}
/** State, are there counts, what is next, is a problem told, is there a log. */
type Row = readonly [state: string, counts: boolean, next: string, problem: boolean, log: boolean];

const table: readonly (readonly [Case, Row])[] = [
  [{}, ['unplanned', false, '`/plan -p network`', false, false]],
  [{ pull: 'closed' }, ['unplanned', false, '', false, false]],
  [{ plan: 'queued' }, ['queued', false, '', false, false]],
  [{ plan: 'running' }, ['running', false, '', false, false]],
  [{ plan: 'changes' }, ['planned', true, '`/apply -p network`', false, false]],
  [
    { plan: 'changes', pull: 'draft' },
    ['planned', true, 'somebody to mark it as ready for review, then `/apply -p network`', false, false],
  ],
  [{ plan: 'changes', pull: 'closed' }, ['planned', true, '', false, false]],
  [{ plan: 'changes', line: 'in another line' }, ['planned', true, '`/apply -p network`', false, false]],
  [{ plan: 'no changes' }, ['planned', true, '', false, false]],
  [{ plan: 'failed' }, ['failed', false, '`/plan -p network`', true, true]],
  [{ plan: 'failed', pull: 'merged' }, ['failed', false, '', true, true]],
  [{ plan: 'cancelled' }, ['cancelled', false, '`/plan -p network`', false, false]],
  [{ plan: 'superseded' }, ['superseded', true, '`/plan -p network`', false, false]],
  [{ plan: 'superseded', pull: 'closed' }, ['superseded', true, '', false, false]],

  [{ plan: 'changes', apply: 'queued' }, ['applying', true, '', false, false]],
  [{ plan: 'changes', apply: 'running' }, ['applying', true, '', false, false]],
  [{ plan: 'changes', apply: 'applied' }, ['applied', true, 'merge', false, true]],
  // What is left is planned next, and until then nobody knows of the rest.
  [{ plan: 'changes of a part' }, ['planned', true, '`/apply -p network`', false, false]],
  [{ plan: 'a part, applied', apply: 'applied' }, ['unplanned', true, '`/plan -p network`', false, false]],
  [{ plan: 'a part, applied', apply: 'applied', pull: 'merged' }, ['applied', true, '', false, true]],
  [{ plan: 'superseded', apply: 'applied' }, ['applied', true, 'merge', false, true]],
  [{ plan: 'changes', apply: 'applied', pull: 'merged' }, ['applied', true, '', false, true]],
  [{ plan: 'changes', apply: 'failed' }, ['failed', true, '`/plan -p network`', true, true]],
  [{ plan: 'changes', apply: 'refused' }, ['planned', true, '`/apply -p network`', true, false]],
  [{ plan: 'changes', apply: 'dropped' }, ['planned', true, '`/apply -p network`', true, false]],
  [{ plan: 'superseded', apply: 'refused' }, ['superseded', true, '`/plan -p network`', false, false]],
  [
    { plan: 'changes', apply: 'unresolved' },
    ['unresolved', true, 'a person: what was done is not known, `/recover -p network`', true, true],
  ],
  [
    { plan: 'changes', apply: 'unresolved', pull: 'closed' },
    ['unresolved', true, 'a person: what was done is not known, `/recover -p network`', true, true],
  ],

  // An apply that goes on, and one of which nobody knows how it ended, are more than a newer plan; its counts are not theirs.
  [{ plan: 'queued', apply: 'running, of an older plan' }, ['applying', false, '', false, true]],
  [{ plan: 'changes', apply: 'running, of an older plan' }, ['applying', false, '', false, true]],
  [
    { plan: 'changes', apply: 'unresolved, of an older plan' },
    ['unresolved', false, 'a person: what was done is not known, `/recover -p network`', true, true],
  ],
  [{ plan: 'queued', apply: 'applied, of an older plan' }, ['queued', false, '', false, false]],
  [
    { plan: 'changes', apply: 'applied, of an older plan' },
    ['planned', true, '`/apply -p network`', false, false],
  ],
  [
    { plan: 'changes', apply: 'refused, of an older plan' },
    ['planned', true, '`/apply -p network`', false, false],
  ],
  [{ apply: 'applied, of an older plan' }, ['unplanned', false, '`/plan -p network`', false, false]],

  [
    { line: 'in line behind #2' },
    ['waiting', false, '#2 to be merged or closed; it will be planned by itself', false, false],
  ],
  [
    { plan: 'superseded', line: 'in line behind #2' },
    ['waiting', false, '#2 to be merged or closed; it will be planned by itself', false, false],
  ],
  [{ line: 'first in line' }, ['waiting', false, 'its turn; it will be planned by itself', false, false]],
];

const nameOf = (which: Case): string =>
  Object.entries({ plan: 'none', apply: 'none', line: 'own', pull: 'open', ...which })
    .map(([what, value]) => `${what} ${value}`)
    .join(', ');

describe('a row of the board', () => {
  test.each(table.map(([which, row]) => [nameOf(which), which, row] as const))('%s', (_, which, expected) => {
    const runs = [plans[which.plan ?? 'none'], applies[which.apply ?? 'none']].filter((one) => one !== null);
    const view = boardView(
      factsOf({ runs, ...lines[which.line ?? 'own'], pull: pulls[which.pull ?? 'open'] }),
    );
    const [row] = view.rows;
    expect(row).toBeDefined();
    expect([
      row?.state,
      row?.counts !== null,
      row?.next,
      row?.problem !== null,
      row?.output !== null,
    ]).toEqual(expected);
  });

  test('asks for an approval where the project does', () => {
    const strict = project('network');
    const missing = new Map([[strict.key, '1 of 1 review by `acme/db`']]);
    const runs = [planned({ project: strict })];
    const [row] = boardView(factsOf({ batch: batch({ affected: [strict] }), runs, missing })).rows;
    expect(row?.next).toBe('1 of 1 review by `acme/db`, then `/apply -p network`');
  });

  test('names and links who holds the lock', () => {
    const [row] = boardView(factsOf(lines['in line behind #2'])).rows;
    expect(row?.holder).toEqual({
      pullNumber: 2,
      url: 'https://github.example/acme/infrastructure/pull/2',
    });
  });

  test('leaves a name out of the command that a command line would not carry', () => {
    const odd = { ...network, name: 'two words' };
    const [row] = boardView(factsOf({ batch: batch({ affected: [odd] }) })).rows;
    expect(row?.next).toBe('`/plan`');
  });
});

test('a board without a batch says what it can', () => {
  const view = boardView(factsOf({ batch: null }));
  expect([view.rows, view.problem, view.headSha]).toEqual([[], null, pulls.open.head.sha]);
});

test.each([
  ['open', 'open'],
  ['closed', 'closed'],
  ['merged', 'merged'],
] as const)('a pull request that is %s', (which, state) => {
  expect(boardView(factsOf({ pull: pulls[which] })).pullState).toBe(state);
});
