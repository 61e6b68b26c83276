import type { Repo } from './state.ts';

/** A check that must be green before a branch takes a merge. Without an App anybody who may write can report it. */
export interface RequiredCheck {
  readonly name: string;
  readonly appId: number | null;
}

/** What a branch asks for, and where it is written: in its protection, or in a ruleset. */
export interface BranchRequirements {
  readonly protection: readonly RequiredCheck[];
  readonly ruleset: readonly RequiredCheck[];
}

const none: BranchRequirements = { protection: [], ruleset: [] };

export const requirementsOf = (repo: Repo, branch: string): BranchRequirements =>
  repo.requirements.get(branch) ?? none;

/** Replaces what the branch required there. Merges are not held up by it: this is only shown. */
export const requireChecks = (
  repo: Repo,
  branch: string,
  where: keyof BranchRequirements,
  checks: readonly RequiredCheck[],
): void => {
  repo.requirements.set(branch, { ...requirementsOf(repo, branch), [where]: checks });
};
