import { describe, expect, test } from 'vitest';
import { projectKeyFromText } from '../../src/domain/ids.ts';
import { checkHistory } from './history.ts';
import type { Fact } from './history-facts.ts';
import { checkMerges } from './history-merges.ts';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

const project = projectKeyFromText('1:network:default:*');
const head = 'a'.repeat(40);

const run = (id: string, more: Partial<Of<'run'>>): Fact => ({
  kind: 'run',
  run: id,
  verb: 'apply',
  project,
  pull: '1/1',
  head,
  planRun: 'plan',
  needsApproval: false,
  breaksGlass: false,
  cause: 'merge',
  mode: 'merge',
  tree: 'tree 1',
  ...more,
});
const plan = (more: Partial<Of<'run'>> = {}): Fact =>
  run('plan', { verb: 'plan', planRun: null, cause: 'command', ...more });
const made = (more: Partial<Of<'plan made'>> = {}): Fact => ({
  kind: 'plan made',
  run: 'plan',
  content: 'bytes',
  meaning: 'adds one',
  ...more,
});
const shows = (...meanings: string[]): Fact => ({ kind: 'comment shows', pull: '1/1', meanings });
const merged = (number: number, more: Partial<Of<'merged'>> = {}): Fact => ({
  kind: 'merged',
  pull: `1/${number}`,
  head,
  order: number,
  tree: `tree ${number}`,
  touches: [],
  ...more,
});
const mode = (one: Of<'mode'>['mode']): Fact => ({ kind: 'mode', project, mode: one });
const starts = (id: string): Fact => ({ kind: 'tool started', run: id, project, content: 'bytes' });
const ends = (id: string): Fact => ({ kind: 'tool ended', run: id, project, outcome: 'well' });
const due = (ended: Of<'due'>['ended']): Fact => ({ kind: 'due', pull: '1/1', project, ended });
const check = (says: string, title: string): Fact => ({ kind: 'check', head, says, title });

const good: readonly Fact[] = [
  mode('merge'),
  shows('adds one'),
  merged(1, { touches: [project] }),
  due(null),
  plan(),
  made(),
  run('apply', {}),
  starts('apply'),
  ends('apply'),
  due('applied'),
  check('success', '1 project applied'),
];
const without = (kind: Fact['kind']): readonly Fact[] => good.filter((fact) => fact.kind !== kind);

const begun = (mine: Of<'mode'>['mode'], cause: Of<'run'>['cause'], byRule: boolean): readonly Fact[] => [
  mode(mine),
  plan({ mode: mine }),
  made({ byRule }),
  run('apply', { cause, mode: mine }),
  starts('apply'),
  ends('apply'),
];

const older = (first: readonly Fact[]): readonly Fact[] => [
  mode('merge'),
  merged(1),
  merged(2),
  ...first,
  run('one', { cause: 'command', planRun: 'plan 1' }),
  starts('one'),
];
const newer = run('two', { pull: '1/2', tree: 'tree 2', cause: 'command', planRun: 'plan 2' });
const unchanged: Fact = { kind: 'state', run: 'two', state: 'planned', digest: 'd', changes: false };

describe('a history is well in which', () => {
  test.each<[string, readonly Fact[]]>([
    ['what was shown is merged, and applied', good],
    ['a merge waits for somebody', [...good, due(null), check('action_required', 'Waits for /apply')]],
    [
      'a merge stands in line',
      [
        ...good,
        due(null),
        { kind: 'lock taken', project, pull: '1/2' },
        check('in_progress', 'Waiting in line'),
      ],
    ],
    ['a rule lets a plan begin', begun('auto', 'rule', true)],
    ['somebody applies what no rule lets begin', begun('auto', 'command', false)],
    ['an older commit is applied first', older([])],
  ])('%s', (_, facts) => expect(checkMerges(facts, true)).toEqual([]));
});

describe('it is found that', () => {
  test.each<[string, readonly Fact[], RegExp]>([
    ['an apply began before the merge', without('merged'), /changed .* before 1\/1 was merged/],
    [
      'somebody commands one before the merge',
      begun('merge', 'command', false),
      /changed .* before 1\/1 was merged/,
    ],
    ['nobody was shown a plan before the merge', without('comment shows'), /nobody had been shown/],
    [
      'another plan than the one that was shown is applied',
      good.map((fact) => (fact.kind === 'plan made' ? made({ meaning: 'destroys all' }) : fact)),
      /nobody had been shown what it does/,
    ],
    [
      'the plan was shown only after the merge',
      [...without('comment shows').slice(0, 2), shows('adds one'), ...without('comment shows').slice(2)],
      /nobody had been shown/,
    ],
    [
      'what is applied is not of what was merged',
      good.map((fact) => (fact.kind === 'run' ? { ...fact, tree: 'another' } : fact)),
      /is not of what was merged/,
    ],
    [
      'a merge began one that is applied by command',
      good.map((fact) => (fact.kind === 'mode' ? mode('command') : fact)),
      /is applied otherwise/,
    ],
    ['one begins by itself that no rule lets', begun('command', 'rule', true), /no rule lets/],
    ['a rule does not hold for the plan', begun('auto', 'rule', false), /does not hold for its plan/],
    [
      'an older commit is applied over a newer one',
      older([newer, starts('two'), ends('two')]),
      /from merge 1, after it was applied from merge 2/,
    ],
    [
      'an older commit is applied over a newer one that had nothing to change',
      older([newer, unchanged]),
      /from merge 1, after it was applied from merge 2/,
    ],
    [
      'an older commit is applied over one whose apply failed',
      older([newer, starts('two'), { ...ends('two'), outcome: 'failed' } as Fact]),
      /from merge 1, after an apply from merge 2 was begun/,
    ],
    ['a merge is not noted', without('due'), /was merged, and .* forgotten/],
    [
      'what a merge asks for is called done',
      [...good, due(null)],
      /asks for .*, nothing is on its way, and its check says: 1 project applied/,
    ],
    [
      'what a merge asks for is said to go on, and does not',
      [...good, due(null), check('in_progress', 'Waiting for the plan of network')],
      /nothing is on its way, and its check says: Waiting for the plan/,
    ],
    [
      'a check says that it begins by itself, and nothing does',
      [...good, check('action_required', 'Waits for its apply, which begins by itself (1 to add)')],
      /says: Waits for its apply/,
    ],
  ])('%s', (_, facts, finds) => {
    expect(checkMerges(facts, true)).toContainEqual(expect.stringMatching(finds));
    // It is one history, with one checker.
    expect(checkHistory(facts, true)).toContainEqual(expect.stringMatching(finds));
  });
});
