import { matchesGlob } from '../config/globs.ts';
import { askedWith } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import { batchId } from '../domain/ids.ts';
import { operationArguments, operationWords } from '../domain/operation.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Run } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import { type Admitted, keyOf, queued } from './admit.ts';
import { answer } from './answer.ts';
import { type Followed, nothing } from './followed.ts';
import { unplannable } from './interpret.ts';
import { permit } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';
import type { Wish } from './wish.ts';

type OperateWish = Extract<Wish, { kind: 'operate' }>;

/** `/import` and `/state rm`: what can be refused at once is; the rest is queued, and the gate asks before it starts. */
export const followOperation = async (ports: FlowPorts, wish: OperateWish): Promise<Followed> => {
  const refuse = async (problem: Problem): Promise<Followed> => {
    await answer(ports, wish, problem);
    return nothing;
  };
  const { pull, asked, operation } = wish;
  const wrong = unplannable(ports, pull, true);
  if (wrong !== null) return refuse(wrong);
  const batch = await ports.store.batches.latest(keyOf(pull), 'plan');
  const picked = select(batch?.affected ?? [], wish.selector, matchesGlob);
  if ('problem' in picked) return refuse(picked.problem);
  const [project, ...others] = picked.chosen;
  if (project === undefined || batch === null || others.length > 0)
    return refuse(batch?.problem ?? oneAtATime(wish, picked.chosen));
  const problem =
    (await permit(ports, pull, asked, operation.kind, [project])) ??
    (await notReady(ports, wish, batch, project));
  if (problem !== null) return refuse(problem);
  const admitted = await admitOperation(ports, wish, batch, project);
  if (admitted !== null && 'problem' in admitted) return refuse(admitted.problem);
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted };
};

/** Why it cannot begin with this project as it stands. */
const notReady = async (
  { store }: FlowPorts,
  { pull, asked, operation }: OperateWish,
  batch: Batch,
  project: Project,
): Promise<Problem | null> => {
  const key = keyOf(pull);
  const said = `\`${operationWords[operation.kind]}\``;
  const isMeant = (run: Run) => run.project.key === project.key;
  if (batch.held.some((held) => held.project === project.key))
    return notPlanned(
      project,
      'is not planned: what its code brings is refused, or waits for `/trust`',
      said,
    );
  const going = (await store.runs.ofPull(key, ['queued', 'running', 'unresolved'])).find(isMeant);
  if (going?.state === 'unresolved')
    return {
      code: 'outcome-unknown',
      sentence: `Nobody knows how an earlier run of \`${project.name}\` ended, so its state is left alone.`,
      advice: '`/recover` says what is known of it.',
    };
  if (going !== undefined)
    return {
      code: 'operation-refused',
      sentence: `A run of \`${project.name}\` (${going.verb}) is under way, and ${said} changes what it stands on.`,
      advice: 'Comment it again when that has ended.',
    };
  const lock = await store.locks.get(project.key);
  if (lock !== null && lock.pullNumber !== key.pullNumber) return lockedBy(project, lock.pullNumber);
  // What may run of this commit was decided when it was planned.
  const plan = (await store.runs.latest(key)).find((run) => run.verb === 'plan' && isMeant(run));
  const isTried = plan !== undefined && plan.startedAt !== null && plan.headSha === batch.headSha;
  if (!isTried || batch.tree === null || batch.headSha !== pull.head.sha)
    return notPlanned(project, 'is not planned at the newest commit', said);
  return plan.endedAt !== null && plan.endedAt > asked.at
    ? notPlanned(project, 'was planned again after this comment was written', said)
    : null;
};

const notPlanned = (project: Project, why: string, said: string): Problem => ({
  code: 'not-planned',
  sentence: `\`${project.name}\` ${why}, and ${said} works on what was planned.`,
  advice: 'Comment it again when its row says that it is planned; `/plan` plans it.',
});

/** The lock, the batch and its run, all or nothing. Null: this comment was answered before. */
const admitOperation = (
  ports: FlowPorts,
  { pull, asked, operation }: OperateWish,
  planBatch: Batch,
  project: Project,
): Promise<Admitted | { readonly problem: Problem } | null> =>
  ports.store.transact(async (tables) => {
    const at = ports.clock.now();
    const key = keyOf(pull);
    const batch: Batch = {
      ...planBatch,
      id: batchId(ports.newId()),
      verb: operation.kind,
      actor: asked.actor,
      ...askedWith(asked.id),
      cause: 'command',
      selected: [project.key],
      left: [],
      held: [],
      createdAt: at,
    };
    const held = await tables.locks.get(project.key);
    const [first] = await tables.locks.waiters(project.key);
    const holder = held?.pullNumber ?? first?.pullNumber ?? key.pullNumber;
    // A line is for plans. Whoever wants a state changed looks at what the others did first.
    if (holder !== key.pullNumber) return { problem: lockedBy(project, holder) };
    if ((await tables.batches.add(batch)) === 'known') return null;
    await tables.locks.acquire(project.key, key, at);
    const run = queued(ports, batch, project, { verb: operation.kind, extra: operationArguments(operation) });
    await tables.runs.add(run);
    await tables.audit.append({
      at,
      kind: `${operation.kind}.admitted`,
      actor: asked.actor.login,
      ...key,
      runId: run.id,
      facts: { batch: batch.id, head: batch.headSha, project: project.key, asked: operation },
    });
    return { batch, runs: [run], superseded: [] };
  });

const lockedBy = (project: Project, holder: number): Problem => ({
  code: 'locked',
  sentence: `The lock of \`${project.name}\` is held by #${holder}, or #${holder} is next in line for it.`,
  advice: `Wait until #${holder} is merged or closed, or ask an administrator to \`/unlock\` it.`,
});

const oneAtATime = ({ asked, operation }: OperateWish, projects: readonly Project[]): Problem =>
  projects.length === 0
    ? {
        code: 'no-such-project',
        sentence: `\`${asked.text}\`: no project is planned in this pull request.`,
        advice: 'Comment `/plan -p NAME` first: a project that is named is planned, changed or not.',
      }
    : {
        code: 'operation-refused',
        sentence: `\`${operationWords[operation.kind]}\` is done for one project at a time, and ${projects.length} are meant.`,
        advice: 'Name it with `-p NAME`. These can be chosen:',
        details: projects.map(({ name }) => name).join('\n'),
      };
