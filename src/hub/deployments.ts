import { requirePermission } from './access.ts';
import type { App } from './app-state.ts';
import { checksOf } from './checks.ts';
import { findEnvironment, setEnvironment } from './environments.ts';
import { HubError, invalid } from './errors.ts';
import { emit } from './events.ts';
import { isAncestor, resolve } from './git/read.ts';
import { deploymentJson, deploymentStatusJson } from './shape/deployment.ts';
import type { Account, Actor, HubState, Repo } from './state.ts';
import { statusesOf } from './statuses.ts';

export const deploymentStates = [
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
] as const;
export type DeploymentState = (typeof deploymentStates)[number];

export interface DeploymentStatus {
  readonly id: number;
  readonly state: DeploymentState;
  readonly creator: Account;
  readonly app: App | null;
  readonly description: string;
  readonly environment: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly createdAt: number;
}

export interface Deployment {
  readonly id: number;
  readonly repo: Repo;
  readonly sha: string;
  /** As it was named: a branch, a tag, a commit. */
  readonly ref: string;
  readonly task: string;
  readonly payload: Readonly<Record<string, unknown>> | string;
  readonly originalEnvironment: string;
  environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly creator: Account;
  readonly app: App | null;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
  readonly createdAt: number;
  updatedAt: number;
}

export interface DeploymentWish {
  readonly ref: string;
  readonly task: string;
  readonly autoMerge: boolean;
  /** Absent: everything that was reported on the commit. */
  readonly requiredContexts?: readonly string[];
  readonly payload: Deployment['payload'];
  readonly environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production?: boolean;
}

const passes: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

/** Everything that was reported on a commit, and whether it is good. */
const contextsOf = (repo: Repo, sha: string): ReadonlyMap<string, boolean> =>
  new Map([
    ...checksOf(repo, sha).map(({ name, conclusion }) => [name, passes.has(conclusion)] as const),
    ...statusesOf(repo, sha).map(({ context, state }) => [context, state === 'success'] as const),
  ]);

/**
 * Without `required_contexts: []` it is refused unless all is green, and unless `auto_merge` is false where the commit lacks
 * something of the default branch: both with 409. The environment is made with its first deployment.
 */
export const createDeployment = async (
  state: HubState,
  repo: Repo,
  actor: Actor,
  wish: DeploymentWish,
): Promise<Deployment> => {
  requirePermission(repo, actor, 'write');
  const { ref, environment } = wish;
  const sha = await resolve(repo.folder, ref.replace(/^(heads|tags)\//, 'refs/$1/'));
  if (sha === null) throw new HubError(422, `No ref found for: ${ref}`);
  if (wish.task.length > 128) throw invalid('Deployment', 'task', 'too_long');
  if (environment === '' || environment.length > 255) throw invalid('Deployment', 'environment', 'invalid');
  const contexts = contextsOf(repo, sha);
  const required = wish.requiredContexts ?? [...contexts.keys()];
  if (required.some((name) => contexts.get(name) !== true))
    throw new HubError(409, `Conflict: Commit status checks failed for ${ref}.`, [
      { resource: 'Deployment', field: 'required_contexts', code: 'invalid' },
    ]);
  const tip = await resolve(repo.folder, `refs/heads/${repo.defaultBranch}`);
  if (wish.autoMerge && tip !== null && !(await isAncestor(repo.folder, tip, sha)))
    throw new HubError(409, `Conflict merging ${repo.defaultBranch} into ${ref}.`);
  const at = state.clock.now();
  const deployment: Deployment = {
    id: state.nextId(),
    repo,
    sha,
    ref,
    task: wish.task,
    payload: wish.payload,
    originalEnvironment: environment,
    environment,
    description: wish.description,
    transient: wish.transient,
    production: wish.production ?? environment === 'production',
    creator: actor.account,
    app: actor.app,
    statuses: [],
    createdAt: at,
    updatedAt: at,
  };
  repo.deployments.set(deployment.id, deployment);
  if (findEnvironment(repo, environment) === null) setEnvironment(state, repo, environment);
  emit(state, {
    repo,
    event: 'deployment',
    action: 'created',
    sender: actor.account,
    payload: { deployment: deploymentJson(state, deployment), workflow: null, workflow_run: null },
  });
  return deployment;
};

/** Without a status it is pending. */
export const stateOf = ({ statuses }: Deployment): DeploymentState => statuses.at(-1)?.state ?? 'pending';

export interface DeploymentStatusWish {
  readonly state: unknown;
  readonly description: string;
  readonly environment?: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly autoInactive: boolean;
}

const addStatus = (
  state: HubState,
  deployment: Deployment,
  actor: Actor,
  wish: Omit<DeploymentStatusWish, 'state' | 'autoInactive'> & { readonly state: DeploymentState },
): DeploymentStatus => {
  const environment = wish.environment ?? deployment.environment;
  const status: DeploymentStatus = {
    id: state.nextId(),
    state: wish.state,
    creator: actor.account,
    app: actor.app,
    description: wish.description,
    environment,
    logUrl: wish.logUrl,
    environmentUrl: wish.environmentUrl,
    createdAt: state.clock.now(),
  };
  deployment.statuses.push(status);
  deployment.environment = environment;
  deployment.updatedAt = status.createdAt;
  return status;
};

/**
 * Statuses are only ever added; the newest counts. A success makes older ones of the same environment inactive, but for those that
 * come and go (`transient`) and those of production. Nobody is told of a status that is `inactive`.
 */
export const createDeploymentStatus = (
  state: HubState,
  deployment: Deployment,
  actor: Actor,
  wish: DeploymentStatusWish,
): DeploymentStatus => {
  const { repo } = deployment;
  requirePermission(repo, actor, 'write');
  const known = deploymentStates.find((one) => one === wish.state);
  if (known === undefined) throw invalid('DeploymentStatus', 'state', 'inclusion');
  if (wish.description.length > 140)
    throw invalid(
      'DeploymentStatus',
      'description',
      'custom',
      'description is too long (maximum is 140 characters)',
    );
  const status = addStatus(state, deployment, actor, { ...wish, state: known });
  if (known === 'success' && wish.autoInactive)
    for (const other of repo.deployments.values()) {
      const isPrior = other.id < deployment.id && other.environment === deployment.environment;
      if (!isPrior || other.transient || other.production || stateOf(other) !== 'success') continue;
      addStatus(state, other, actor, {
        state: 'inactive',
        description: '',
        logUrl: '',
        environmentUrl: '',
      });
    }
  if (known !== 'inactive')
    emit(state, {
      repo,
      event: 'deployment_status',
      action: 'created',
      sender: actor.account,
      payload: {
        deployment_status: deploymentStatusJson(state, deployment, status),
        deployment: deploymentJson(state, deployment),
        check_run: null,
        workflow: null,
        workflow_run: null,
      },
    });
  return status;
};
