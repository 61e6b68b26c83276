import { matchesGlob } from '../config/globs.ts';
import type { Batch } from '../domain/batch.ts';
import type { ProjectKey, RunId } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import { type Admitted, admitApply, admitPlan, keyOf } from './admit.ts';
import { cancel } from './cancel.ts';
import { concludePull } from './conclude.ts';
import { type Discovery, discover } from './discover.ts';
import { unplannable, type Wish } from './interpret.ts';
import type { FlowPorts } from './ports.ts';
import { beginRecovery, type Recovering } from './recover.ts';
import { isAnswered, wantBoard, wantParked, wantReaction, wantReply } from './report.ts';
import { unlock } from './unlock.ts';

/** What has to happen with processes after a wish was followed; rows are written already. */
export interface Followed {
  readonly admitted: Admitted | null;
  readonly superseded: Admitted['superseded'];
  /** A plan ends; an apply gets its one SIGINT. */
  readonly interrupt: readonly RunId[];
  /** An apply gets a second SIGINT. */
  readonly insist: readonly RunId[];
  /** Work with a tool on what an apply left; nothing waits for it. */
  readonly recovering: Recovering | null;
  /** The pull request is over: its checkouts can go. */
  readonly closed: Pull | null;
}

const nothing: Followed = {
  admitted: null,
  superseded: [],
  interrupt: [],
  insist: [],
  recovering: null,
  closed: null,
};

/** From a wish to rows in the store: the middle of the road, for every kind of wish. `ring` has the reaction sent at once. */
export const follow = async (ports: FlowPorts, wish: Wish, ring: () => void): Promise<Followed> => {
  if (wish.kind === 'ignore') return nothing;
  if (wish.kind === 'close') {
    const superseded = await concludePull(ports, wish.pull);
    await wantBoard(ports, wish.pull.ref);
    return { ...nothing, superseded, closed: wish.pull };
  }
  const { ref } = wish.pull;
  if (wish.asked !== null) {
    // A delivery's id is not signed, so the same signed words may come again long after they were meant.
    if (await isAnswered(ports, ref, wish.asked.commentId)) return nothing;
    await wantReaction(ports, ref, wish.asked.commentId, 'eyes');
    // Whoever asks can be told again, and so can what was given up: the App was away, or the conversation was locked.
    await wantParked(ports, ref);
    ring();
  }
  switch (wish.kind) {
    case 'help':
    case 'status': {
      const { actor, commentId } = wish.asked;
      await wantReply(ports, ref, commentId, { kind: wish.kind, login: actor.login });
      return nothing;
    }
    case 'refuse':
      await answer(ports, wish, wish.problem);
      return nothing;
    case 'unlock': {
      const done = await unlock(ports, wish);
      await wantReply(ports, ref, wish.asked.commentId, done.reply);
      for (const touched of done.touched) await wantBoard(ports, touched);
      return { ...nothing, superseded: done.superseded };
    }
    case 'cancel': {
      const { reply, interrupt, insist } = await cancel(ports, wish);
      await wantReply(ports, ref, wish.asked.commentId, reply);
      return { ...nothing, interrupt, insist };
    }
    case 'recover':
    case 'look':
      return { ...nothing, recovering: await beginRecovery(ports, wish) };
    case 'apply':
      return followApply(ports, wish);
    case 'plan':
      return followPlan(ports, wish);
    default: {
      const never: never = wish;
      return never;
    }
  }
};

const answer = async (
  ports: FlowPorts,
  wish: Pick<Extract<Wish, { kind: 'refuse' }>, 'pull' | 'asked'>,
  problem: Problem,
): Promise<void> => {
  const { actor, commentId, text } = wish.asked;
  await wantReaction(ports, wish.pull.ref, commentId, 'confused');
  await wantReply(ports, wish.pull.ref, commentId, {
    kind: 'problem',
    login: actor.login,
    command: text,
    problem,
  });
};

const followPlan = async (ports: FlowPorts, wish: Extract<Wish, { kind: 'plan' }>): Promise<Followed> => {
  const { pull, asked } = wish;
  if (wish.inLine && !(await standsInLine(ports, pull, wish.only))) return nothing;
  // Its turn in a line comes to who asked for it before, a draft too.
  const refused = unplannable(pull, asked !== null || wish.only !== null);
  const discovery = refused === null ? await discover(ports, pull) : undiscovered(pull);
  const picked = pick(discovery, wish, await ports.store.batches.latest(keyOf(pull), 'plan'));
  if ('problem' in picked && asked !== null) {
    await answer(ports, { pull, asked }, picked.problem);
    return nothing;
  }
  const chosen = 'chosen' in picked ? picked.chosen : [];
  // A re-plan that Tidegate starts by itself keeps the arguments of the plan it replaces.
  const extra = wish.only === null ? wish.extra : await extraOf(ports, pull.ref, chosen);
  const full = await queueFull(ports, chosen.length);
  // Whoever asks hears it, and what is planned stays.
  if (full !== null && asked !== null) {
    await answer(ports, { pull, asked }, full);
    return nothing;
  }
  const problem =
    refused ??
    discovery.problem ??
    chosen.map(discovery.badPlace).find((found) => found !== null) ??
    full ??
    null;
  const admitted = await admitPlan(ports, { pull, asked, discovery, chosen, extra, problem });
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted, superseded: admitted?.superseded ?? [] };
};

