import type { RestEndpointMethodTypes } from '@octokit/rest';
import type { RequiredCheck } from '../../domain/rules/merge-facts.ts';
import { fieldsOf } from './fields.ts';

type Answers = RestEndpointMethodTypes;
type RuleAnswer = Answers['repos']['getBranchRules']['response']['data'][number];
type BranchAnswer = Answers['repos']['getBranch']['response']['data'];

/** What the base branch asks of a merge; null where that is not told. */
export interface Asked {
  readonly required: readonly RequiredCheck[];
  readonly strict: boolean;
  /** Somebody has to approve. */
  readonly approvals: boolean;
  readonly signatures: boolean | null;
  readonly conversations: boolean | null;
  /** Rules of which nothing here can know whether they hold. */
  readonly unknown: readonly string[];
}

const nothing: Asked = {
  required: [],
  strict: false,
  approvals: false,
  signatures: false,
  conversations: false,
  unknown: [],
};

const either = (one: boolean | null, other: boolean | null): boolean | null =>
  one === true || other === true ? true : one === null || other === null ? null : false;

/** What is asked by one of the two is asked. */
export const both = (one: Asked, other: Asked): Asked => ({
  required: [...one.required, ...other.required],
  strict: one.strict || other.strict,
  approvals: one.approvals || other.approvals,
  signatures: either(one.signatures, other.signatures),
  conversations: either(one.conversations, other.conversations),
  unknown: [...new Set([...one.unknown, ...other.unknown])],
});

/** Rules of branches that no merge of a pull request can break, or that only say by which method it is done. */
const harmless: ReadonlySet<string> = new Set([
  'creation',
  'deletion',
  'non_fast_forward',
  'required_linear_history',
  'merge_queue',
  'branch_name_pattern',
  'tag_name_pattern',
  'copilot_code_review',
]);

/** Any App: not given, or -1 where GitHub means that. */
const appOf = (id: number | null | undefined): number | null => (id && id > 0 ? id : null);

const askedBy = (rule: RuleAnswer): Asked => {
  // A server that is newer than the types can say less than they promise.
  const unreadable: Asked = { ...nothing, unknown: [rule.type] };
  switch (rule.type) {
    case 'required_status_checks':
      return rule.parameters === undefined
        ? unreadable
        : {
            ...nothing,
            required: rule.parameters.required_status_checks.map(({ context, integration_id: app }) => ({
              name: context,
              appId: appOf(app),
            })),
            strict: rule.parameters.strict_required_status_checks_policy,
          };
    case 'pull_request': {
      if (rule.parameters === undefined) return unreadable;
      const teams = fieldsOf(rule.parameters)?.['required_reviewers'] ?? [];
      return {
        ...nothing,
        approvals: rule.parameters.required_approving_review_count > 0,
        conversations: rule.parameters.required_review_thread_resolution,
        // In beta; nobody says whether the verdict over all reviews has them in it.
        unknown: Array.isArray(teams) && teams.length === 0 ? [] : ['required_reviewers'],
      };
    }
    case 'required_signatures':
      return { ...nothing, signatures: true };
    default:
      return harmless.has(rule.type) ? nothing : unreadable;
  }
};

/** https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch */
export const askedByRulesets = (rules: readonly RuleAnswer[]): Asked =>
  rules.map(askedBy).reduce(both, nothing);

/** What GraphQL tells of protection; null: not to us, or there is none. */
export interface ProtectionDetails {
  /** "Branch protection rules that are viewable by non-admins": https://docs.github.com/en/graphql/reference/objects#ref */
  readonly refUpdateRule: {
    readonly requiredApprovingReviewCount: number | null;
    readonly requiresSignatures: boolean;
    readonly requiresConversationResolution: boolean;
  } | null;
  /** Told with `administration: read` only. */
  readonly branchProtectionRule: {
    readonly requiresStrictStatusChecks: boolean;
    readonly requiresCommitSignatures: boolean;
    readonly requiresConversationResolution: boolean;
    readonly requiresDeployments: boolean;
    readonly lockBranch: boolean;
  } | null;
}

/**
 * Of classic protection everybody who may read the branch sees the required checks and nothing else
 * (https://docs.github.com/en/rest/branches/branches#get-a-branch). What is seen of the rest is in `details`; what is not is
 * asked for where that harms nobody (`strict`), and else not known: `branch_protection`.
 */
export const askedByProtection = (
  { protected: isProtected, protection }: Pick<BranchAnswer, 'protected' | 'protection'>,
  { refUpdateRule, branchProtectionRule }: ProtectionDetails,
): Asked => {
  if (!(protection.enabled ?? isProtected)) return nothing;
  const { contexts = [], checks = [], strict } = protection.required_status_checks ?? {};
  const named = checks.map(({ context, app_id: app }) => ({ name: context, appId: appOf(app) }));
  // Servers of before 2022 have the names only.
  const loose = contexts.filter((name) => !named.some((one) => one.name === name));
  const required = [...named, ...loose.map((name) => ({ name, appId: null }))];
  const told = branchProtectionRule;
  return {
    required,
    strict: required.length > 0 && (told?.requiresStrictStatusChecks ?? strict ?? true),
    approvals: (refUpdateRule?.requiredApprovingReviewCount ?? 0) > 0,
    signatures: told?.requiresCommitSignatures ?? refUpdateRule?.requiresSignatures ?? null,
    conversations:
      told?.requiresConversationResolution ?? refUpdateRule?.requiresConversationResolution ?? null,
    unknown:
      told === null
        ? ['branch_protection']
        : [
            ...(told.requiresDeployments ? ['required_deployments'] : []),
            ...(told.lockBranch ? ['lock_branch'] : []),
          ],
  };
};
