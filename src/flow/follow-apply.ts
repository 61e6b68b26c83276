import { matchesGlob } from '../config/globs.ts';
import type { Batch } from '../domain/batch.ts';
import { isEverything } from '../domain/command.ts';
import { notAppliedBefore } from '../domain/depends-on.ts';
import type { Problem } from '../domain/problem.ts';
import type { Progress } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import { switchedOff } from '../domain/rules/break-glass.ts';
import type { Run } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import { lacksPlan, plannedAfter } from '../domain/stages.ts';
import { suspendedProblem, suspensionNeeds } from '../domain/suspension.ts';
import { admitApply, keyOf } from './admit.ts';
import { answer } from './answer.ts';
import { type Followed, nothing } from './followed.ts';
import { duesNow } from './order.ts';
import { type Refusal, refusals } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';
import { progressOf } from './stages.ts';
import { suspensionsOf } from './suspended/ask.ts';
import { rebuildOf, wholeOf } from './whole.ts';
import type { Wish } from './wish.ts';

/** `/apply`: begins the applies of the plans that are shown and may be applied, and says of the rest why not. */
export const followApply = async (
  ports: FlowPorts,
  wish: Extract<Wish, { kind: 'apply' }>,
): Promise<Followed> => {
  const { pull, asked, selector, breakGlass } = wish;
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
  const applying = await ports.store.runs.ofPull(key, ['queued', 'running']);
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
  const byRules = await refusals(ports, {
    pull,
    asker: asked,
    action: 'apply',
    projects: plans.map(({ project }) => project),
    discovery: null,
  });
  const suspended =
    breakGlass === undefined ? await suspendedAmong(ports, plans) : await notLet(ports, wish, plans);
  const refused = [...suspended, ...byRules];
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
    ...(breakGlass === undefined ? {} : { breakGlass: { reason: breakGlass.reason, at: asked.at } }),
    left: [...refused.flatMap(refusalOf), ...left.flatMap(leftOut)],
    ...(wish.all === undefined ? {} : { rebuild: rebuildOf(wish, wish.all) }),
  });
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted };
};

/** Said at once, whatever else stands in the way. */
const suspendedAmong = async (ports: FlowPorts, plans: readonly Run[]): Promise<readonly Refusal[]> => {
  const found = await Promise.all(
    plans.map(async ({ project }) => ({ project, suspended: await suspensionsOf(ports, project) })),
  );
  return found.flatMap(({ project, suspended: [first, ...others] }) =>
    first === undefined
      ? []
      : [
          {
            project,
            problem: suspendedProblem(project.name, [first, ...others]),
            needs: suspensionNeeds(first),
          },
        ],
  );
};

/** Whoever may not go past the rules hears it at once, of each project; with the word of somebody who may, nothing is in the way yet. */
const notLet = async (
  ports: FlowPorts,
  { pull, asked }: Extract<Wish, { kind: 'apply' }>,
  plans: readonly Run[],
): Promise<readonly Refusal[]> => {
  const projects = plans.map(({ project }) => project);
  if (ports.operator.breakGlass === 'never')
    return projects.map((project) => ({ project, problem: switchedOff, needs: null }));
  return refusals(ports, { pull, asker: asked, action: 'break-glass', projects, discovery: null });
};

const refusalOf = ({ project, problem }: Refusal): Batch['left'] =>
  project === null ? [] : [{ project: project.name, problem }];

/** Why a project is not part of an apply; `over`: because there is nothing to do, which needs no word. `later`: nor does this. */
interface NotReady {
  readonly project: string;
  readonly why: string;
  readonly over: boolean;
  readonly later?: boolean;
  /** The apply of it that is under way. */
  readonly under?: Run;
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

const whyNot = (run: Run | undefined, applying: readonly Run[], askedAt: number): Reason | null => {
  if (run === undefined) return notYet('is not planned');
  // Two people may ask at the same moment: one apply of a plan is enough, and the other would only be refused.
  const under = applying.find(({ planRunId }) => planRunId === run.id);
  if (under !== undefined) return { ...notYet(`is being applied already, ${byAndSince(under)}`), under };
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

/** "by `ada` since 2026-11-21 10:04:07 UTC" */
const byAndSince = ({ actor, startedAt, createdAt }: Run): string => {
  const at = `${new Date(startedAt ?? createdAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const by = actor === null ? 'without a command' : `by ${quoted(actor.login)}`;
  return startedAt === null ? `${by}, asked for at ${at} and not begun` : `${by} since ${at}`;
};

const nothingToApply = (left: readonly NotReady[]): Problem => {
  const [first, ...others] = left.filter(({ under }) => under !== undefined);
  if (first?.under === undefined) return noPlan(left);
  const more =
    others.length === 0 ? '' : `, and so ${others.length === 1 ? 'is' : 'are'} ${others.length} more`;
  return {
    code: 'applying',
    sentence: `${quoted(first.project)} is being applied already, ${byAndSince(first.under)}${more}.`,
    advice: 'The comment says how it ends. `/cancel` asks it to stop.',
    ...(left.length === 1 ? {} : { details: detailsOf(left) }),
  };
};

const detailsOf = (left: readonly NotReady[]): string =>
  left.map(({ project, why }) => `${project}: ${why}`).join('\n');

const noPlan = (left: readonly NotReady[]): Problem => ({
  code: 'not-planned',
  ...(left.length > 0 && left.every(({ over }) => over)
    ? { sentence: 'There is nothing left to apply.', advice: 'Merge it, or push a change.' }
    : {
        sentence: 'There is no plan to apply.',
        advice: 'Comment `/plan` first, or wait until planning is done.',
      }),
  ...(left.length === 0 ? {} : { details: detailsOf(left) }),
});
