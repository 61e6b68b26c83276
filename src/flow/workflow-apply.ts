import { UserError } from '../domain/problem.ts';
import type { Run } from '../domain/run.ts';
import type { Runner } from '../runner/port.ts';
import { writtenIn } from './lay-out.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'git' | 'checkouts'>;

/**
 * To be called when the plan is laid out, before the first tool; what it returns is called when the programs of the workflow have run.
 * They run in the checkout, and must not have left anything there. (The plan file and what belongs to it are compared for every apply.)
 */
export const watchWorkflow = async (
  ports: Ports,
  planRun: Run,
  runner: Runner,
): Promise<() => Promise<void>> => {
  if ((planRun.project.settings.workflow?.apply ?? null) === null) return async () => undefined;
  const written = async (): Promise<readonly string[]> => {
    const files = await writtenIn(ports, planRun);
    return files.map(({ path }) => path).filter((path) => !runner.isFetchedAgain(path));
  };
  const planned = new Set(await written());
  return async () => {
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
