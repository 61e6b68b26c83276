import { fullNameOf } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { FlowPorts } from './ports.ts';

/**
 * What a tool with a summary is told of its run; the runner adds where the plan is. They are values of variables, and nothing is put
 * into a line. What whoever opens a pull request words freely is not among them: names of branches, titles.
 */
export const runVariables = async (
  { store }: Pick<FlowPorts, 'store'>,
  run: Run,
): Promise<Readonly<Record<string, string>>> => {
  const { project } = run;
  const batch = await store.batches.get(run.batchId);
  return {
    TIDEGATE_REPOSITORY: batch === null ? '' : fullNameOf(batch.repo),
    TIDEGATE_PULL: String(run.pullNumber),
    TIDEGATE_SHA: run.headSha,
    TIDEGATE_BASE_SHA: run.baseSha,
    TIDEGATE_PROJECT: project.name,
    TIDEGATE_DIR: project.dir,
    TIDEGATE_WORKSPACE: project.workspace,
    TIDEGATE_ENVIRONMENT: project.settings.environment ?? '',
    // What the operator does not let run without somebody's trust never comes this far (decision 14).
    TIDEGATE_TRUSTED: 'yes',
    TIDEGATE_WITH: JSON.stringify(project.settings.with),
  };
};
