import { createHash } from 'node:crypto';
import { deployedCommit, deploymentState } from '../domain/deployment.ts';
import { runId } from '../domain/ids.ts';
import type { PullRef } from '../domain/pull.ts';
import { reportPriority } from '../domain/report-priority.ts';
import { isOver, type Run } from '../domain/run.ts';
import type { DeploymentUpsert } from '../forge/port.ts';
import { deploymentWords } from '../render/deployment.ts';
import type { StoreTables } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';

type Wishing = Pick<FlowPorts, 'clock'>;

const thingOf = ({ id }: Pick<Run, 'id'>): string => `deployment:${id}`;

const want = (tables: StoreTables, { clock }: Wishing, pull: PullRef, run: Run): Promise<void> => {
  const priority = isOver(run.state) ? reportPriority.result : reportPriority.progress;
  return tables.reports.want(pull, thingOf(run), clock.now(), undefined, priority);
};

/** An apply has begun: where it goes into an environment, people see it there. */
export const beginDeployment = async (tables: StoreTables, ports: Wishing, run: Run): Promise<void> => {
  if (run.project.settings.environment === null) return;
  const batch = await tables.batches.get(run.batchId);
  if (batch === null) throw new Error(`run ${run.id} has no batch`);
  await tables.deployments.begin(run.id, run.project.key);
  await want(tables, ports, { repo: batch.repo, number: run.pullNumber }, run);
};

/** A run has ended. What an apply put into the world takes the place of what was there of its project. */
export const endDeployment = async (
  tables: StoreTables,
  ports: Wishing,
  pull: PullRef,
  ended: Run,
): Promise<void> => {
  if (ended.verb !== 'apply') return;
  if (await tables.deployments.has(ended.id)) await want(tables, ports, pull, ended);
  if (ended.state !== 'applied') return;
  for (const id of await tables.deployments.replace(ended.project.key, ended.id)) {
    const old = await tables.runs.get(id);
    const batch = old === null ? null : await tables.batches.get(old.batchId);
    if (old === null || batch === null) continue;
    await want(tables, ports, { repo: batch.repo, number: old.pullNumber }, old);
  }
};

/** GitHub filters by it; the payload says which one it is. */
const longestTask = 100;

const taskOf = ({ project }: Run): string => {
  const task = `tidegate:${project.name}`;
  if (task.length <= longestTask) return task;
  return `${task.slice(0, longestTask - 9)}-${createHash('sha256').update(task).digest('hex').slice(0, 8)}`;
};

/** A deployment as the store has it; null where there is none to be shown. */
export const deploymentOf = async (
  { store, mask, pageUrl }: Pick<FlowPorts, 'store' | 'mask' | 'pageUrl'>,
  id: string,
): Promise<Omit<DeploymentUpsert, 'id'> | null> => {
  const run = await store.runs.get(runId(id));
  const environment = run?.project.settings.environment ?? null;
  if (run === null || environment === null) return null;
  // One that was called off has no start any more, and people were told that it goes on.
  const startedAt = run.startedAt ?? (isOver(run.state) ? run.endedAt : null);
  const isReplaced = (await store.deployments.replacedBy(run.id)) !== null;
  const state = deploymentState({ state: run.state, startedAt }, isReplaced);
  if (state === null) return null;
  const planRun = run.planRunId === null ? null : await store.runs.get(run.planRunId);
  const words = deploymentWords(run.project.name, run.pullNumber, state);
  return {
    sha: deployedCommit(run, await store.dues.ofPull(run)),
    environment,
    task: taskOf(run),
    description: mask(words.description),
    payload: {
      run: run.id,
      project: run.project.name,
      pull: run.pullNumber,
      plan: planRun?.plan?.digest ?? null,
    },
    state,
    said: words.said,
    logUrl: pageUrl(`/runs/${run.id}`),
  };
};
