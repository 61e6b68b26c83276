import type { PlanDigest, ProjectKey, RunId } from '../ids.ts';
import { isOperation } from '../operation.ts';
import { type Actor, isOurselves } from '../pull.ts';
import { isDestroying } from '../tool-arguments.ts';
import { allOf, no, type Verdict, yes } from '../verdict.ts';
import {
  type ApplyFacts,
  applyConditions,
  type OperationFacts,
  operationConditions,
} from './apply-conditions.ts';
import { type Authored, botRule } from './bots.ts';
import { type BreakGlassFacts, mayBreakGlass, passing } from './break-glass.ts';
import { isAmong, type PeopleFacts, peopleText, usually } from './people.ts';
import type { Action, People, Requirement } from './requirement.ts';
import { evaluate, type RuleFacts } from './requirements.ts';

/** What it would be done to. */
export interface Subject {
  /** Null: to all of a pull request. */
  readonly project: ProjectKey | null;
  /** Of an apply: itself, the plan it would use, and what people were shown of that plan. */
  readonly apply: { readonly run: RunId; readonly planRun: RunId; readonly digest: PlanDigest } | null;
  /** Of a change of the state: the run that makes it. */
  readonly operation?: RunId;
}

/** What is known, read right before. */
export interface Evidence {
  readonly authored: Authored;
  readonly people: PeopleFacts;
  /** Whoever acts must be in each of these; none: those who usually may. */
  readonly who: readonly People[];
  /** The same of a `destroy`; must be there for an apply of a plan that is one. */
  readonly destroyers: readonly People[] | null;
  /** The same of an `apply-all`; must be there for an apply of all of an environment. */
  readonly rebuilders?: readonly People[] | null;
  /** What the project asks for before this. */
  readonly requirements: readonly Requirement[];
  /** Must be there where a requirement is. */
  readonly rules: RuleFacts | null;
  /** Must be there for an apply. */
  readonly apply: ApplyFacts | null;
  /** An administrator's word to go past some of these; absent: nobody's. */
  readonly breakGlass?: (BreakGlassFacts & { readonly requirements: readonly Requirement[] }) | null;
  /** Must be there for a change of the state. */
  readonly operation?: OperationFacts | null;
}

/** Not exported: nobody else can make a proof. */
const proof: unique symbol = Symbol('authorized');

/** Proof that `authorize` said yes to exactly this. What must not happen without it asks for it by its type. */
export interface Authorized<A extends Action> {
  readonly [proof]: true;
  readonly action: A;
  readonly subject: Subject;
}

export interface Decision<A extends Action> {
  readonly verdict: Verdict;
  /** Null where the verdict does not hold. */
  readonly authorized: Authorized<A> | null;
  /** What said no and was passed by somebody's word; empty where nothing was. */
  readonly passed: readonly Verdict[];
}

/**
 * May this person, or Tidegate by itself (null), do this to that? The one place where it is decided: comments, pages, merges
 * and schedules come through here. Pure; unknown means no.
 */
export const authorize = <A extends Action>(
  actor: Actor | null,
  action: A,
  subject: Subject,
  evidence: Evidence,
): Decision<A> => {
  const bot = botRule(action, actor, evidence.authored);
  const glass = action === 'apply' ? (evidence.breakGlass ?? null) : null;
  const word = glass === null || evidence.apply === null ? null : spoken(actor, glass, evidence);
  const pass = passing(
    actor,
    glass !== null && word?.holds === true ? glass.said : null,
    evidence.apply?.later?.suspended ?? [],
  );
  const parts = [
    byMerge(actor, evidence) ?? byDrift(actor, evidence) ?? mayAct(actor, action, evidence),
    ...(bot === null ? [] : [bot]),
    ...(action === 'apply' ? mayDestroy(actor, evidence) : []),
    ...(action === 'apply' ? mayRebuild(actor, evidence) : []),
    ...(word === null ? [] : [word]),
    ...(action === 'apply' ? conditions(evidence.apply).map(pass.condition) : []),
    ...(isOperation(action) ? ofOperation(evidence.operation) : []),
    ...evidence.requirements.map((requirement) =>
      evidence.rules === null
        ? factless
        : pass.requirement(requirement, evaluate(requirement, evidence.rules)),
    ),
    // What is asked for the word itself it does not pass.
    ...(glass?.requirements ?? []).map((requirement) =>
      evidence.rules === null ? factless : evaluate(requirement, evidence.rules),
    ),
  ];
  const verdict = allOf(action, parts);
  return {
    verdict,
    authorized: verdict.holds ? { [proof]: true, action, subject } : null,
    passed: pass.passed(),
  };
};

const spoken = (
  actor: Actor | null,
  glass: BreakGlassFacts,
  { apply, people }: Pick<Evidence, 'apply' | 'people'>,
): Verdict =>
  apply === null
    ? factless
    : mayBreakGlass(actor, glass, apply, mayAct(actor, 'break-glass', { who: glass.who, people }));

