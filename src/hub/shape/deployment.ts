import type { components } from '@octokit/openapi-types';
import type { Deployment, DeploymentStatus } from '../deployments.ts';
import type { BranchPattern, Environment } from '../environments.ts';
import type { HubState, Repo } from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';
import { appJson } from './app.ts';
import { repoApi, repoHtml } from './repo.ts';
import { simpleTeamJson } from './team.ts';

type Schemas = components['schemas'];

export const deploymentJson = (state: HubState, deployment: Deployment): Schemas['deployment'] => {
  const api = repoApi(state, deployment.repo);
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: typeof deployment.payload === 'string' ? deployment.payload : { ...deployment.payload },
    original_environment: deployment.originalEnvironment,
    environment: deployment.environment,
    description: deployment.description,
    creator: accountJson(state, deployment.creator),
    created_at: isoTime(deployment.createdAt),
    updated_at: isoTime(deployment.updatedAt),
    statuses_url: `${url}/statuses`,
    repository_url: api,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: deployment.app === null ? null : appJson(state, deployment.app),
  };
};

export const deploymentStatusJson = (
  state: HubState,
  { repo, id }: Deployment,
  status: DeploymentStatus,
): Schemas['deployment-status'] => {
  const api = repoApi(state, repo);
  const url = `${api}/deployments/${id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', status.id),
    state: status.state,
    creator: accountJson(state, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: isoTime(status.createdAt),
    updated_at: isoTime(status.createdAt),
    deployment_url: url,
    repository_url: api,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: status.app === null ? null : appJson(state, status.app),
  };
};

export const branchPatternJson = (pattern: BranchPattern): Schemas['deployment-branch-policy'] => ({
  id: pattern.id,
  node_id: nodeId('BP', pattern.id),
  name: pattern.name,
  type: pattern.type,
});

const rulesOf = (state: HubState, environment: Environment) => {
  const { id, waitTimer, reviewers, branches, others } = environment;
  const rule = (offset: number, type: string) => ({ id: id * 10 + offset, node_id: nodeId('GA', id), type });
  return [
    ...(waitTimer === 0 ? [] : [{ ...rule(1, 'wait_timer'), wait_timer: waitTimer }]),
    ...(reviewers.length === 0
      ? []
      : [
          {
            ...rule(2, 'required_reviewers'),
            prevent_self_review: environment.preventSelfReview,
            reviewers: reviewers.map((one) =>
              'slug' in one
                ? { type: 'Team' as const, reviewer: { ...simpleTeamJson(state, one), parent: null } }
                : { type: 'User' as const, reviewer: accountJson(state, one) },
            ),
          },
        ]),
    ...(branches === 'all' ? [] : [rule(3, 'branch_policy')]),
    ...others.map((type, index) => rule(4 + index, type)),
  ];
};

/** `GET /repos/{owner}/{repo}/environments/{environment_name}`. */
export const environmentJson = (
  state: HubState,
  repo: Repo,
  environment: Environment,
): Schemas['environment'] => {
  const { id, name, branches, createdAt } = environment;
  return {
    id,
    node_id: nodeId('EN', id),
    name,
    url: `${repoApi(state, repo)}/environments/${encodeURIComponent(name)}`,
    html_url: `${repoHtml(state, repo)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    created_at: isoTime(createdAt),
    updated_at: isoTime(createdAt),
    protection_rules: rulesOf(state, environment),
    deployment_branch_policy:
      branches === 'all'
        ? null
        : { protected_branches: branches === 'protected', custom_branch_policies: branches !== 'protected' },
  };
};
