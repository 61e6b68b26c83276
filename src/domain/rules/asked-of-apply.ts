import type { ApplyCause } from '../batch.ts';
import { isOperation, type OperationVerb } from '../operation.ts';
import type { ProjectSettings } from '../project.ts';
import { isDestroying } from '../tool-arguments.ts';
import { usually } from './people.ts';
import type { Action, People, Requirement } from './requirement.ts';

/** What a project asks of the apply of one plan, by its settings of now. */
export interface AskedOfApply {
  readonly who: readonly People[];
  /** Null: the plan is none for the end of anything. */
  readonly destroyers: readonly People[] | null;
  /** Null: it is not part of all of an environment. */
  readonly rebuilders: readonly People[] | null;
  readonly requirements: readonly Requirement[];
}

/**
 * @param extra the arguments of the plan: what is asked of a `destroy` is asked besides.
 * @param cause why it begins: what is asked of an `apply-all` is asked besides where that is why.
 * @param unapproved of drift that is put back by itself: the operator lets that go without the people whom rules ask for.
 */
export const askedOfApply = (
  { who, requirements }: Pick<ProjectSettings, 'who' | 'requirements'>,
  extra: readonly string[],
  cause: ApplyCause,
  unapproved = false,
): AskedOfApply => {
  const ends = isDestroying(extra);
  const isOfAll = cause === 'rebuild';
  const goesWithout = cause === 'drift' && unapproved;
  return {
    who: goesWithout ? [] : (who.apply ?? []),
    destroyers: ends ? (who.destroy ?? []) : null,
    rebuilders: isOfAll ? (who['apply-all'] ?? []) : null,
    requirements: [
      ...(requirements.apply ?? []).filter(({ kind }) => !goesWithout || kind !== 'approved'),
      ...(isOfAll ? (requirements['apply-all'] ?? []) : []),
      ...(ends ? (requirements.destroy ?? []) : []),
    ],
  };
};

/**
 * Who may do it, by the rules of a project: a person has to be in each. What changes a state is for those who may apply and,
 * where a rule says who, for those of them whom it names: it stands in no plan that anybody could approve.
 */
export const whoMay = (who: ProjectSettings['who'], action: Action): readonly People[] => {
  const own = who[action] ?? [];
  // It is a plan, asked for from elsewhere.
  if (action === 'consumers') return [...(who.plan ?? []), ...own];
  // Whoever may apply knows when it must not be.
  if (action === 'suspend') return who.suspend ?? who.apply ?? [];
  // Files may name some of them, and nobody else.
  if (action === 'break-glass') return [usually(action), ...own];
  if (!isOperation(action)) return own;
  return [...(who.apply ?? [usually('apply')]), ...own];
};

/** What must hold before a state is changed: what is asked of an apply, and what is asked of this besides. */
export const askedOfOperation = (
  { requirements }: Pick<ProjectSettings, 'requirements'>,
  verb: OperationVerb,
): readonly Requirement[] => [...(requirements.apply ?? []), ...(requirements[verb] ?? [])];
