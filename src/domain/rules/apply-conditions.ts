import type { ApplyCause } from '../batch.ts';
import type { Hold } from '../drift/limits.ts';
import type { Due, MergeOrder } from '../due.ts';
import { type PlanDigest, short } from '../ids.ts';
import type { Problem } from '../problem.ts';
import type { ApplyMode, Project } from '../project.ts';
import { fullNameOf, isFork, type Pull } from '../pull.ts';
import { quoted } from '../quote.ts';
import type { Reach } from '../rebuild.ts';
import type { Run } from '../run.ts';
import { type InForce, suspendedProblem, suspendedText, suspensionNeeds } from '../suspension.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import { toolConditions } from './tool-conditions.ts';

/** What the house asks before every apply, whatever the rules of a project say. */
export interface ApplyFacts {
  readonly pull: Pull;
  /** Why it begins. */
  readonly cause: ApplyCause;
  /** What the merge of this pull request still asks for of the project; null: nothing. */
  readonly due: Due | null;
  readonly planRun: Run;
  /** Does the operator file allow the repository, under its name of now? */
  readonly repositoryAllowed: boolean;
  readonly appliesForks: boolean;
  /** May pull requests into this base branch be applied? */
  readonly appliesIntoBase: boolean;
  /** How the comment that asked stands now; `none`: no comment asked. */
  readonly comment: 'none' | 'stands' | 'deleted' | 'edited' | 'off-record';
  /** Number of the pull request that holds the project's lock; null: nobody. */
  readonly lockHolder: number | null;
  /** An earlier apply of the project ended in a way that nobody knows. */
  readonly unresolved: boolean;
  readonly plan: 'stands' | 'spent' | 'replaced';
  /** Is the comment with the plan as we wrote it? One that is gone tells nobody anything wrong. */
  readonly board: 'ours' | 'altered' | 'gone';
  /** What costs more to find out; null: not read, because what is above says no. */
  readonly later: LaterFacts | null;
}

export interface LaterFacts {
  readonly current: Current;
  readonly trust: TrustFact;
  /** Whose words keep everything from being applied to the project at this moment, in comments and in files. */
  readonly suspended: readonly InForce[];
  /** Name of a project that has to be applied first. */
  readonly waitsFor: string | null;
  /** When the project is applied, as its rules are now. */
  readonly mode: ApplyMode;
  /** The rules let an apply of this plan begin by itself. */
  readonly beginsByRule: boolean;
  /** What keeps drift from being put back by itself; null: nothing. Absent: it was not asked. */
  readonly held?: Hold | null;
  /** Does somebody's word for all of an environment reach as far as this plan? Absent: it was not asked. */
  readonly rebuild?: Reach;
  /** Was the merged commit, or a newer one that holds it, applied, or a newer one begun? */
  readonly order: MergeOrder;
}

/** Are head, base, files, settings and tool those that were planned? */
export type Current =
  | { readonly kind: 'same'; readonly because: string }
  | { readonly kind: 'moved'; readonly what: string }
  | { readonly kind: 'refused'; readonly problem: Problem };

export type TrustFact =
  | { readonly kind: 'none-needed' }
  | { readonly kind: 'trusted'; readonly by: string }
  | { readonly kind: 'missing'; readonly because: string; readonly problem: Problem };

/** What the house asks before a state is changed without a plan. `planRun` is the run that does it: its project and commit are meant. */
export type OperationFacts = Omit<ApplyFacts, 'plan'>;

type Condition = (facts: OperationFacts) => Verdict;
type LaterCondition = (later: LaterFacts, facts: OperationFacts) => Verdict;

/** What costs little to find out, in the order in which people should hear of it. */
export const firstConditions = (facts: ApplyFacts): readonly Verdict[] => [
  ...[repository, open, asked, locked, settled].map((condition) => condition(facts)),
  unspent(facts),
  ...toolConditions(facts.planRun),
  untouched(facts),
];

/** The same where there is no plan to spend. */
export const firstOfOperation = (facts: OperationFacts): readonly Verdict[] =>
  [repository, open, asked, locked, settled, untouched].map((condition) => condition(facts));

