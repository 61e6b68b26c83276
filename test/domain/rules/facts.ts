import type { Due } from '../../../src/domain/due.ts';
import type { Actor, Permission, Pull } from '../../../src/domain/pull.ts';
import type { ApplyFacts, LaterFacts } from '../../../src/domain/rules/apply-conditions.ts';
import type { Evidence } from '../../../src/domain/rules/authorize.ts';
import type { MergeFacts } from '../../../src/domain/rules/merge-facts.ts';
import type { PeopleFacts } from '../../../src/domain/rules/people.ts';
import type { People } from '../../../src/domain/rules/requirement.ts';
import type { RuleFacts } from '../../../src/domain/rules/requirements.ts';
import type { Uncounted, Vote } from '../../../src/domain/rules/votes.ts';
import { planned } from '../../store/samples.ts';
import { commit, person, sampleProject, samplePull } from '../../support/samples.ts';

/** Facts under which everything that can be asked holds; what a test is about is changed in them. */

export const source = 'operator file, line 12';
export const nobody: People = { users: [], teams: [], permission: null };

const logins = ['ada', 'bob', 'cy', 'eve'];
export const named = (login: string): Actor => person(logins.indexOf(login) + 1, login);

const rights: Readonly<Record<string, Permission>> = { ada: 'write', bob: 'write', cy: 'admin', eve: 'read' };
/** ada, bob and cy may write, eve may read; bob is in acme/db. */
export const people: PeopleFacts = {
  permissionOf: (login) => rights[login] ?? 'none',
  isMember: (team, login) => (team === 'acme/db' ? login === 'bob' : null),
};

export const vote = (login: string, uncounted: Uncounted | null = null): Vote => ({
  actor: named(login),
  review: { id: 1, author: named(login), state: 'approved', commit: commit('a'), submittedAt: 0 },
  uncounted,
  saw: null,
});

export const freeMerge: MergeFacts = {
  headSha: commit('a'),
  draft: false,
  mergeable: true,
  state: 'clean',
  reviews: null,
  required: [],
  strict: false,
  behindBy: null,
  checks: [{ name: 'test', appId: 15, state: 'success' }],
  unsigned: null,
  unresolved: null,
  unknown: [],
};

export const ruleFacts: RuleFacts = {
  ...people,
  votes: [vote('bob'), vote('cy')],
  bound: 'plan',
  owned: [],
  isMerged: false,
  merge: freeMerge,
  own: { appId: 7, isOurs: (name) => name === 'tidegate/apply' },
  behind: [],
  condition: () => true,
  window: () => ({ open: true, because: 'open until 17:00 (Europe/Berlin)' }),
  policies: [],
  environment: () => ({ kind: 'none' }),
  actor: named('ada'),
  shownSince: 0,
  now: 3_600_000,
};

export const laterFacts: LaterFacts = {
  current: { kind: 'same', because: 'head, base and files are those that were planned' },
  trust: { kind: 'none-needed' },
  suspended: [],
  waitsFor: null,
  mode: { kind: 'command' },
  beginsByRule: false,
  order: 'newest',
};

export const applyFacts: ApplyFacts = {
  pull: samplePull(),
  cause: 'command',
  due: null,
  planRun: planned({ project: sampleProject('network'), headSha: commit('a') }),
  repositoryAllowed: true,
  appliesForks: false,
  appliesIntoBase: true,
  comment: 'stands',
  lockHolder: 3,
  unresolved: false,
  plan: 'stands',
  board: 'ours',
  later: laterFacts,
};

const merge = { commit: commit('d'), by: named('ada'), at: 1_000 };
/** The pull request above once it is merged, and what its merge asks for of `network`: the plan that was agreed to. */
export const mergedPull: Pull = samplePull({ state: 'closed', merged: merge });
export const due: Due = {
  repositoryId: mergedPull.ref.repo.id,
  pullNumber: mergedPull.ref.number,
  project: applyFacts.planRun.project.key,
  commit: merge.commit,
  approved: applyFacts.planRun.plan?.digest ?? null,
  by: merge.by,
  mergedAt: merge.at,
  ended: null,
};
/** After the merge, by the merge; everything holds. */
export const mergedFacts: ApplyFacts = {
  ...applyFacts,
  pull: mergedPull,
  cause: 'merge',
  due,
  comment: 'none',
  later: { ...laterFacts, mode: { kind: 'merge' } },
};

export const evidence: Evidence = {
  authored: { author: named('ada'), bots: null },
  people,
  who: [],
  destroyers: null,
  requirements: [],
  rules: ruleFacts,
  apply: applyFacts,
};
