import type { components } from '@octokit/openapi-types';
import { type RequiredCheck, requirementsOf } from '../required-checks.ts';
import type { Repo } from '../state.ts';
import { fullName } from './repo.ts';

type Schemas = components['schemas'];

/** What everybody who may read the branch sees of its protection. */
export const protectionJson = (repo: Repo, branch: string) => {
  const { protection: required } = requirementsOf(repo, branch);
  return {
    protected: required.length > 0,
    protection: {
      enabled: required.length > 0,
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

/** The rules of every ruleset that reaches the branch. */
export const branchRulesJson = (repo: Repo, branch: string): Schemas['repository-rule-detailed'][] => {
  const { ruleset } = requirementsOf(repo, branch);
  if (ruleset.length === 0) return [];
  return [
    {
      type: 'required_status_checks',
      parameters: {
        required_status_checks: ruleset.map(ruleCheck),
        strict_required_status_checks_policy: false,
      },
      ruleset_source_type: 'Repository',
      ruleset_source: fullName(repo),
      ruleset_id: repo.id,
    },
  ];
};