/** Never empty: what was not read is a no. What it depends on need not be applied: nothing is made. */
export const operationConditions = (facts: OperationFacts): readonly Verdict[] =>
  withLater(firstOfOperation(facts), facts, [current, unsuspended, trusted]);

/** Never empty: what was not read is a no. */
export const applyConditions = (facts: ApplyFacts): readonly Verdict[] =>
  withLater(firstConditions(facts), facts, [current, unsuspended, inMode, inOrder, trusted, dependencies]);

const withLater = (
  first: readonly Verdict[],
  facts: OperationFacts,
  conditions: readonly LaterCondition[],
): readonly Verdict[] => {
  const { later } = facts;
  if (later !== null) return [...first, ...conditions.map((one) => one(later, facts))];
  return first.every(({ holds }) => holds) ? [...first, unread] : first;
};

const unread: Verdict = no('current', 'not looked at', {
  code: 'requirement-unread',
  sentence: 'Whether it is still as it was planned was not looked at.',
  advice: 'Comment `/apply` again.',
});

/** It was, when the apply was asked for; the repository may have been renamed since. */
const repository: Condition = ({ repositoryAllowed, pull }) => {
  const name = fullNameOf(pull.ref.repo);
  if (repositoryAllowed) return yes('repository', `${name} is allowed`);
  return no('repository', `${name} is not allowed`, {
    code: 'repository-refused',
    sentence: `The repository is called \`${name}\` now, and the operator file of Tidegate does not allow that.`,
    advice: 'Ask the people who run Tidegate to list it under `allow`.',
  });
};

const open: Condition = ({ pull, due, appliesForks, appliesIntoBase }) => {
  const { merged } = pull;
  if (merged !== null && due?.commit === merged.commit && appliesIntoBase)
    return yes('open', `merged as ${short(merged.commit)}, and the merge asks for it`);
  if (pull.state === 'closed')
    return no('open', 'the pull request is closed', {
      code: 'closed',
      sentence: 'The pull request is closed.',
      advice: 'Reopen it, or open a new one.',
    });
  if (pull.draft)
    return no('open', 'the pull request is a draft', {
      code: 'draft',
      sentence: 'The pull request is a draft, and drafts are not applied.',
      advice: 'Mark it as ready for review, then comment `/apply` again.',
    });
  if (isFork(pull) && !appliesForks)
    return no('open', 'the head branch lives in another repository', {
      code: 'fork',
      sentence: 'The head branch lives in another repository.',
      advice: 'Push the branch to this repository and open the pull request from there.',
    });
  if (!appliesIntoBase)
    return no('open', `the base branch is ${pull.base.ref}`, {
      code: 'base-branch',
      sentence: `This pull request goes into \`${pull.base.ref}\`, and nothing is applied for that branch: the rules would be those that it holds.`,
      advice:
        'Change the base to the default branch, or ask the people who run Tidegate to list this one under `base_branches` of the operator file.',
    });
  return yes('open', 'open, not a draft, from where it may be applied, into a branch whose rules count');
};

/** It may have waited long for its turn, and an edit may be somebody else's. Whoever takes a word back wants nothing done. */
const asked: Condition = ({ comment }) => {
  if (comment === 'none') return yes('comment', 'not asked for by a comment');
  if (comment === 'stands') return yes('comment', 'the comment that asked stands as it was written');
  const problem = commentChanged(
    comment,
    'Nothing was applied, and the plan still stands. Comment `/apply` again if it is meant.',
  );
  return no('comment', `the comment that asked ${changes[comment]}`, problem);
};

const changes = {
  deleted: 'was deleted',
  edited: 'was edited',
  'off-record': 'is not on record any more',
} as const;

/** What is said to whoever asked with a comment that is another one now. */
export const commentChanged = (how: keyof typeof changes, advice: string): Problem => ({
  code: 'comment-changed',
  sentence: `The comment that asked for this ${changes[how]} before it could begin.`,
  advice,
});

