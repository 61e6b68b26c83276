import type { Batch } from '../../domain/batch.ts';
import { refuseContradiction } from '../../domain/exit-codes.ts';
import { runId } from '../../domain/ids.ts';
import { doesSomething } from '../../domain/plan-summary.ts';
import { type Preview, refuseVerified } from '../../domain/preview.ts';
import { type Printed, printedOf } from '../../domain/printed.ts';
import { type Problem, UserError } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import type { Runner, Step } from '../../runner/port.ts';
import { HostLost, type Sandbox, type Session } from '../../sandbox/port.ts';
import { execute } from '../execute.ts';
import { giveFeeds, unknownFeeds } from '../feeds.ts';
import { layOutAlone, nothingToRescue } from '../lay-out.ts';
import type { FlowPorts } from '../ports.ts';
import { toldOf } from '../run-variables.ts';

/** What came of it; null: this server goes first, or nobody waits for it any more. */
export type Previewed = Pick<Preview, 'state' | 'summary' | 'problem' | 'output'> | null;

/** A preview is read by people who decide whether to trust a commit, and made of whatever a stranger wrote. */
const mostMs = 2 * 60_000;
const mostBytes = 1024 * 1024;

interface Wanted {
  readonly batch: Batch;
  readonly tree: NonNullable<Batch['tree']>;
  readonly project: Project;
  readonly runner: Runner;
  readonly sandbox: Pick<Sandbox, 'open'>;
  readonly signal: AbortSignal;
}

/**
 * Has a tool show what it makes of code that nobody trusts: in a checkout that is laid out for this alone and goes with it, in a
 * sandbox that has nothing of a plan's. No policy is asked, no step of a workflow is run, and nothing that the tool writes is kept.
 */
export const makePreview = async (ports: FlowPorts, wanted: Wanted): Promise<Previewed> => {
  const { checkouts, git, newId, log } = ports;
  const { batch, project, sandbox } = wanted;
  const checkout = checkouts.folderOfPreviews(batch);
  return checkouts.exclusive(checkout, async () => {
    const id = runId(`preview-${newId()}`);
    let session: Session | null = null;
    try {
      session = await sandbox.open({ runId: id, verb: 'plan', checkout, dir: project.dir, env: {} });
      await layOutAlone(ports, { repositoryId: batch.repositoryId, tree: wanted.tree, project }, checkout);
      return await inSession(ports, wanted, session);
    } catch (error) {
      if (wanted.signal.aborted) return null;
      if (error instanceof UserError) return failed(error.problem);
      log.error('a preview was not made', { preview: id, project: project.key, error: String(error) });
      return failed(error instanceof HostLost ? killed : broken);
    } finally {
      const gone = [session?.dispose(), git.removeCheckout(batch.repositoryId, checkout, nothingToRescue)];
      for (const each of await Promise.allSettled(gone))
        if (each.status === 'rejected')
          log.error('the folder of a preview was not removed', { preview: id, error: String(each.reason) });
    }
  });
};

const failed = (problem: Problem, output: string | null = null): Previewed => ({
  state: 'failed',
  summary: null,
  problem,
  output,
});

const killed: Problem = {
  code: 'tool-failed',
  sentence: 'The process that ran the tool was killed.',
  advice: '',
};

const broken: Problem = {
  code: 'internal',
  sentence: 'Tidegate failed while it made the preview.',
  advice: 'The people who run it find the reason in its log.',
};

const inSession = async (
  ports: FlowPorts,
  { batch, project, runner, signal }: Wanted,
  session: Session,
): Promise<Previewed> => {
  const planDir = session.files;
  const fed = unknownFeeds(ports, project);
  await giveFeeds(ports, fed, planDir);
  const steps = runner.steps('preview', {
    planDir,
    workspace: project.workspace,
    varFiles: project.settings.varFiles,
    backendFiles: project.settings.backendFiles,
    extra: [],
    with: project.settings.with,
    isFed: fed !== null,
    about: toldOf(batch, project, 'no'),
  });
  const executed = await execute(session, steps.map(shorter), {
    signal,
    clock: ports.clock,
    onAgain: () => runner.forget(planDir),
  });
  if (signal.aborted) return null;
  if (executed.failed !== null) return failed(executed.failed.problem, executed.transcript);
  const printed = await atMost(mostBytes, await runner.planOf(executed.data, planDir));
  const { summary } = await runner.read(printed, { isGiven: (text) => ports.mask(text) !== text });
  refuseContradiction(executed.said, doesSomething(summary));
  refuseVerified(summary);
  return { state: 'made', summary: summary, problem: null, output: null };
};

const shorter = (step: Step): Step => ({ ...step, timeoutMs: Math.min(step.timeoutMs, mostMs) });

/** Throws UserError `plan-unreadable` for more. */
const atMost = async (limit: number, printed: Printed): Promise<Printed> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of printed.chunks()) {
    bytes += chunk.length;
    if (bytes > limit)
      throw new UserError({
        code: 'plan-unreadable',
        sentence: `What the tool says of it is larger than ${limit / 1024} KB, which is too much for a preview.`,
        advice: '',
      });
    chunks.push(chunk);
  }
  return printedOf(Buffer.concat(chunks));
};
