import type { Batch } from '../domain/batch.ts';
import { runId } from '../domain/ids.ts';
import { type Expected, type GroupAnswer, judgeThere, type MergeGroup } from '../domain/merge-group.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { isDestroying } from '../domain/tool-arguments.ts';
import { FetchFailed } from '../git/port.ts';
import type { BoardRow } from '../render/view.ts';
import { standing } from '../render/words.ts';
import { closureIn } from './closure.ts';
import type { Control } from './control.ts';
import { codeIn } from './endings.ts';
import { artifactBinding } from './execute.ts';
import { leavingLinks, leavingProblem } from './leaving-links.ts';
import { leftOutProblem } from './left-out.ts';
import { type Snapshot, snapshotOf } from './outbox/snapshot.ts';
import { placeProblems } from './place-problem.ts';
import { makePlan } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard, wantGroup } from './report.ts';
import { lookOf } from './snapshot.ts';

/** Makes a plan under a handle of its own, in its turn; undefined when this server goes first. */
export type InTurn = <T>(run: Run, work: (control: Control) => Promise<T>) => Promise<T | undefined>;

const refOf = ({ repo, pullNumber }: MergeGroup): PullRef => ({ repo, number: pullNumber });

/** A queue asks for our checks on a commit: it is written down, and said that it is looked at. Null: it was asked before. */
export const admitGroup = (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  asked: Pick<MergeGroup, 'repo' | 'pullNumber' | 'commit' | 'branch'>,
): Promise<MergeGroup | null> =>
  ports.store.transact(async (tables) => {
    const group: MergeGroup = { ...asked, headSha: null, state: 'checking', answers: [] };
    if ((await tables.mergeGroups.add(group)) === 'known') return null;
    await wantGroup({ store: tables, clock: ports.clock }, group);
    return group;
  });

type Answer = Pick<MergeGroup, 'state' | 'headSha' | 'answers'>;

/** The queue has taken it apart: whatever is found out now helps nobody. */
export const endGroup = (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  { repo, commit }: Pick<MergeGroup, 'repo' | 'commit'>,
): Promise<boolean> =>
  ports.store.mergeGroups.answer(repo.id, commit, { state: 'over', headSha: null, answers: [] });

/**
 * Plans what the pull request affects on the commit that the queue would merge: what was applied has nothing left to change there,
 * and what is applied after the merge is what was agreed to. May be repeated.
 */
export const checkGroup = async (ports: FlowPorts, group: MergeGroup, inTurn: InTurn): Promise<void> => {
  const answer = await answerOf(ports, group, inTurn).catch((error: unknown): Answer => {
    ports.log.error('a merge group was not checked', { commit: group.commit, error: String(error) });
    return { state: 'failed', headSha: null, answers: [notChecked] };
  });
  if (answer === null) return;
  await ports.store.transact(async (tables) => {
    if (!(await tables.mergeGroups.answer(group.repo.id, group.commit, answer))) return;
    const { clock } = ports;
    await tables.audit.append({
      at: clock.now(),
      kind: `merge_group.${answer.state}`,
      actor: null,
      repositoryId: group.repo.id,
      pullNumber: group.pullNumber,
      runId: null,
      facts: { commit: group.commit, head: answer.headSha, answers: answer.answers },
    });
    await wantGroup({ store: tables, clock }, group);
    await wantBoard({ store: tables, clock }, refOf(group));
  });
};

const notChecked: GroupAnswer = {
  project: 'all of it',
  planned: false,
  holds: false,
  because: 'Tidegate failed while it looked at it',
};

/** Null: this server goes first, and the next one asks again. */
const answerOf = async (ports: FlowPorts, group: MergeGroup, inTurn: InTurn): Promise<Answer | null> => {
  const look = await snapshotOf(ports, refOf(group));
  const { pull, batch, view } = look;
  const headSha = pull.head.sha;
  if (batch === null || batch.headSha !== headSha || batch.problem !== null)
    return { state: 'failed', headSha, answers: [unlooked(batch)] };
  const tree = await treeOf(ports, pull, group);
  if (tree === null) return { state: 'over', headSha, answers: [] };
  const whatThere = await plannedFrom(ports, group, tree);
  const runs = await ports.store.runs.latest({ repositoryId: group.repo.id, pullNumber: group.pullNumber });
  const answers = await Promise.all(
    batch.affected.map(async (project, at) => {
      const row = view.rows[at];
      const planRun = runs.find((run) => run.verb === 'plan' && run.project.key === project.key);
      const expected = expectedOf(look, row, planRun);
      if (expected.kind === 'refused')
        return { project: project.name, planned: true, holds: false, because: expected.because };
      if (expected.kind === 'later')
        return { project: project.name, planned: true, holds: true, because: expected.because };
      const there = whatThere(project, planRun);
      if ('because' in there) return { project: project.name, holds: false, ...there };
      return planThere(ports, { group, batch, project, expected, ...there }, inTurn);
    }),
  );
  const known = answers.filter((answer) => answer !== undefined);
  if (known.length < answers.length) return null;
  return { state: known.every(({ holds }) => holds) ? 'passed' : 'failed', headSha, answers: known };
};

