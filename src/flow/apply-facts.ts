import type { Batch } from '../domain/batch.ts';
import { notAppliedBefore } from '../domain/depends-on.ts';
import { short } from '../domain/ids.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf, type Pull } from '../domain/pull.ts';
import { type Reach, reaches } from '../domain/rebuild.ts';
import type {
  ApplyFacts,
  Current,
  LaterFacts,
  OperationFacts,
  TrustFact,
} from '../domain/rules/apply-conditions.ts';
import { knownView } from '../domain/rules/plan-view.ts';
import type { Plan, Run } from '../domain/run.ts';
import { planOtherwise } from '../domain/tool-arguments.ts';
import type { Held } from '../domain/trust/finding.ts';
import { keyOf } from './admit.ts';
import { type DiscoverPorts, discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { holdOfPlan } from './drift/correction.ts';
import { openDues } from './dues.ts';
import { followersNow } from './followers.ts';
import { lastLook } from './last-look.ts';
import { duesNow, orderOf } from './order.ts';
import { findAltered } from './outbox/board-writing.ts';
import type { FlowPorts } from './ports.ts';
import { inputsOf } from './snapshot.ts';
import { progressOf } from './stages.ts';
import { suspensionsOf } from './suspended/ask.ts';
import { standingTrust, untrusted } from './trust.ts';

type Ports = DiscoverPorts & Pick<FlowPorts, 'clock' | 'conditions' | 'log'>;

/** What an apply is: what asked for it, the plan it would use, and the tool that stands ready. */
export interface Applying {
  readonly pull: Pull;
  /** What asked for it, with its other applies. */
  readonly batch: Batch;
  readonly run: Run;
  readonly planRun: Run;
  readonly plan: Plan;
  readonly toolVersion: string;
  /** This very apply has taken the plan already, and asks again whether it may go on. */
  readonly taken?: boolean;
}

/** What costs little to find out. */
export const firstFacts = async (ports: Ports, applying: Applying): Promise<ApplyFacts> => {
  const { planRun } = applying;
  const [house, planNow] = await Promise.all([houseFacts(ports, applying), ports.store.runs.get(planRun.id)]);
  return {
    ...house,
    planRun,
    plan:
      planNow?.spent === true && applying.taken !== true
        ? 'spent'
        : planNow?.state === 'planned'
          ? 'stands'
          : 'replaced',
  };
};

/** What costs little to find out of anything that changes the world, or a state. */
export const houseFacts = async (
  ports: Ports,
  { pull, batch, run }: Pick<Applying, 'pull' | 'batch' | 'run'>,
): Promise<OperationFacts> => {
  const { store, operator } = ports;
  const key = keyOf(pull);
  const [lock, unresolved, comment, board] = await Promise.all([
    store.locks.get(run.project.key),
    store.runs.ofPull(key, ['unresolved']),
    commentOf(ports, pull, await asker(ports, pull, batch)),
    store.reports.get(key, 'board'),
  ]);
  const commentId = board?.externalId ?? null;
  const [due = null] = await openDues(store, key, run.project.key);
  return {
    pull,
    cause: batch.cause,
    due,
    planRun: run,
    repositoryAllowed: operator.allows(fullNameOf(pull.ref.repo)),
    appliesForks: operator.trust.plansForks && operator.trust.appliesForks,
    appliesIntoBase: operator.appliesInto(fullNameOf(pull.ref.repo), pull.base),
    comment,
    lockHolder: lock?.pullNumber ?? null,
    unresolved: unresolved.some((one) => one.project.key === run.project.key),
    board: commentId === null ? 'gone' : await findAltered(ports, pull.ref, commentId),
    later: null,
  };
};

/** Whose comment it goes back to: what follows a word for all of an environment has none of its own. */
const asker = async (
  { store }: Ports,
  pull: Pull,
  batch: Batch,
): Promise<Pick<Batch, 'commentId' | 'press' | 'repositoryId' | 'actor'>> => {
  if (batch.cause !== 'rebuild' || batch.commentId !== null) return batch;
  const rebuild = await store.rebuilds.get(keyOf(pull));
  return rebuild === null ? batch : { ...batch, commentId: rebuild.commentId, actor: rebuild.actor };
};

/** How the comment that asked stands now. An edit may be somebody else's. */
export const commentOf = async (
  { forge, store }: Pick<FlowPorts, 'forge' | 'store'>,
  pull: Pick<Pull, 'ref'>,
  batch: Pick<Batch, 'commentId' | 'press' | 'repositoryId' | 'actor'>,
): Promise<ApplyFacts['comment']> => {
  const { commentId, press, repositoryId, actor } = batch;
  if (press != null) return (await store.deliveries.isPress(repositoryId, press)) ? 'none' : 'off-record';
  if (commentId === null) return 'none';
  const [then, now] = await Promise.all([
    store.deliveries.commentOf(repositoryId, commentId),
    forge.comment(pull.ref, commentId),
  ]);
  if (now === null) return 'deleted';
  if (then === null) return 'off-record';
  return now.body === then && now.author.id === actor?.id ? 'stands' : 'edited';
};

/**
 * What costs a fetch, with the project as head and base describe it now; null where there is none any more.
 *
 * @param found what was found already and still holds; null: it is discovered
 */
export const laterFacts = async (
  ports: Ports,
  applying: Applying,
  found: Discovery | null = null,
): Promise<{
  readonly later: LaterFacts;
  readonly project: Project | null;
  readonly discovery: Discovery;
}> => {
  const discovery = found ?? (await discover(ports, applying.pull));
  const { current, project } = await currentOf(ports, applying, discovery);
  const held = project === null ? null : discovery.held(project);
  const judged = project ?? applying.run.project;
  return {
    later: {
      current,
      trust: await trustOf(ports, applying, judged, held),
      suspended: await suspensionsOf(ports, judged),
      waitsFor: await waitsFor(ports, applying, judged, discovery),
      mode: judged.settings.apply,
      ...(applying.batch.cause === 'rebuild' && project !== null
        ? { rebuild: await reachOf(ports, applying, project, discovery) }
        : {}),
      ...(applying.batch.cause === 'drift' ? { held: await holdOfPlan(ports, applying, judged) } : {}),
      beginsByRule: project !== null && beginsByRule(ports, applying.planRun, project),
      order: await orderOf(ports, applying.pull, applying.run.project.key),
    },
    project,
    discovery,
  };
};

const reachOf = async (
  { store }: Ports,
  { pull, planRun }: Applying,
  project: Project,
  { affected }: Discovery,
): Promise<Reach> => {
  const key = keyOf(pull);
  const rebuild = await store.rebuilds.get(key);
  const runs = await store.runs.ofPull(key, ['failed', 'cancelled', 'unresolved']);
  return reaches({ rebuild, planRun, project, affected, runs });
};

/**
 * Does the rule that lets it begin by itself hold for this plan? What cannot be answered does not. Whoever may plan with arguments
 * (`-target`, `-replace`) chooses what is done, and need not be one of those who may apply: such a plan is left to a command.
 */
export const beginsByRule = (
  { conditions, log }: Pick<FlowPorts, 'conditions' | 'log'>,
  { plan, extra }: Pick<Run, 'plan' | 'extra'>,
  project: Project,
): boolean => {
  const { apply } = project.settings;
  if (apply.kind !== 'auto' || plan === null || planOtherwise(extra)) return false;
  if (apply.when === null) return true;
  const view = knownView(plan.summary);
  try {
    return view !== null && conditions.holds(apply.when, view);
  } catch (error) {
    log.warn('a condition cannot be answered', { condition: apply.when, error: String(error) });
    return false;
  }
};

const currentOf = async (
  ports: Ports,
  { pull, planRun, plan, run, toolVersion }: Applying,
  discovery: Discovery,
): Promise<{ readonly current: Current; readonly project: Project | null }> => {
  const moved = (what: string) => ({ current: { kind: 'moved', what } as const, project: null });
  const { headSha, baseSha, tree, problem } = discovery;
  if (headSha !== planRun.headSha || pull.head.sha !== planRun.headSha)
    return moved(`the head moved from ${planRun.headSha.slice(0, 7)} to ${headSha.slice(0, 7)}`);
  if (problem !== null) return { current: { kind: 'refused', problem }, project: null };
  const project = discovery.projects.find((candidate) => candidate.key === run.project.key);
  if (project === undefined || tree === null) return moved('the project disappeared from the configuration');
  if (toolVersion !== plan.toolVersion)
    return moved(`the tool went from ${plan.toolVersion} to ${toolVersion}`);
  // The end of what is taken away is another thing than the end of what stays, whatever the files are.
  const was = planRun.project.ends;
  if ((was === undefined) !== (project.ends === undefined))
    return moved('it is not the same any more whether this pull request takes the project away');
  // Another project may have its state by now, and a plan that nobody asked for must not destroy it.
  if (was !== project.ends)
    return moved(
      'a project came, went or keeps its state elsewhere since it was found that nobody else has what this one made',
    );
  const laidOut = discovery.endings.get(project.key)?.tree ?? tree;
  const inputsWith = await inputsOf(ports, { ...run, project, tree: laidOut });
  // What it was fed now the apply itself has read again: that takes a tool.
  const inputs = inputsWith(toolVersion, plan.summary.feeds?.digest);
  if (inputs !== plan.inputs)
    return moved(
      `the base branch moved to ${baseSha.slice(0, 7)} and changed files or settings this project depends on`,
    );
  const because = `head ${short(headSha)}, base ${short(baseSha)}, inputs ${short(inputs)}`;
  return { current: { kind: 'same', because }, project };
};

export const trustOf = async (
  ports: Ports,
  { pull, planRun }: Pick<Applying, 'pull' | 'planRun'>,
  project: Project,
  held: Held | null,
): Promise<TrustFact> => {
  if (held === null) return { kind: 'none-needed' };
  const missing = (because: string): TrustFact => ({
    kind: 'missing',
    because,
    problem: untrusted([held], planRun.headSha),
  });
  if (held.answer === 'refuse') return missing('the code brings what the operator refuses');
  const trust = await standingTrust(ports, pull, planRun.headSha, project);
  return trust === null
    ? missing(`nobody's trust in ${short(planRun.headSha)} stands`)
    : { kind: 'trusted', by: trust.actor.login };
};

/**
 * The first project that it depends on and that is not applied. What is affected is asked afresh, and what somebody had
 * planned by hand is known from the last look that planned anything.
 */
const waitsFor = async (
  ports: Ports,
  { pull }: Applying,
  project: Project,
  discovery: Discovery,
): Promise<string | null> => {
  const { store } = ports;
  const key = keyOf(pull);
  const [batch, runs, dues] = await Promise.all([
    lastLook(store, key),
    store.runs.latest(key),
    duesNow(ports, pull),
  ]);
  const progress = progressOf(batch, { runs, dues });
  const affected = [...discovery.affected, ...progress.affected];
  const followers = followersNow(pull, discovery, affected);
  const [first] = notAppliedBefore({ ...progress, affected, followers }, project);
  return first?.name ?? null;
};
