import type { PullRef } from '../domain/pull.ts';
import { keyOf } from './admit.ts';
import { duesOf } from './after-merge.ts';
import { answer } from './answer.ts';
import { askToMerge } from './automerge.ts';
import { cancel } from './cancel.ts';
import { concludePull } from './conclude-pull.ts';
import { admitConsumers } from './consumers/admit.ts';
import { lookAfterTrust } from './consumers/trusted.ts';
import { adoptDrift } from './drift/adopt.ts';
import { correct } from './drift/correct.ts';
import { followDrift } from './drift/follow-drift.ts';
import { wakeWaiting } from './dues.ts';
import { followApply } from './follow-apply.ts';
import { followOperation } from './follow-operation.ts';
import { followPlan } from './follow-plan.ts';
import { followTrust } from './follow-trust.ts';
import { type Followed, nothing } from './followed.ts';
import { followUp } from './followup.ts';
import { admitGroup, endGroup, type InTurn } from './merge-group.ts';
import { findAltered } from './outbox/board-writing.ts';
import { override } from './override.ts';
import { wakeAfterMerge } from './pending-wakes.ts';
import type { FlowPorts } from './ports.ts';
import { followReady } from './ready.ts';
import { beginRecovery } from './recover.ts';
import { isAnswered, wantBoard, wantParked, wantReaction, wantReply } from './report.ts';
import { rollBack } from './rollback.ts';
import { resume } from './suspended/resume.ts';
import { suspend } from './suspended/suspend.ts';
import { unlock } from './unlock.ts';
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
export const follow = async (
  ports: FlowPorts,
  wish: Wish,
  { ring, inTurn }: { readonly ring: () => void; readonly inTurn: InTurn },
): Promise<Followed> => {
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
      const environment = wish.kind === 'status' ? wish.environment : undefined;
      const content =
        environment === undefined ? { kind: wish.kind } : { kind: 'environment' as const, environment };
      await wantReply(ports, ref, id, { ...content, login: actor.login });
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
    case 'correct':
      return correct(ports, wish);
    case 'apply':
      return followApply(ports, wish);
    case 'operate':
      return followOperation(ports, wish);
    case 'plan':
      return followPlan(ports, wish);
    case 'followup':
      return wish.pull.drift === undefined
        ? followUp(ports, wish)
        : followDrift(ports, wish, wish.pull.drift);
    case 'adopt':
      return adoptDrift(ports, wish, inTurn);
    case 'rollback':
      return rollBack(ports, wish);
    case 'consumers':
      return { ...nothing, consumers: await admitConsumers(ports, wish) };
    case 'suspend':
    case 'resume': {
      const { reply, touched } = await (wish.kind === 'suspend' ? suspend(ports, wish) : resume(ports, wish));
      await wantReply(ports, ref, wish.asked.id, reply);
      for (const other of touched) await wantBoard(ports, other);
      return nothing;
    }
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