const locked: Condition = ({ lockHolder, planRun, pull }) => {
  if (lockHolder === pull.ref.number) return yes('lock', 'held by this pull request');
  const holder = lockHolder === null ? 'nobody' : `#${lockHolder}`;
  return no('lock', `held by ${holder}`, {
    code: lockHolder === null ? 'not-planned' : 'locked',
    sentence: `The lock of \`${planRun.project.name}\` is held by ${holder}, not by this pull request.`,
    advice:
      lockHolder === null
        ? 'Comment `/plan` first: that takes the lock.'
        : `Wait until ${holder} is merged or closed, or ask an administrator to \`/unlock\` it.`,
  });
};

/** What such an apply did is not known, so no plan made since can be trusted either. */
const settled: Condition = ({ unresolved, planRun }) => {
  if (!unresolved) return yes('settled', 'the outcome of every earlier apply is known');
  return no('settled', 'nobody knows how an earlier apply ended', {
    code: 'outcome-unknown',
    sentence: `Nobody knows how an earlier apply of \`${planRun.project.name}\` ended.`,
    advice:
      '`/recover` says what is known of it. Nothing more is applied to it until somebody who has looked comments `/recover acknowledge`.',
  });
};

const unspent = ({ plan, planRun }: ApplyFacts): Verdict => {
  if (plan === 'stands') return yes('plan', `planned by run ${planRun.id}, never applied`);
  const spent = plan === 'spent';
  return no('plan', spent ? 'the plan was used by an apply' : 'the plan was replaced by a newer one', {
    code: spent ? 'plan-spent' : 'plan-stale',
    sentence: `The plan of \`${planRun.project.name}\` ${spent ? 'was already used by an apply' : 'is no longer the newest'}.`,
    advice: 'Comment `/plan`, look at the new plan, then `/apply`.',
  });
};

const current: LaterCondition = ({ current: now }, { planRun }) => {
  if (now.kind === 'same') return yes('current', now.because);
  if (now.kind === 'refused') return no('current', now.problem.sentence, now.problem);
  return no('current', now.what, {
    code: 'plan-stale',
    sentence: `Nothing was applied to \`${planRun.project.name}\`: ${now.what} since it was planned.`,
    advice: 'It is being planned again; look at the new plan, then comment `/apply`.',
  });
};

/** Whatever makes it begin. */
const unsuspended: LaterCondition = ({ suspended }, { planRun }) => {
  const [first] = suspended;
  if (first === undefined) return yes('suspended', 'it is not suspended');
  return no(
    'suspended',
    suspended.map(suspendedText).join('; '),
    suspendedProblem(planRun.project.name, suspended),
    { needs: suspensionNeeds(first) },
  );
};

/** Does what made it begin fit to when the project is applied? A command after the merge is somebody's word for what is planned then. */
const inMode: LaterCondition = ({ mode, beginsByRule, rebuild, held }, { cause, due, pull, planRun }) => {
  const { name } = planRun.project;
  if (cause === 'drift') return withinLimits(name, held);
  if (cause === 'rule')
    return beginsByRule
      ? yes('mode', 'the rules let this plan be applied by itself')
      : no('mode', 'the rules do not let this plan be applied by itself', {
          code: 'by-itself',
          sentence: `The rules do not let this plan of \`${name}\` be applied without a command.`,
          advice: 'Look at it, and comment `/apply`.',
        });
  // Whoever changed the rules since wants no more of it to begin by itself.
  if (cause === 'merge') return mode.kind === 'merge' ? asAgreed(due, planRun) : notByMerge(name);
  if (cause === 'rebuild' && rebuild?.holds !== true)
    return notOfAll(name, rebuild?.because ?? 'nobody looked whether it is meant');
  if (pull.merged !== null || mode.kind !== 'merge') return yes('mode', 'applied when somebody commands it');
  return no(
    'mode',
    'it is applied after the merge',
    {
      code: 'after-merge',
      sentence: `\`${name}\` is applied after the merge, if the plan is the same then.`,
      advice: 'Merge the pull request when its checks allow it. Nothing else is to be done.',
    },
    { needs: 'the merge' },
  );
};

const withinLimits = (name: string, held: LaterFacts['held']): Verdict => {
  if (held === null) return yes('mode', 'what was applied is put back, within the limits of its drift');
  const because = held?.because ?? 'Nobody looked whether it may be.';
  return no('mode', because, {
    code: 'drift-held',
    sentence: `${quoted(name)} is not put back by itself: ${because}`,
    advice: 'Look at the plan, and comment `/plan` and `/apply` if it is right.',
  });
};

