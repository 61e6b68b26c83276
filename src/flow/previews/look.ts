import type { Preview } from '../../domain/preview.ts';
import type { PullKey } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';
import { wantBoard } from '../report.ts';
import { makePreview, type Previewed } from './make.ts';

/**
 * Makes the previews that a pull request waits for, one after another. May be repeated: what waits still when it is over is made by
 * the next server.
 */
export const lookAtPreviews = async (
  ports: FlowPorts,
  pull: PullKey,
  { leaving, ring }: { readonly leaving: AbortSignal; readonly ring: () => void },
): Promise<void> => {
  for (const preview of await ports.store.previews.waiting(pull)) {
    if (leaving.aborted) return;
    const made = await previewOf(ports, preview, leaving);
    if (made === null) return;
    await note(ports, { ...preview, ...made });
    ring();
  }
};

const previewOf = async (ports: FlowPorts, preview: Preview, signal: AbortSignal): Promise<Previewed> => {
  const { store, runners, previewSandbox: sandbox } = ports;
  const batch = await store.batches.get(preview.batchId);
  const project = batch?.affected.find(({ key }) => key === preview.project);
  const runner = project === undefined ? null : runners.get(project.settings.runner);
  // Of what an earlier server had in its place, and this one does not.
  if (batch === null || batch.tree === null || project === undefined) return gone('it is not known any more');
  if (sandbox === null || runner === null || !runner.previews) return gone('this server makes none of it');
  return makePreview(ports, { batch, tree: batch.tree, project, runner, sandbox, signal });
};

const gone = (why: string): Previewed => ({
  state: 'failed',
  summary: null,
  problem: { code: 'untrusted', sentence: `There is no preview: ${why}.`, advice: '' },
  output: null,
});

const note = async ({ store, clock }: FlowPorts, preview: Preview): Promise<void> => {
  const batch = await store.batches.get(preview.batchId);
  await store.transact(async (tables) => {
    if (!(await tables.previews.note(preview))) return;
    const { repositoryId, pullNumber, project, state, problem, summary } = preview;
    await tables.audit.append({
      at: clock.now(),
      kind: `preview.${state}`,
      actor: null,
      repositoryId,
      pullNumber,
      runId: null,
      facts: {
        project,
        batch: preview.batchId,
        head: batch?.headSha ?? null,
        tree: batch?.tree ?? null,
        counts: summary?.counts ?? null,
        problem: problem?.code ?? null,
      },
    });
    if (batch !== null) await wantBoard({ store: tables, clock }, { repo: batch.repo, number: pullNumber });
  });
};
