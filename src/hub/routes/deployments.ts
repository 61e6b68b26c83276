import {
  createDeployment,
  createDeploymentStatus,
  type Deployment,
  type DeploymentWish,
} from '../deployments.ts';
import { type Environment, findEnvironment } from '../environments.ts';
import { HubError, notFound } from '../errors.ts';
import {
  branchPatternJson,
  deploymentJson,
  deploymentStatusJson,
  environmentJson,
} from '../shape/deployment.ts';
import {
  type Answer,
  type Call,
  created,
  flag,
  isRecord,
  list,
  ok,
  page,
  type Route,
  requiredText,
  text,
} from './route.ts';

const deploymentOf = (call: Call): Deployment => {
  const deployment = call.repo().deployments.get(call.id('deployment'));
  if (deployment === undefined) throw notFound();
  return deployment;
};

const payloadOf = (body: Call['body']): DeploymentWish['payload'] => {
  const value = body['payload'];
  if (value === undefined || value === null) return {};
  if (typeof value === 'string' || isRecord(value)) return value;
  throw new HubError(
    422,
    "Invalid request.\n\nFor 'properties/payload', it is neither a string nor an object.",
  );
};

const create = async (call: Call): Promise<Answer> => {
  const { body } = call;
  const contexts = list(body, 'required_contexts');
  const production = flag(body, 'production_environment');
  const made = await createDeployment(call.state, call.repo(), call.actor(), {
    ref: requiredText(body, 'ref'),
    task: text(body, 'task') ?? 'deploy',
    autoMerge: flag(body, 'auto_merge') ?? true,
    ...(contexts === undefined ? {} : { requiredContexts: contexts.map(String) }),
    payload: payloadOf(body),
    environment: text(body, 'environment') ?? 'production',
    description: text(body, 'description') ?? null,
    transient: flag(body, 'transient_environment') ?? false,
    ...(production === undefined ? {} : { production }),
  });
  return created(deploymentJson(call.state, made));
};

/** Newest first. */
const all = (call: Call): Answer => {
  const asked = (name: string, value: string): boolean => (call.query.get(name) ?? value) === value;
  const found = [...call.repo().deployments.values()].filter(
    ({ sha, ref, task, environment }) =>
      asked('sha', sha) && asked('ref', ref) && asked('task', task) && asked('environment', environment),
  );
  return page(call, found.reverse(), (one) => deploymentJson(call.state, one));
};

const createStatus = (call: Call): Answer => {
  const { body } = call;
  const deployment = deploymentOf(call);
  const environment = text(body, 'environment');
  const status = createDeploymentStatus(call.state, deployment, call.actor(), {
    state: requiredText(body, 'state'),
    description: text(body, 'description') ?? '',
    ...(environment === undefined ? {} : { environment }),
    logUrl: text(body, 'log_url') ?? text(body, 'target_url') ?? '',
    environmentUrl: text(body, 'environment_url') ?? '',
    autoInactive: flag(body, 'auto_inactive') ?? true,
  });
  return created(deploymentStatusJson(call.state, deployment, status));
};

const statuses = (call: Call): Answer => {
  const deployment = deploymentOf(call);
  return page(call, deployment.statuses.toReversed(), (one) =>
    deploymentStatusJson(call.state, deployment, one),
  );
};

const status = (call: Call): Answer => {
  const deployment = deploymentOf(call);
  const found = deployment.statuses.find(({ id }) => id === call.id('status'));
  if (found === undefined) throw notFound();
  return ok(deploymentStatusJson(call.state, deployment, found));
};

const environmentOf = (call: Call): Environment => {
  const environment = findEnvironment(call.repo(), call.param('environment'));
  if (environment === null) throw notFound();
  return environment;
};

const environments = (call: Call): Answer =>
  page(
    call,
    [...call.repo().environments.values()],
    (one) => environmentJson(call.state, call.repo(), one),
    (items, total) => ({ total_count: total, environments: items }),
  );

const branchPolicies = (call: Call): Answer => {
  const { branches } = environmentOf(call);
  return page(call, typeof branches === 'string' ? [] : branches, branchPatternJson, (items, total) => ({
    total_count: total,
    branch_policies: items,
  }));
};

const base = '/repos/:owner/:repo';
const one = `${base}/deployments/:deployment`;
const place = `${base}/environments/:environment`;
const read = { who: 'anyone', needs: ['deployments:read'] } as const;
const write = { who: 'token', needs: ['deployments:write'], role: 'write', creates: true } as const;
const look = { who: 'anyone', needs: ['actions:read'] } as const;

export const deploymentRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${base}/deployments`,
    doc: 'deployments/deployments#create-a-deployment',
    ...write,
    handle: create,
  },
  {
    method: 'GET',
    path: `${base}/deployments`,
    doc: 'deployments/deployments#list-deployments',
    ...read,
    handle: all,
  },
  {
    method: 'GET',
    path: one,
    doc: 'deployments/deployments#get-a-deployment',
    ...read,
    handle: (call) => ok(deploymentJson(call.state, deploymentOf(call))),
  },
  {
    method: 'POST',
    path: `${one}/statuses`,
    doc: 'deployments/statuses#create-a-deployment-status',
    ...write,
    handle: createStatus,
  },
  {
    method: 'GET',
    path: `${one}/statuses`,
    doc: 'deployments/statuses#list-deployment-statuses',
    ...read,
    handle: statuses,
  },
  {
    method: 'GET',
    path: `${one}/statuses/:status`,
    doc: 'deployments/statuses#get-a-deployment-status',
    ...read,
    handle: status,
  },
  {
    method: 'GET',
    path: `${base}/environments`,
    doc: 'deployments/environments#list-environments',
    ...look,
    handle: environments,
  },
  {
    method: 'GET',
    path: place,
    doc: 'deployments/environments#get-an-environment',
    ...look,
    handle: (call) => ok(environmentJson(call.state, call.repo(), environmentOf(call))),
  },
  {
    method: 'GET',
    path: `${place}/deployment-branch-policies`,
    doc: 'deployments/branch-policies#list-deployment-branch-policies',
    ...look,
    handle: branchPolicies,
  },
];
