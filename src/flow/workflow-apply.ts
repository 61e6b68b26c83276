import { UserError } from '../domain/problem.ts';
import type { Run } from '../domain/run.ts';
import type { Runner } from '../runner/port.ts';
import { type GatePorts, gateOnRecord } from './gate.ts';
import { writtenIn } from './lay-out.ts';
import { internalProblem } from './plan.ts';
import type { FlowPorts } from './ports.ts';

type Ports = GatePorts & Pick<FlowPorts, 'checkouts'>;

/** Holds an apply in which programs of a workflow ran against what it was before they did. */
export type Recheck = (toolVersion: string) => Promise<void>;

const nothing: Recheck = async () => undefined;

/**
 * To be called when the plan is laid out, before the first tool; what it returns right before the tool that mutates. Programs of
 * a workflow take their time and run in the checkout: so everything that the apply needs has to hold again after them, and
 * they must not have left anything. (The plan file and what belongs to it are compared for every apply.)
 */
export const watchWorkflow = async (
  ports: Ports,
  run: Run,
  planRun: Run,
  runner: Runner,
): Promise<Recheck> => {
  if ((planRun.project.settings.workflow?.apply ?? null) === null) return nothing;
  const written = async (): Promise<readonly string[]> => {
    const files = await writtenIn(ports, planRun);
    return files.map(({ path }) => path).filter((path) => !runner.isFetchedAgain(path));
  };
  const planned = new Set(await written());
  return async (toolVersion) => {
    const { verdict, authorized } = await gateOnRecord(ports, run, planRun, toolVersion, true);
    if (authorized === null) throw new UserError(verdict.problem ?? internalProblem(run));
    const changed = (await written()).find((path) => !planned.has(path));
    if (changed === undefined) return;
    throw new UserError({
      code: 'artifact-damaged',
      sentence: `Project \`${planRun.project.name}\`: \`${changed}\` was written while the workflow of the apply ran.`,
      advice:
        'Nothing was applied, and it is planned again by itself. Programs of an `apply` must leave the checkout as it is: tell the people who run Tidegate.',
    });
  };
};
