import { matchesGlob } from '../config/globs.ts';
import type { Batch } from '../domain/batch.ts';
import { isEverything } from '../domain/command.ts';
import { notAppliedBefore } from '../domain/depends-on.ts';
import type { Problem } from '../domain/problem.ts';
import type { Progress } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import { quotedList } from '../domain/quote.ts';
import type { Run } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import { lacksPlan, plannedAfter } from '../domain/stages.ts';
import { admitApply, keyOf } from './admit.ts';
import { duesOf } from './after-merge.ts';
import { answer } from './answer.ts';
import { askToMerge } from './automerge.ts';
import { cancel } from './cancel.ts';
import { concludePull } from './conclude-pull.ts';
import { admitConsumers } from './consumers/admit.ts';
import { lookAfterTrust } from './consumers/trusted.ts';
import { wakeWaiting } from './dues.ts';
import { followOperation } from './follow-operation.ts';
import { followPlan } from './follow-plan.ts';
import { followTrust } from './follow-trust.ts';
import { type Followed, nothing } from './followed.ts';
import { followUp } from './followup.ts';
import { admitGroup, endGroup } from './merge-group.ts';
import { duesNow } from './order.ts';
import { findAltered } from './outbox/board-writing.ts';
import { override } from './override.ts';
import { wakeAfterMerge } from './pending-wakes.ts';
import { type Refusal, refusals } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { followReady } from './ready.ts';
import { beginRecovery } from './recover.ts';
import { isAnswered, wantBoard, wantParked, wantReaction, wantReply } from './report.ts';
import { progressOf } from './stages.ts';
import { unlock } from './unlock.ts';
import { rebuildOf, wholeOf } from './whole.ts';
import { why } from './why.ts';
import type { Wish } from './wish.ts';

const endsRebuild: ReadonlySet<Wish['kind']> = new Set([
  'plan',
  'operate',
  'unlock',
  'cancel',
  'recover',
  'trust',
]);

/** From a wish to rows in the store: the middle of the road, for every kind of wish. `ring` has the reaction sent at once. */
export const follow = async (ports: FlowPorts, wish: Wish, ring: () => void): Promise<Followed> => {
  if (wish.kind === 'ignore') return nothing;
  if (wish.kind === 'close') {
    await ports.store.rebuilds.end(keyOf(wish.pull));
    const { ended, isOver } = await concludePull(ports, wish.pull, await duesOf(ports, wish.pull));
    // To be told again is how it comes to light that a review was given and nobody told us.
    if (!isOver) await lookForReady(ports, wish.pull.ref);
    else await ports.store.consumers.end(keyOf(wish.pull));
    if (wish.pull.merged !== null) await wakeAfterMerge(ports, wish.pull.ref);
    await wantBoard(ports, wish.pull.ref);
    return { ...nothing, superseded: ended, closed: isOver ? wish.pull : null };
  }
  const { ref } = wish.pull;
  // Whoever says anything else of what is there wants to look first.
  if (wish.asked !== null && endsRebuild.has(wish.kind)) await ports.store.rebuilds.end(keyOf(wish.pull));
  if (wish.asked !== null) {
    // A delivery's id is not signed, so the same signed words may come again long after they were meant.
    if (await isAnswered(ports, ref, wish.asked.id)) return nothing;
    await wantReaction(ports, ref, wish.asked.id, 'eyes');
    // Whoever asks can be told again, and so can what was given up: the App was away, or the conversation was locked.
    await wantParked(ports, ref);
    ring();
  }
  switch (wish.kind) {
    case 'help':
    case 'status': {
      const { actor, id } = wish.asked;
      await wantReply(ports, ref, id, { kind: wish.kind, login: actor.login });
      return nothing;
    }
    case 'why': {
      const told = await why(ports, wish);
      if ('code' in told) await answer(ports, wish, told);
      else {
        const { actor, id, text } = wish.asked;
        await wantReply(ports, ref, id, {
          kind: 'why',
          login: actor.login,
          command: text,
          more: told.more,
          projects: [...told.projects],
        });
      }
      return nothing;
    }
    case 'approve': {
      const done = await override(ports, wish);
      if ('code' in done) await answer(ports, wish, done);
      else {
        const { actor, id, text } = wish.asked;
        const told = { policy: wish.policy, projects: [...done.projects] };
        await wantReply(ports, ref, id, {
          kind: 'overridden',
          login: actor.login,
          command: text,
          ...told,
        });
        await wantBoard(ports, ref);
      }
      return nothing;
    }
    case 'refuse':
      await answer(ports, wish, wish.problem);
      return nothing;
    case 'unlock': {
      const done = await unlock(ports, wish);
      await wantReply(ports, ref, wish.asked.id, done.reply);
      for (const touched of done.touched) await wantBoard(ports, touched);
      return { ...nothing, superseded: done.superseded };
    }
    case 'cancel': {
      const { reply, interrupt, insist } = await cancel(ports, wish);
      await wantReply(ports, ref, wish.asked.id, reply);
      return { ...nothing, interrupt, insist };
    }
    case 'recover':
    case 'look':
      return { ...nothing, recovering: await beginRecovery(ports, wish) };
    case 'look-again': {
      const board = await ports.store.reports.get(keyOf(wish.pull), 'board');
      const id = board?.externalId ?? null;
      // After a review as well: the webhook of an edit may have been lost.
      if (id !== null) await findAltered(ports, ref, id, wish.commentId === id ? wish.by : null);
      await wantBoard(ports, ref);
      await lookForReady(ports, ref);
      await askToMerge(ports, wish.pull);
      return nothing;
    }
    case 'automerge':
      await askToMerge(ports, wish.pull);
      return nothing;
    case 'group': {
      const { reason, commit, branch } = wish;
      const group = { repo: ref.repo, pullNumber: ref.number, commit, branch };
      if (reason === 'checks_requested') return { ...nothing, group: await admitGroup(ports, group) };
      await endGroup(ports, group);
      return nothing;
    }
    case 'ready':
      return followReady(ports, wish);
    case 'apply':
      return followApply(ports, wish);
    case 'operate':
      return followOperation(ports, wish);
    case 'plan':
      return followPlan(ports, wish);
    case 'followup':
      return followUp(ports, wish);
    case 'consumers':
      return { ...nothing, consumers: await admitConsumers(ports, wish) };
    case 'trust': {
      const followed = await followTrust(ports, wish);
      return { ...followed, consumers: await lookAfterTrust(ports, wish) };
    }
    default: {
      const never: never = wish;
      return never;
    }
  }
};