const factless: Verdict = no('facts', 'the facts were not read', {
  code: 'requirement-unread',
  sentence: 'What has to be known before this could not be read.',
  advice: 'Try again in a minute; if it stays, tell the people who run Tidegate.',
});

const conditions = (facts: ApplyFacts | null): readonly Verdict[] =>
  facts === null ? [factless] : applyConditions(facts);

const ofOperation = (facts: Evidence['operation']): readonly Verdict[] =>
  facts == null ? [factless] : operationConditions(facts);

/** Whoever applies a plan for the end of a project has to be among those who may destroy it as well. */
const mayDestroy = (actor: Actor | null, { apply, destroyers, people }: Evidence): readonly Verdict[] => {
  if (apply === null || !isDestroying(apply.planRun.extra)) return [];
  // To rebuild an environment ends nothing of it.
  if (apply.cause !== 'command') return [no('destroy', 'nobody commanded it', nobody('destroy'))];
  return destroyers === null
    ? [factless]
    : [{ ...mayAct(actor, 'destroy', { who: destroyers, people }), name: 'destroy' }];
};

/** Whoever has all of an environment applied has to be among those who may, when it is said and when each of it begins. */
const mayRebuild = (actor: Actor | null, { apply, rebuilders, people }: Evidence): readonly Verdict[] => {
  if (apply?.cause !== 'rebuild') return [];
  return rebuilders == null
    ? [factless]
    : [{ ...mayAct(actor, 'apply-all', { who: rebuilders, people }), name: 'apply-all' }];
};

/**
 * Whoever merged could: the forge let them. Where the rules name who may apply, it has to be one of those; a queue or a bot that
 * merged is none.
 */
const byMerge = (actor: Actor | null, { who, apply }: Evidence): Verdict | null =>
  apply?.cause === 'merge' && apply.pull.merged !== null && who.length === 0
    ? yes('permission', `merged by ${actor?.login ?? 'somebody'}`)
    : null;

/** Nobody's word, so nobody is asked whether they may; where the rules name who may apply, Tidegate is none of those. */
const byDrift = (actor: Actor | null, { who, apply }: Evidence): Verdict | null => {
  if (apply?.cause !== 'drift') return null;
  return actor !== null && isOurselves(actor) && who.length === 0 && apply.pull.drift !== undefined
    ? yes('permission', 'Tidegate puts back what was applied')
    : no('permission', 'the rules name who may apply, and Tidegate is none of them', {
        code: 'not-permitted',
        sentence: 'The rules name who may apply, and Tidegate is none of them.',
        advice: 'One of those can comment `/plan` and `/apply`.',
      });
};

const mayAct = (
  actor: Actor | null,
  action: Action,
  { who, people }: Pick<Evidence, 'who' | 'people'>,
): Verdict => {
  if (actor === null)
    return action === 'plan'
      ? yes('permission', 'Tidegate plans by itself')
      : no('permission', 'nobody asked for it', nobody(action));
  const missing = (who.length === 0 ? [usually(action)] : who).find((some) => !isAmong(some, actor, people));
  const permission = people.permissionOf(actor.login);
  if (missing === undefined)
    return yes(
      'permission',
      who.length === 0 ? `${actor.login} has ${permission}` : `${actor.login} is among those who may`,
    );
  const { whom, advice } = who.length === 0 ? usualWords(action) : ruleWords(missing);
  return no('permission', `${actor.login} has ${permission}, and it needs ${whom}`, {
    code: 'not-permitted',
    sentence: `\`/${wordOf(action)}\` needs ${whom}, and \`${actor.login}\` has \`${permission}\`.`,
    advice,
  });
};

/** As people type it. */
const wordOf = (action: Action): string => (action === 'break-glass' ? 'apply --override' : action);

interface Words {
  readonly whom: string;
  readonly advice: string;
}

const usualWords = (action: Action): Words => {
  const { permission } = usually(action);
  if (permission === null)
    return {
      whom: 'a rule that says who may',
      advice: `Where no rule says who, nobody may. \`who_may\` with \`${action}\`, in the operator file or in \`tidegate.yaml\` of the base branch, names people.`,
    };
  return permission === 'admin'
    ? {
        whom: 'administrator permission',
        advice: `Ask an administrator to comment it.${action === 'force-unlock' ? ' `/recover` alone only looks.' : ''}`,
      }
    : {
        whom: 'write permission to this repository',
        advice: 'Ask somebody who may write to the repository to comment it.',
      };
};

const ruleWords = (people: People): Words => {
  const whom = peopleText(people);
  return whom === 'nobody'
    ? {
        whom: 'a rule that names somebody',
        advice: 'The rules let nobody do it. Ask the people who may change them.',
      }
    : { whom, advice: `Ask ${whom} to comment it.` };
};

const nobody = (action: Action) =>
  ({
    code: 'not-permitted',
    sentence: `\`/${action}\` has to be asked for by somebody.`,
    advice: 'Comment it.',
  }) as const;
