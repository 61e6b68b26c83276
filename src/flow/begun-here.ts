import type { Skipped } from '../domain/batch.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Pull } from '../domain/pull.ts';
import { quoted } from '../domain/quote.ts';
import { changesWorld, type Run } from '../domain/run.ts';
import { isDestroying, planOtherwise } from '../domain/tool-arguments.ts';
import type { FlowPorts } from './ports.ts';

/** What a pull request began to change, each project's newest. It keeps their locks and rows until the end, whatever is pushed later. */
export const begunHere = async (
  { store }: Pick<FlowPorts, 'store'>,
  { ref }: Pull,
): Promise<ReadonlyMap<ProjectKey, Run>> => {
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const runs = await store.runs.ofPull(key, ['running', 'applied', 'failed', 'unresolved']);
  const begun = runs.filter((run) => changesWorld(run.verb) && run.startedAt !== null);
  return new Map(begun.map((run) => [run.project.key, run]));
};

/** Was all of a project destroyed by its newest run? Where that cannot be told any more, no. */
const isEnded = async ({ store }: Pick<FlowPorts, 'store'>, { state, planRunId }: Run): Promise<boolean> => {
  const plan = state === 'applied' && planRunId !== null ? await store.runs.get(planRunId) : null;
  if (plan === null || !isDestroying(plan.extra)) return false;
  return !planOtherwise(plan.extra.filter((argument) => !isDestroying([argument])));
};

/**
 * Those that came with the pull request, were applied, and went again: no branch has their code, so no plan of their end can be made.
 *
 * @param known all that base and head have
 */
export const orphansOf = async (
  ports: Pick<FlowPorts, 'store'>,
  begun: ReadonlyMap<ProjectKey, Run>,
  known: ReadonlySet<ProjectKey>,
): Promise<readonly Skipped[]> => {
  const orphans: Skipped[] = [];
  for (const [key, run] of begun) {
    if (known.has(key) || (await isEnded(ports, run))) continue;
    const { name, dir, workspace } = run.project;
    // Moved, it may have given its state to another one: nobody must be told to destroy that.
    const reason = `was applied by this pull request and is gone since: what it made stays, unless another project has its state by now. If none has, bring ${quoted(dir)} back, comment \`/destroy -p ${name}\`, apply that, and delete it then`;
    orphans.push({ name, dir, workspace, reason, removed: true });
  }
  return orphans;
};