const lookForReady = (ports: FlowPorts, pull: PullRef): Promise<void> =>
  ports.store.transact((tables) => wakeWaiting(tables, ports, pull));

const followApply = async (ports: FlowPorts, wish: Extract<Wish, { kind: 'apply' }>): Promise<Followed> => {
  const { pull, asked, selector } = wish;
  const key = keyOf(pull);
  const planBatch = await ports.store.batches.latest(key, 'plan');
  const { shown } = wish;
  const affected = (planBatch?.affected ?? []).filter(({ key: one }) => shown?.has(one) ?? true);
  const picked =
    wish.all === undefined
      ? select(affected, selector, matchesGlob)
      : await wholeOf(ports, wish, wish.all, planBatch);
  if ('problem' in picked) {
    await answer(ports, wish, picked.problem);
    return nothing;
  }
  const runs = await ports.store.runs.latest(key);
  const waits = await ports.store.locks.waitsOf(key);
  const applying = (await ports.store.runs.ofPull(key, ['queued', 'running'])).map((run) => run.planRunId);
  const progress = progressOf(planBatch, { runs, dues: await duesNow(ports, pull) });
  const plans: Run[] = [];
  const left: NotReady[] = [];
  for (const project of picked.chosen) {
    const run = runs.find((candidate) => candidate.verb === 'plan' && candidate.project.key === project.key);
    const waiting = waits.some((wait) => wait.project === project.key);
    const held = planBatch?.held.some((one) => one.project === project.key) === true;
    const reason = held
      ? notYet('is not planned: what its code brings is refused, or waits for `/trust`')
      : waiting
        ? notYet('waits for a lock')
        : (notBeforeMerge(pull, project) ??
          itsStage(progress, project, isEverything(selector)) ??
          whyNot(run, applying, asked.at) ??
          otherThanShown(run, shown) ??
          (wish.all === undefined ? null : afterLater(progress, project, plans)));
    if (reason === null && run !== undefined) plans.push(run);
    else left.push({ project: project.name, ...(reason ?? notYet('is not planned')) });
  }
  if (planBatch === null || plans.length === 0) {
    await answer(ports, wish, planBatch?.problem ?? nothingToApply(left));
    return nothing;
  }
  // By the rules of the plan, so that it is said at once. The gate asks afresh.
  const refused = await refusals(ports, {
    pull,
    asker: asked,
    action: 'apply',
    projects: plans.map(({ project }) => project),
    discovery: null,
  });
  const allowed = plans.filter(({ project }) => !refused.some((one) => one.project?.key === project.key));
  const [first] = refused;
  if (first !== undefined && allowed.length === 0) {
    await answer(ports, wish, first.problem);
    return nothing;
  }
  const admitted = await admitApply(ports, {
    pull,
    actor: asked.actor,
    id: asked.id,
    cause: wish.all === undefined ? 'command' : 'rebuild',
    planBatch,
    plans: allowed,
    left: [...refused.flatMap(refusalOf), ...left.flatMap(leftOut)],
    ...(wish.all === undefined ? {} : { rebuild: rebuildOf(wish, wish.all) }),
  });
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted };
};

