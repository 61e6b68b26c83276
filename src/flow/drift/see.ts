import path from 'node:path';
import { type Versions, versionsOf } from '../../domain/convergence/unsettled.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Plan, Run } from '../../domain/run.ts';
import { withoutLock } from '../../domain/tool-arguments.ts';
import type { Control } from '../control.ts';
import { artifactBinding } from '../execute.ts';
import { makePlan } from '../plan.ts';
import type { FlowPorts } from '../ports.ts';

/** What a plan said of the world that nobody applies. */
export interface Sight {
  /** When it began, in Unix milliseconds: what was asked for later is not answered by it. */
  readonly since: number;
  readonly plan: Plan;
  /** Of what the things in it are made by. */
  readonly versionOf: Versions;
}

/**
 * The run of a plan that only looks: by plan's own credentials, without the lock of the state. What would have to hold before an apply is
 * nobody's matter there, and programs that judge plans are of pull requests.
 */
export const lookingRun = (
  { runners, clock }: Pick<FlowPorts, 'runners' | 'clock'>,
  run: Omit<
    Run,
    | ('verb' | 'state' | 'actor' | 'extra' | 'planRunId' | 'plan' | 'spent' | 'problem' | 'output')
    | ('isolation' | 'createdAt' | 'startedAt' | 'endedAt')
  >,
): Run => {
  const now = clock.now();
  const { settings } = run.project;
  return {
    ...run,
    project: { ...run.project, settings: { ...settings, requirements: {} } },
    verb: 'plan',
    state: 'running',
    actor: null,
    extra: runners.get(settings.runner)?.hasState === true ? [withoutLock] : [],
    planRunId: null,
    plan: null,
    spent: false,
    problem: null,
    output: null,
    isolation: null,
    createdAt: now,
    startedAt: now,
    endedAt: null,
  };
};

/** Plans and keeps nothing: neither the plan nor what its tools printed. Undefined: this server goes. */
export const seeWorld = async (
  ports: FlowPorts,
  run: Run,
  control: Control,
): Promise<Sight | { readonly problem: Problem } | undefined> => {
  const since = ports.clock.now();
  const made = await makePlan(ports, run, control, 'drift');
  await ports.logs.remove(run.id);
  if (made === undefined) return undefined;
  if ('problem' in made) return { problem: made.problem };
  await ports.blobs.delete(made.plan.artifact, artifactBinding(run));
  const folder = path.join(ports.checkouts.folderOf(run), run.project.dir);
  const fetched = await ports.runners.get(run.project.settings.runner)?.fetchedVersions(folder);
  return { since, plan: made.plan, versionOf: versionsOf(fetched ?? new Map(), made.plan.toolVersion) };
};
