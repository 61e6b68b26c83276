import { describe, expect, test } from 'vitest';
import { type AutomergeFacts, methodOf, readiness } from '../../src/domain/automerge.ts';
import type { Batch } from '../../src/domain/batch.ts';
import { type MergeMethod, mergeMethods, nextAskAt } from '../../src/domain/merging.ts';
import type { Project } from '../../src/domain/project.ts';
import type { Requirement } from '../../src/domain/rules/requirement.ts';
import type { Run } from '../../src/domain/run.ts';
import * as stored from '../store/samples.ts';
import { commit, sampleProject, samplePull } from '../support/samples.ts';

const head = commit('a');
const other = commit('b');
const asking = (name: string, method: MergeMethod | null = null): Project => {
  const project = sampleProject(name);
  return { ...project, settings: { ...project.settings, automerge: { method } } };
};
const network = asking('network');
const database = asking('database');

const planned = (project: Project, hasChanges: boolean, more: Partial<Run> = {}): Run => {
  const plan = stored.plan();
  return stored.planned({
    project,
    headSha: head,
    extra: [],
    spent: false,
    plan: { ...plan, summary: { ...plan.summary, hasChanges } },
    ...more,
  });
};
const applied = (planRun: Run, more: Partial<Run> = {}): Run => ({
  ...planRun,
  id: stored.newRunId(),
  verb: 'apply',
  state: 'applied',
  planRunId: planRun.id,
  plan: null,
  ...more,
});

const first = planned(network, true, { spent: true });
const second = planned(database, true, { spent: true });
const done = [first, applied(first), second, applied(second)];

const batchOf = (more: Partial<Batch> = {}): Batch =>
  stored.batch({
    headSha: head,
    affected: [network, database],
    skipped: [],
    left: [],
    held: [],
    problem: null,
    ...more,
  });

const facts = (more: Partial<AutomergeFacts> = {}): AutomergeFacts => ({
  pull: samplePull({ head: { sha: head, ref: 'change', repoId: 1 } }),
  batch: batchOf(),
  runs: done,
  unfinished: 0,
  waits: 0,
  isMet: () => false,
  ...more,
});

const open = facts().pull;
const ready = { kind: 'ready', methods: [], follows: false };
const readyToFollow = { ...ready, follows: true };
const off = { kind: 'off' };
const notYet = (because: RegExp) => ({ kind: 'not-yet', because: expect.stringMatching(because) });
const unapplied = notYet(/^database is not applied$/);
const withSecond = (...runs: readonly Run[]) => facts({ runs: [first, applied(first), ...runs] });
const unchanged = planned(database, false);
const waiting = planned(database, true);

const approved = {
  kind: 'approved',
  count: 1,
  from: null,
  codeOwners: false,
  when: null,
  source: '',
} as const;
const onMerge = (project: Project, requirements: readonly Requirement[]): Project => ({
  ...project,
  settings: { ...project.settings, apply: { kind: 'merge' }, requirements: { apply: requirements } },
});
const following = (requirements: readonly Requirement[], more: Partial<Run> = {}): AutomergeFacts => {
  const follower = onMerge(database, requirements);
  return {
    ...withSecond({ ...waiting, project: follower, ...more }),
    batch: batchOf({ affected: [network, follower] }),
    isMet: ({ key }) => key === follower.key,
  };
};
const followingBoth = facts({
  batch: batchOf({ affected: [onMerge(network, [approved]), onMerge(database, [approved])] }),
  runs: [planned(network, true), waiting],
  isMet: () => true,
});