const refusalOf = ({ project, problem }: Refusal): Batch['left'] =>
  project === null ? [] : [{ project: project.name, problem }];

/** Why a project is not part of an apply; `over`: because there is nothing to do, which needs no word. `later`: nor does this. */
interface NotReady {
  readonly project: string;
  readonly why: string;
  readonly over: boolean;
  readonly later?: boolean;
}
type Reason = Omit<NotReady, 'project'>;

const notYet = (why: string): Reason => ({ why, over: false });

/** On a merged pull request only what the merge asks for is open: the rest is not planned. */
const notBeforeMerge = ({ merged }: Pull, { settings }: Project): Reason | null =>
  merged === null && settings.apply.kind === 'merge'
    ? { why: 'is applied after the merge, if the plan is the same then', over: false }
    : null;

/** Where nobody named it, its row says so, and it will say what to do when its turn has come. */
const itsStage = (progress: Progress, project: Project, later: boolean): Reason | null => {
  if (!lacksPlan(progress, project)) return null;
  const before = plannedAfter(progress, project);
  return before.length === 0
    ? null
    : {
        ...notYet(`is planned after ${quotedList(before.map(({ name }) => name))}, and looked at then`),
        later,
      };
};

/**
 * What is applied after something that is not planned yet would only be refused, and the word for all would end with that: it goes on
 * by itself when that is applied.
 */
const afterLater = (progress: Progress, project: Project, plans: readonly Run[]): Reason | null => {
  const before = notAppliedBefore(progress, project).filter(
    ({ key }) => !plans.some((run) => run.project.key === key),
  );
  const names = quotedList(before.map(({ name }) => name));
  return before.length === 0 ? null : { ...notYet(`is applied after ${names}`), later: true };
};

const whyNot = (
  run: Run | undefined,
  applying: readonly Run['planRunId'][],
  askedAt: number,
): Reason | null => {
  if (run === undefined) return notYet('is not planned');
  // Two people may ask at the same moment: one apply of a plan is enough, and the other would only be refused.
  if (applying.includes(run.id)) return notYet('is being applied already');
  if (run.spent) return { why: 'was applied already: its plan was used by an apply', over: true };
  if (run.state === 'queued' || run.state === 'running') return notYet('is still being planned');
  if (run.state === 'failed') return notYet('could not be planned');
  if (run.state !== 'planned') return notYet('has no plan of this commit');
  // Commands can be late, and a plan of somebody else's `/plan` may have taken the place of the one that was read (promise 1).
  if (run.endedAt !== null && run.endedAt > askedAt)
    return notYet('was planned again after this comment was written; look at the new plan');
  if (run.plan?.summary.hasChanges === false) return { why: 'has nothing to change', over: true };
  return null;
};

/** It may have been planned anew since the button was looked up. */
const otherThanShown = (
  run: Run | undefined,
  shown: Extract<Wish, { kind: 'apply' }>['shown'],
): Reason | null =>
  shown === undefined || run === undefined || shown.get(run.project.key) === run.plan?.digest
    ? null
    : notYet('was planned again since its check was shown');

const leftOut = ({ project, why, over, later }: NotReady): Batch['left'] => {
  if (over || later === true) return [];
  const sentence = `Left out: it ${why}.`;
  const advice = 'Comment `/apply` again when its row says that it is ready.';
  return [{ project, problem: { code: 'not-planned', sentence, advice } }];
};

const nothingToApply = (left: readonly NotReady[]): Problem => ({
  code: 'not-planned',
  ...(left.length > 0 && left.every(({ over }) => over)
    ? { sentence: 'There is nothing left to apply.', advice: 'Merge it, or push a change.' }
    : {
        sentence: 'There is no plan to apply.',
        advice: 'Comment `/plan` first, or wait until planning is done.',
      }),
  ...(left.length === 0 ? {} : { details: left.map(({ project, why }) => `${project}: ${why}`).join('\n') }),
});