const unlooked = (batch: Batch | null): GroupAnswer => ({
  project: 'all of it',
  planned: false,
  holds: false,
  because: batch?.problem?.sentence ?? 'the newest commit of the pull request is not planned',
});

/** By what the comment says of it at this moment. */
const expectedOf = (
  { pull }: Pick<Snapshot, 'pull'>,
  row: BoardRow | undefined,
  planRun: Run | undefined,
): Expected => {
  const stands = row === undefined ? 'not planned' : standing(row);
  if (stands === 'applied' || stands === 'nothing to do') return { kind: 'nothing' };
  const digest = planRun?.plan?.digest;
  if (stands === 'to apply' && row?.afterMerge === 'ready' && digest !== undefined && pull.state === 'open')
    return { kind: 'same', digest };
  const next = row?.next.replaceAll('`', '') ?? '';
  if (stands === 'staged' && row?.afterMerge === 'ready' && pull.state === 'open')
    return { kind: 'later', because: `it waits for ${next}` };
  return { kind: 'refused', because: stands === 'to apply' ? `it waits for ${next}` : `it is ${stands}` };
};

/** Null: the queue has taken the commit away again. */
const treeOf = async ({ forge, git }: FlowPorts, pull: Pull, group: MergeGroup) => {
  const { repo, number } = pull.ref;
  const { url, token, done } = await forge.remote(repo);
  try {
    const { base } = await git.fetch(repo, { url, token, pullNumber: number, baseRef: group.branch });
    return base === group.commit ? await git.treeOf(repo.id, base) : null;
  } catch (error) {
    if (error instanceof FetchFailed && error.reason === 'no-such-ref') return null;
    throw error;
  } finally {
    done();
  }
};

type From = Pick<Run, 'tree' | 'extra'>;

/**
 * What a project is planned from there, or why it is not: its end from where its code was, as it was planned before, and all others from
 * the commit of the queue. What is before it in the queue may have taken a folder away, or brought one back.
 */
const plannedFrom = async (
  ports: FlowPorts,
  { repo }: MergeGroup,
  tree: Run['tree'],
): Promise<
  (project: Project, planRun: Run | undefined) => From | Pick<GroupAnswer, 'planned' | 'because'>
> => {
  const look = await lookOf(ports, repo.id, tree);
  const leaving = await leavingLinks(ports, repo.id, look.entries);
  const isThere = codeIn(look, ports.runners);
  const misplaced = placeProblems(ports, look);
  return (project, planRun) => {
    if (project.ends !== undefined) {
      if (isThere(project))
        return {
          planned: true,
          because: 'its end was planned, and files of it are there on the commit of the queue',
        };
      return planRun !== undefined && isDestroying(planRun.extra)
        ? { tree: planRun.tree, extra: planRun.extra }
        : { planned: false, because: 'its end is not planned' };
    }
    const problem =
      misplaced(project) ??
      leftOutProblem(ports, look, project) ??
      leavingProblem(leaving, project, closureIn(look, ports)(project).folders);
    return problem === null ? { tree, extra: [] } : { planned: false, because: problem.sentence };
  };
};

interface There extends From {
  readonly group: MergeGroup;
  readonly batch: Batch;
  readonly project: Project;
  readonly expected: Parameters<typeof judgeThere>[1];
}

/** No run of the pull request: nobody can apply it, and it takes no plan's place. */
const planThere = async (
  ports: FlowPorts,
  { group, batch, project, tree, extra, expected }: There,
  inTurn: InTurn,
): Promise<GroupAnswer | undefined> => {
  const now = ports.clock.now();
  const run: Run = {
    id: runId(ports.newId()),
    batchId: batch.id,
    repositoryId: group.repo.id,
    pullNumber: group.pullNumber,
    project,
    verb: 'plan',
    state: 'running',
    headSha: group.commit,
    baseSha: batch.baseSha,
    tree,
    actor: null,
    extra,
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
  // The mirror may be another one by now, and have no more than it was asked for.
  if (project.ends !== undefined)
    await ports.git.complete(group.repo, [tree], () => ports.forge.remote(group.repo));
  return inTurn(run, async (control) => {
    const made = await makePlan(ports, run, control);
    if (made === undefined) return undefined;
    if ('problem' in made)
      return { project: project.name, planned: false, holds: false, because: made.problem.sentence };
    await ports.blobs.delete(made.plan.artifact, artifactBinding(run));
    const { digest, summary } = made.plan;
    return judgeThere(project.name, expected, { digest, hasChanges: summary.hasChanges });
  });
};
