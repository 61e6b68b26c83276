import type { Batch } from '../domain/batch.ts';
import type { Project } from '../domain/project.ts';
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
  // A look at the world is of no command.
  const of = (await store.batches.get(run.batchId)) ?? (await store.tracked.get(run.project.key));
  // What the operator does not let run without somebody's trust never comes this far (decision 14).
  return toldOf({ repo: of?.repo ?? null, ...run }, run.project, 'yes');
};

/** @param trusted `no` for a preview of what nobody trusts, and for nothing else */
export const toldOf = (
  {
    repo,
    pullNumber,
    headSha,
    baseSha,
  }: Pick<Run, 'pullNumber' | 'headSha' | 'baseSha'> & {
    readonly repo: Batch['repo'] | null;
  },
  project: Project,
  trusted: 'yes' | 'no',
): Readonly<Record<string, string>> => ({
  TIDEGATE_REPOSITORY: repo === null ? '' : fullNameOf(repo),
  TIDEGATE_PULL: String(pullNumber),
  TIDEGATE_SHA: headSha,
  TIDEGATE_BASE_SHA: baseSha,
  TIDEGATE_PROJECT: project.name,
  TIDEGATE_DIR: project.dir,
  TIDEGATE_WORKSPACE: project.workspace,
  TIDEGATE_ENVIRONMENT: project.settings.environment ?? '',
  TIDEGATE_TRUSTED: trusted,
  TIDEGATE_WITH: JSON.stringify(project.settings.with),
});