const table: readonly (readonly [string, AutomergeFacts, unknown])[] = [
  ['everything was applied', facts(), ready],
  ['the rest has nothing to do', withSecond(unchanged), ready],
  [
    'nothing at all was to be done',
    facts({ runs: [planned(network, false), unchanged] }),
    notYet(/nothing of it/),
  ],
  [
    'what was applied was planned again, without changes',
    facts({ runs: [planned(network, false), applied(first), unchanged] }),
    ready,
  ],
  ['nothing is affected', facts({ batch: batchOf({ affected: [] }), runs: [] }), off],
  ['nothing was ever planned', facts({ batch: null }), off],
  [
    'one does not ask for it',
    facts({ batch: batchOf({ affected: [network, sampleProject('database')] }) }),
    off,
  ],
  ['one is not applied', withSecond(waiting), unapplied],
  ['one is not planned', withSecond(), unapplied],
  ['one could not be planned', withSecond({ ...second, state: 'failed', plan: null }), unapplied],
  ['the apply of one failed', withSecond(second, applied(second, { state: 'failed' })), unapplied],
  ['the plan of one was voided', withSecond({ ...second, state: 'superseded' }), unapplied],
  ['one was planned anew since its apply', withSecond(waiting, applied(second)), unapplied],
  ['one was applied at an older head', withSecond(second, applied(second, { headSha: other })), unapplied],
  ['one was planned at an older head', withSecond({ ...second, headSha: other }, applied(second)), unapplied],
  [
    'a part of one was applied',
    withSecond({ ...second, extra: ['-target=a.b'] }, applied(second)),
    unapplied,
  ],
  ['a part of one has nothing to do', withSecond({ ...unchanged, extra: ['-target=a.b'] }), unapplied],
  ['one follows after the merge', following([approved]), readyToFollow],
  ['both follow', followingBoth, readyToFollow],
  ['one would follow, and nobody is asked for a word', following([]), unapplied],
  [
    'one would follow, and a word is asked for sometimes',
    following([{ ...approved, when: 'plan.destroy > 0' }]),
    unapplied,
  ],
  [
    'one would follow, and its rules are not met',
    { ...following([approved]), isMet: () => false },
    unapplied,
  ],
  ['one would follow, and its plan was used up', following([approved], { spent: true }), unapplied],
  ['a run goes on', facts({ unfinished: 1 }), notYet(/run/)],
  ['it waits in line', facts({ waits: 1 }), notYet(/line/)],
  ['it is a draft', facts({ pull: { ...open, draft: true } }), notYet(/draft/)],
  ['it is closed', facts({ pull: { ...open, state: 'closed' } }), notYet(/closed/)],
  [
    'it was pushed to',
    facts({ pull: { ...open, head: { ...open.head, sha: other } } }),
    notYet(/newest commit/),
  ],
  [
    'it was not planned',
    facts({ batch: batchOf({ problem: { code: 'conflict', sentence: '', advice: '' } }) }),
    notYet(/planned/),
  ],
  [
    'a project is held',
    facts({
      batch: batchOf({
        held: [{ project: database.key, answer: 'trust', findings: [], more: 0 }],
      }),
    }),
    notYet(/held/),
  ],
  [
    'it takes a project away',
    facts({
      batch: batchOf({
        skipped: [{ name: 'old', dir: 'old', workspace: 'default', reason: 'it is gone', removed: true }],
      }),
    }),
    notYet(/away/),
  ],
];

describe('a pull request that is merged by itself', () => {
  test.each(table)('%s', (_what, given, expected) => {
    expect(readiness(given)).toEqual(expected);
  });

  test('is merged as its projects ask, where that is let through', () => {
    const affected = [asking('network', 'rebase'), asking('database'), asking('cache', 'squash')];
    const runs = affected.flatMap((project) => {
      const plan = planned(project, true, { spent: true });
      return [plan, applied(plan)];
    });
    const answer = readiness(facts({ batch: batchOf({ affected }), runs }));
    expect(answer).toEqual({ ...ready, methods: ['rebase', 'squash'] });
    expect(methodOf(['rebase', 'squash'], { methods: mergeMethods })).toBe('rebase');
    expect(methodOf(['rebase', 'squash'], { methods: ['merge', 'squash'] })).toBe('squash');
    expect(methodOf(['rebase'], { methods: ['merge', 'squash'] })).toBe('merge');
    expect(methodOf([], { methods: ['squash'] })).toBe('squash');
    expect(methodOf(['merge'], { methods: [] })).toBeNull();
  });

  test('is tried again after a minute at first, and then ever more seldom', () => {
    const minute = 60_000;
    expect(nextAskAt({ since: 0, at: 0 })).toBe(minute);
    expect(nextAskAt({ since: 0, at: 10 * minute })).toBe(15 * minute);
    expect(nextAskAt({ since: 0, at: 600 * minute })).toBe(630 * minute);
  });
});
