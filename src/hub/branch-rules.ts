import type { Repo } from './state.ts';

/** A check that must be green before a branch takes a merge. Without an App anybody who may write can report it. */
export interface RequiredCheck {
  readonly name: string;
  readonly appId: number | null;
}

/** What a branch asks for before it takes a merge. */
export interface BranchRules {
  readonly checks: readonly RequiredCheck[];
  /** The head has to have everything that the base has. Counts only with required checks, as on GitHub. */
  readonly strict: boolean;
  /** Approvals by people with write permission; 0 asks for none. */
  readonly approvals: number;
  /** Only kept and shown: the hub knows no code owners. */
  readonly codeOwners: boolean;
  /** A push takes approvals away. */
  readonly dismissStale: boolean;
  /** One approval is by somebody else than whoever pushed the head. */
  readonly lastPush: boolean;
  /** No commit of the hub is ever signed. */
  readonly signatures: boolean;
  readonly conversations: boolean;
  readonly linearHistory: boolean;
  /** Of protection: administrators are held to it as well. A ruleset holds everybody. */
  readonly admins: boolean;
  /** Of rulesets: types of further rules, which nothing here can fulfil. */
  readonly others: readonly string[];
}

/** What a branch asks for, and where it is written: in its protection, or in a ruleset. */
export interface BranchRequirements {
  readonly protection: BranchRules;
  readonly ruleset: BranchRules;
}

export type RulePlace = keyof BranchRequirements;

const nothing: BranchRules = {
  checks: [],
  strict: false,
  approvals: 0,
  codeOwners: false,
  dismissStale: false,
  lastPush: false,
  signatures: false,
  conversations: false,
  linearHistory: false,
  admins: false,
  others: [],
};

export const requirementsOf = (repo: Repo, branch: string): BranchRequirements =>
  repo.requirements.get(branch) ?? { protection: nothing, ruleset: nothing };

/** Does it ask for anything? */
export const asksAnything = (rules: BranchRules): boolean =>
  Object.values(rules).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== false && value !== 0,
  );

/** Replaces everything that the branch required there; what is not named is not asked for. */
export const protect = (repo: Repo, branch: string, where: RulePlace, rules: Partial<BranchRules>): void => {
  repo.requirements.set(branch, { ...requirementsOf(repo, branch), [where]: { ...nothing, ...rules } });
};

/** Replaces the checks that the branch required there, and leaves the rest as it was. */
export const requireChecks = (
  repo: Repo,
  branch: string,
  where: RulePlace,
  checks: readonly RequiredCheck[],
): void => protect(repo, branch, where, { ...requirementsOf(repo, branch)[where], checks });
