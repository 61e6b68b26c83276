import type { Batch } from '../domain/batch.ts';
import { type Button, isIdentifierOf, readIdentifier } from '../domain/button.ts';
import { everything, type Selector } from '../domain/command.ts';
import { commandText } from '../domain/command-text.ts';
import { type PlanDigest, type ProjectKey, short } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import { reportPriority } from '../domain/report-priority.ts';
import type { Run } from '../domain/run.ts';
import type { Trigger } from '../domain/trigger.ts';
import { keyOf } from './admit.ts';
import type { FlowPorts } from './ports.ts';
import { isOurCheck, projectCheckName, wantReply } from './report.ts';
import type { Wish } from './wish.ts';

export type ButtonTrigger = Extract<Trigger, { kind: 'button' }>;

/** A press, and what it was about. */
export interface Press {
  readonly trigger: ButtonTrigger;
  /** As a comment would have it. */
  readonly text: string;
  /** The project of the check; null: all of them. */
  readonly only: ProjectKey | null;
}

/** What is asked for: to run a check again is to plan. Or why it is nobody's. */
export const verbOf = (
  { sender, appId, check, identifier }: ButtonTrigger,
  ourAppId: number,
): Button | { readonly nobodys: string } => {
  if (sender.kind === 'bot') return { nobodys: 'what bots press is never a command' };
  if (appId !== ourAppId || (check !== null && !isOurCheck(check)))
    return { nobodys: 'the check is not ours' };
  if (identifier === null) return 'plan';
  return readIdentifier(identifier)?.button ?? { nobodys: 'we gave no button this name' };
};

export const pressOf = async (
  { store }: Pick<FlowPorts, 'store'>,
  pull: Pull,
  trigger: ButtonTrigger,
  verb: Button,
): Promise<Press> => {
  const batch = await store.batches.latest(keyOf(pull), 'plan');
  const project = batch?.affected.find((one) => projectCheckName(one) === trigger.check);
  const selector: Selector = { ...everything, names: project === undefined ? [] : [project.name] };
  return { trigger, text: commandText({ verb, selector, extra: [] }), only: project?.key ?? null };
};

/** Plans that an apply could use now: they change something, and no apply has used them. `of`: of these projects only. */
export const standingPlans = (
  batch: Batch | null,
  runs: readonly Run[],
  of: (project: Project) => boolean = () => true,
): ReadonlyMap<ProjectKey, PlanDigest> =>
  new Map(
    (batch?.affected ?? []).filter(of).flatMap(({ key, settings }) => {
      // On an open pull request a command does not begin what the merge begins.
      if (settings.apply.kind === 'merge') return [];
      const run = runs.find((one) => one.verb === 'plan' && one.project.key === key);
      const stands = run?.state === 'planned' && !run.spent && run.headSha === batch?.headSha;
      return stands && run.plan?.summary.hasChanges === true ? [[key, run.plan.digest] as const] : [];
    }),
  );

/** The wish of a comment with the same words, for exactly what the button stood for; or the refusal. */
export const asPressed = async (
  ports: Pick<FlowPorts, 'store' | 'sign'>,
  press: Press,
  wish: Wish,
): Promise<Wish> => {
  if (wish.kind !== 'plan' && wish.kind !== 'apply' && wish.kind !== 'unlock') return wish;
  const { trigger, only } = press;
  const { pull, asked } = wish;
  const { identifier, check, headSha } = trigger;
  if (asked === null) return wish;
  const runs = await ports.store.runs.latest(keyOf(pull));
  const batch = await ports.store.batches.latest(keyOf(pull), 'plan');
  if (identifier === null) return wish.kind === 'plan' ? again(wish, only, batch, runs) : wish;
  const refuse = (problem: Problem): Wish => ({ kind: 'refuse', pull, asked, problem });
  if (pull.head.sha !== headSha) return refuse(otherCommit(press, pull));
  const plans = standingPlans(batch, runs, ({ key }) => only === null || key === only);
  const meaning = {
    repositoryId: pull.ref.repo.id,
    pullNumber: pull.ref.number,
    check: check ?? '',
    headSha,
    plans,
  };
  if (!isIdentifierOf(identifier, meaning, ports.sign)) return refuse(otherPlans(press));
  return wish.kind === 'apply' ? { ...wish, shown: plans } : { ...wish, only };
};

/** Who asks for several checks at once gets a webhook for each: one plan answers them. */
const again = (
  wish: Extract<Wish, { kind: 'plan' }>,
  only: ProjectKey | null,
  batch: Batch | null,
  runs: readonly Run[],
): Wish => {
  const meant = (batch?.affected ?? []).filter(({ key }) => only === null || key === only);
  const isUnderWay = ({ key }: Project): boolean =>
    runs.some(
      ({ verb, project, state, headSha }) =>
        verb === 'plan' &&
        project.key === key &&
        (state === 'queued' || state === 'running') &&
        headSha === wish.pull.head.sha,
    );
  return meant.length > 0 && meant.every(isUnderWay)
    ? { kind: 'ignore', reason: 'it is being planned already' }
    : { ...wish, only };
};

const otherCommit = ({ text, trigger }: Press, pull: Pull): Problem => ({
  code: 'button-moved',
  sentence: `The button for \`${text}\` is on a check of commit \`${short(trigger.headSha)}\`, and the newest one is \`${short(pull.head.sha)}\`. Nothing was done.`,
  advice: 'Look at the checks of the newest commit, and press there if it is still meant.',
});

const otherPlans = ({ text }: Press): Problem => ({
  code: 'button-moved',
  sentence: `The button for \`${text}\` stood for something else than what is planned now. Nothing was done.`,
  advice: 'Look at what is planned now, and press again if it is still meant.',
});

type Marking = Pick<FlowPorts, 'store' | 'clock'>;

/** On record before anything is done, as what it comes to; and the check is written anew, because a button works once. */
export const notePress = async (ports: Marking, trigger: ButtonTrigger, wish: Wish): Promise<void> => {
  const { pull, sender, pressId, check, headSha, identifier } = trigger;
  await ports.store.audit.append({
    at: ports.clock.now(),
    kind: 'button.pressed',
    actor: sender.login,
    repositoryId: pull.repo.id,
    pullNumber: pull.number,
    runId: null,
    facts: {
      press: pressId,
      check,
      head: headSha,
      again: identifier === null,
      wish: wish.kind,
      problem: wish.kind === 'refuse' ? wish.problem.code : null,
    },
  });
  await renew(ports, trigger);
};

/** Nobody could work on it: whoever pressed is told, and can press again. */
export const failPress = async (ports: Marking, trigger: ButtonTrigger, problem: Problem): Promise<void> => {
  const { pull, pressId, sender, check } = trigger;
  const command = check ?? 'every check';
  await wantReply(ports, pull, pressId, { kind: 'problem', login: sender.login, command, problem });
  await renew(ports, trigger);
};

const renew = async ({ store, clock }: Marking, trigger: ButtonTrigger): Promise<void> => {
  const { pull, headSha, check } = trigger;
  const key = { repositoryId: pull.repo.id, pullNumber: pull.number };
  const thing = `check:${headSha}:${check}`;
  if (check !== null && (await store.reports.get(key, thing)) !== null)
    await store.reports.want(pull, thing, clock.now(), undefined, reportPriority.plan);
};