/** More would only wait for hours, and make everybody behind them wait. Applies are not asked: there are no more than people want. */
const queueFull = async (
  { store, operator }: Pick<FlowPorts, 'store' | 'operator'>,
  more: number,
): Promise<Problem | null> => {
  if (more === 0) return null;
  const waiting = (await store.runs.counts(['queued'])).reduce((sum, { runs }) => sum + runs, 0);
  if (waiting + more <= operator.queuedRuns) return null;
  return {
    code: 'queue-full',
    sentence: `${more === 1 ? 'One more run does' : `${more} more runs do`} not fit: ${waiting} of at most ${operator.queuedRuns} wait on this server already.`,
    advice:
      'Nothing of this commit was planned. Comment `/plan` when it is quieter; tell the people who run Tidegate if it stays.',
  };
};

const undiscovered = (pull: Pull): Discovery => ({
  headSha: pull.head.sha,
  baseSha: pull.base.sha,
  tree: null,
  affected: [],
  projects: [],
  skipped: [],
  notTaken: [],
  problem: null,
  badPlace: () => null,
});

/** Two may wake it, and a plan that is there by now must not be thrown away for a second one. */
const standsInLine = async (ports: FlowPorts, pull: Pull, project: ProjectKey | null): Promise<boolean> =>
  (await ports.store.locks.waitsOf(keyOf(pull))).some((wait) => wait.project === project);

const pick = (
  discovery: Discovery,
  wish: Extract<Wish, { kind: 'plan' }>,
  before: Batch | null,
): { readonly chosen: readonly Project[] } | { readonly problem: Problem } => {
  if (wish.only !== null) {
    // One that was named by hand at this commit is not among the affected, and has its turn all the same.
    const named = before?.headSha === discovery.headSha ? before.affected.map(({ key }) => key) : [];
    const known = new Set([...discovery.affected.map(({ key }) => key), ...named]);
    const isMeant = ({ key }: Project) => key === wish.only && known.has(key);
    return { chosen: discovery.projects.filter(isMeant) };
  }
  const { names, dirs, workspaces } = wish.selector;
  const isBare = names.length + dirs.length + workspaces.length === 0;
  // Naming a project plans it even where nothing of it changed; a bare plan takes what is affected.
  if (isBare || discovery.tree === null || discovery.problem !== null) return { chosen: discovery.affected };
  return select(discovery.projects, wish.selector, matchesGlob);
};

const extraOf = async (
  ports: FlowPorts,
  pull: PullRef,
  chosen: readonly Project[],
): Promise<readonly string[]> => {
  const runs = await ports.store.runs.latest({ repositoryId: pull.repo.id, pullNumber: pull.number });
  const before = runs.find((run) => run.verb === 'plan' && run.project.key === chosen[0]?.key);
  // What was applied is done: the plan after it is for all that is left.
  return before === undefined || before.spent ? [] : before.extra;
};

const followApply = async (ports: FlowPorts, wish: Extract<Wish, { kind: 'apply' }>): Promise<Followed> => {
  const { pull, asked, selector } = wish;
  const key = keyOf(pull);
  const planBatch = await ports.store.batches.latest(key, 'plan');
  const picked = select(planBatch?.affected ?? [], selector, matchesGlob);
  if ('problem' in picked) {
    await answer(ports, wish, picked.problem);
    return nothing;
  }
  const runs = await ports.store.runs.latest(key);
  const waits = await ports.store.locks.waitsOf(key);
  const applying = (await ports.store.runs.ofPull(key, ['queued', 'running'])).map((run) => run.planRunId);
  const plans: Run[] = [];
  const left: NotReady[] = [];
  for (const project of picked.chosen) {
    const run = runs.find((candidate) => candidate.verb === 'plan' && candidate.project.key === project.key);
    const waiting = waits.some((wait) => wait.project === project.key);
    const reason = waiting ? notYet('waits for a lock') : whyNot(run, applying, asked.at);
    if (reason === null && run !== undefined) plans.push(run);
    else left.push({ project: project.name, ...(reason ?? notYet('is not planned')) });
  }
  if (planBatch === null || plans.length === 0) {
    await answer(ports, wish, planBatch?.problem ?? nothingToApply(left));
    return nothing;
  }
  const admitted = await admitApply(ports, { pull, asked, planBatch, plans, left: left.flatMap(leftOut) });
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted };
};

/** Why a project is not part of an apply; `over`: because there is nothing to do, which needs no word. */
interface NotReady {
  readonly project: string;
  readonly why: string;
  readonly over: boolean;
}
type Reason = Omit<NotReady, 'project'>;

const notYet = (why: string): Reason => ({ why, over: false });

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

const leftOut = ({ project, why, over }: NotReady): Batch['left'] => {
  if (over) return [];
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
