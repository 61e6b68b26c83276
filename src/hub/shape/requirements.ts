import type { components } from '@octokit/openapi-types';
import { asksAnything, type BranchRules, type RequiredCheck, requirementsOf } from '../branch-rules.ts';
import { mergeMethods, type Repo } from '../state.ts';
import { fullName } from './repo.ts';

type Schemas = components['schemas'];

/** What everybody who may read the branch sees of its protection: the checks, and whether there is any. */
export const protectionJson = (repo: Repo, branch: string) => {
  const { protection } = requirementsOf(repo, branch);
  const required = protection.checks;
  return {
    protected: asksAnything(protection) || asksAnything(requirementsOf(repo, branch).ruleset),
    protection: {
      enabled: asksAnything(protection),
      required_status_checks: {
        enforcement_level: required.length > 0 ? 'non_admins' : 'off',
        contexts: required.map(({ name }) => name),
        checks: required.map(({ name, appId }) => ({ context: name, app_id: appId })),
      },
    },
  } satisfies Pick<Schemas['branch-with-protection'], 'protected' | 'protection'>;
};

const ruleCheck = ({ name, appId }: RequiredCheck) => ({
  context: name,
  ...(appId === null ? {} : { integration_id: appId }),
});

const pullRequestRule = (rules: BranchRules) =>
  rules.approvals > 0 ||
  rules.conversations ||
  rules.dismissStale ||
  rules.lastPush ||
  rules.codeOwners ||
  rules.methods.length > 0
    ? [
        {
          type: 'pull_request',
          parameters: {
            allowed_merge_methods: rules.methods.length > 0 ? rules.methods : mergeMethods,
            dismiss_stale_reviews_on_push: rules.dismissStale,
            require_code_owner_review: rules.codeOwners,
            require_last_push_approval: rules.lastPush,
            required_approving_review_count: rules.approvals,
            required_review_thread_resolution: rules.conversations,
          },
        },
      ]
    : [];

const checksRule = (rules: BranchRules) =>
  rules.checks.length > 0
    ? [
        {
          type: 'required_status_checks',
          parameters: {
            required_status_checks: rules.checks.map(ruleCheck),
            strict_required_status_checks_policy: rules.strict,
          },
        },
      ]
    : [];

/** The rules of every ruleset that reaches the branch. Rules of any type can be among them, so they are not typed. */
export const branchRulesJson = (repo: Repo, branch: string): readonly unknown[] => {
  const { ruleset } = requirementsOf(repo, branch);
  return [
    ...checksRule(ruleset),
    ...pullRequestRule(ruleset),
    ...(ruleset.signatures ? [{ type: 'required_signatures' }] : []),
    ...(ruleset.linearHistory ? [{ type: 'required_linear_history' }] : []),
    ...(ruleset.queue === null ? [] : [{ type: 'merge_queue', parameters: ruleset.queue }]),
    ...ruleset.others.map((type) => ({ type })),
  ].map((rule) => ({
    ...rule,
    ruleset_source_type: 'Repository',
    ruleset_source: fullName(repo),
    ruleset_id: repo.id,
  }));
};
