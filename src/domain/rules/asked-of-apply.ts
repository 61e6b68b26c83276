import type { ProjectSettings } from '../project.ts';
import { isDestroying } from '../tool-arguments.ts';
import type { People, Requirement } from './requirement.ts';

/** What a project asks of the apply of one plan, by its settings of now. */
export interface AskedOfApply {
  readonly who: readonly People[];
  /** Null: the plan is none for the end of anything. */
  readonly destroyers: readonly People[] | null;
  readonly requirements: readonly Requirement[];
}

/** @param extra the arguments of the plan: what is asked of a `destroy` is asked besides. */
export const askedOfApply = (
  { who, requirements }: Pick<ProjectSettings, 'who' | 'requirements'>,
  extra: readonly string[],
): AskedOfApply => {
  const ends = isDestroying(extra);
  return {
    who: who.apply ?? [],
    destroyers: ends ? (who.destroy ?? []) : null,
    requirements: [...(requirements.apply ?? []), ...(ends ? (requirements.destroy ?? []) : [])],
  };
};
