import type { MergeMethod, Repo } from './state.ts';

/** A check that must be green before a branch takes a merge. Without an App anybody who may write can report it. */
export interface RequiredCheck {
  readonly name: string;
  readonly appId: number | null;
}

/** Parameters of the rule `merge_queue`, by GitHub's own names: https://docs.github.com/en/rest/repos/rules */
export interface QueueRule {
  readonly merge_method: 'MERGE' | 'SQUASH' | 'REBASE';
  /** How many entries ask for checks at the same time. */
  readonly max_entries_to_build: number;
  readonly min_entries_to_merge: number;
  readonly max_entries_to_merge: number;
  /** How long a smaller group waits for more. Minutes. */
  readonly min_entries_to_merge_wait_minutes: number;
  /** After it a check that was not reported has failed. Minutes. */
  readonly check_response_timeout_minutes: number;
  readonly grouping_strategy: 'ALLGREEN' | 'HEADGREEN';
}

/** What GitHub's settings page starts with. */
export const queueRule = (wish: Partial<QueueRule> = {}): QueueRule => ({
  merge_method: 'MERGE',
  max_entries_to_build: 5,
  min_entries_to_merge: 1,
  max_entries_to_merge: 5,
  min_entries_to_merge_wait_minutes: 5,
  check_response_timeout_minutes: 60,
  grouping_strategy: 'ALLGREEN',
  ...wish,
});

/** What a branch asks for before it takes a merge. */
export interface BranchRules {
  readonly checks: readonly RequiredCheck[];
  /** The head has to have everything that the base has. Counts only with required checks, as on GitHub. */
  readonly strict: boolean;
  /** Approvals by people with write permission; 0 asks for none. */
  readonly approvals: number;
  /** Whoever `CODEOWNERS` of the base branch names for a changed file approves. */
  readonly codeOwners: boolean;
  /** A push takes approvals away. */
  readonly dismissStale: boolean;
  /** One approval is by somebody else than whoever pushed the head. */
  readonly lastPush: boolean;
  /** No commit of the hub is ever signed. */
  readonly signatures: boolean;
  readonly conversations: boolean;
  readonly linearHistory: boolean;
  /** Of rulesets: how it may be merged. Empty: in every way that the repository allows. */
  readonly methods: readonly MergeMethod[];
  /** Merges are made by a queue. */
  readonly queue: QueueRule | null;
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
  methods: [],
  queue: null,
  admins: false,
  others: [],
};

export const requirementsOf = (repo: Repo, branch: string): BranchRequirements =>
  repo.requirements.get(branch) ?? { protection: nothing, ruleset: nothing };

/** The queue of a branch, where its merges are made by one. */
export const queueRuleOf = (repo: Repo, branch: string): QueueRule | null => {
  const { protection, ruleset } = requirementsOf(repo, branch);
  return ruleset.queue ?? protection.queue;
};

/** Does it ask for anything? */
export const asksAnything = (rules: BranchRules): boolean =>
  Object.values(rules).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== false && value !== 0 && value !== null,
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