const notOfAll = (name: string, because: string): Verdict =>
  no(
    'mode',
    because,
    {
      code: 'by-itself',
      sentence: `${quoted(name)} is not applied with all of its environment: ${because}.`,
      advice: 'Look at its plan, and comment `/apply`.',
    },
    { needs: '`/apply`' },
  );

const notByMerge = (name: string): Verdict => {
  const sentence = `The rules do not have \`${name}\` applied by a merge any more.`;
  const problem = { code: 'by-itself', sentence, advice: 'Look at its plan, and comment `/apply`.' } as const;
  return no('mode', 'the rules do not have it applied by a merge any more', problem, { needs: '`/apply`' });
};

/** Was the plan that stands now agreed to before the merge? */
export const isAgreed = ({ approved }: Due, digest: PlanDigest | undefined): boolean =>
  approved !== null && approved === digest;

const asAgreed = (due: Due | null, { plan, project }: Run): Verdict => {
  if (due !== null && isAgreed(due, plan?.digest))
    return yes('mode', 'planned after the merge, and what was agreed to before it');
  const because = 'what was planned after the merge is not what was agreed to before it';
  return no('mode', because, mergeDiffers(due, project), { needs: '`/apply`' });
};

export const mergeDiffers = (due: Due | null, { name }: Project): Problem => ({
  code: 'merge-differs',
  sentence:
    due?.approved == null
      ? `The comment showed no plan of \`${name}\` that the merge would apply when this was merged, so nobody agreed to one.`
      : `The plan of \`${name}\` after the merge is not the one that was shown when this was merged.`,
  advice:
    'Look at what it changes now. `/apply` applies it, under the same rules; `/followup` goes on with it in a new pull request; `/unlock` gives it up.',
});

const inOrder: LaterCondition = ({ order }, { pull, planRun }) => {
  if (order === 'newest') return yes('order', 'no newer commit was applied, or began to be');
  const commit = pull.merged === null ? '' : short(pull.merged.commit);
  if (order === 'overtaken')
    return no('order', `the apply of a newer commit that holds ${commit} was begun`, {
      code: 'overtaken',
      sentence: `An apply of \`${planRun.project.name}\` was begun from a newer commit that holds \`${commit}\`, and nothing older is applied over it.`,
      advice: 'What this one brought is part of that one: go on with its pull request.',
    });
  return no('order', `${commit} is part of what was applied already`, {
    code: 'contained',
    sentence: `\`${planRun.project.name}\` was applied already from a commit that holds \`${commit}\`: what this one did is done.`,
    advice: 'There is nothing to do.',
  });
};

/** What the plan ran had somebody's trust, or needed none, and so it is now: the word may be gone, or the operator's rule another one. */
const trusted: LaterCondition = ({ trust }, { planRun }) => {
  if (trust.kind === 'none-needed') return yes('trust', 'the code brings nothing that has to be trusted');
  return trust.kind === 'trusted'
    ? yes('trust', `${trust.by} trusts ${short(planRun.headSha)}`)
    : no('trust', trust.because, trust.problem);
};

const dependencies: LaterCondition = ({ waitsFor }, { planRun }) => {
  if (waitsFor === null) return yes('depends_on', 'everything it depends on is applied');
  return no(
    'depends_on',
    `\`${waitsFor}\` is not applied yet`,
    {
      code: 'depends-on',
      sentence: `\`${planRun.project.name}\` depends on \`${waitsFor}\`, which is not applied yet.`,
      advice: `Apply \`${waitsFor}\` first.`,
    },
    { needs: `\`${waitsFor}\` to be applied` },
  );
};

/** Whoever decides by what the comment says must find there what we wrote. */
const untouched: Condition = ({ board }) =>
  board !== 'altered'
    ? yes('board', 'the comment with the plan is as it was written, or is gone')
    : no('board', 'somebody else changed the comment with the plan', {
        code: 'board-altered',
        sentence: 'Somebody else changed the comment with the plan.',
        advice:
          'It is being put right, and approvals given meanwhile do not count. Look at it again, then comment `/apply`.',
      });
