import { type BranchRules, queueRule } from '../../src/hub/branch-rules.ts';
import type { Story } from '../support/story.ts';
import type { Base, Cell } from './cells.ts';

interface Required {
  readonly where: 'protection' | 'ruleset';
  readonly rules: Partial<BranchRules>;
  /** How people merge. */
  readonly method: 'merge' | 'squash' | 'rebase';
}

const review = { approvals: 1, dismissStale: true };

/** Besides both of our checks, which all of them but `nothing` require. */
export const bases: Readonly<Record<Base, Required>> = {
  nothing: { where: 'protection', rules: {}, method: 'merge' },
  strict: { where: 'protection', rules: { strict: true }, method: 'merge' },
  ruleset: { where: 'ruleset', rules: {}, method: 'merge' },
  squashed: { where: 'ruleset', rules: { linearHistory: true }, method: 'squash' },
  rebased: { where: 'protection', rules: { linearHistory: true }, method: 'rebase' },
  reviewed: { where: 'protection', rules: review, method: 'merge' },
  owned: { where: 'ruleset', rules: { codeOwners: true }, method: 'merge' },
  everything: {
    where: 'ruleset',
    rules: { ...review, strict: true, codeOwners: true, linearHistory: true },
    method: 'squash',
  },
};

const queueMethods = { merge: 'MERGE', squash: 'SQUASH', rebase: 'REBASE' } as const;

export const isQueued = (way: Cell[2]): boolean => way.endsWith('by queue');
export const isAlone = (way: Cell[2]): boolean => way.startsWith('alone');

/** Makes `main` ask for it. Our checks are those of the App: nobody else's word counts. */
export const requireOf = ({ world }: Story, [, base, way]: Cell): void => {
  const { where, rules, method } = bases[base];
  const { hub, repository, appId } = world;
  const checks = ['tidegate/plan', 'tidegate/apply'].map((name) => ({ name, appId }));
  const queue = isQueued(way) ? { queue: queueRule({ merge_method: queueMethods[method] }) } : {};
  if (base !== 'nothing') hub.protect(repository, 'main', where, { ...rules, checks, ...queue });
};

/**
 * The operator's side: the mode, and, where GitHub asks for anything, that it would let the pull request be merged. Our
 * own check is red until the apply, so the two must not wait for each other.
 */
export const operatorOf = ([mode, base, way]: Cell): string => {
  const apply = mode === 'auto' ? '{mode: auto, when: plan.destroy == 0}' : mode;
  const requirements = [...(base === 'nothing' ? [] : ['mergeable']), ...(isAlone(way) ? ['approved'] : [])];
  const alone = isAlone(way) ? ', automerge: true' : '';
  return `rules:\n  - {match: '**', apply: ${apply}, requirements: [${requirements.join()}]${alone}}\n`;
};
