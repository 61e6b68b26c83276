import { isOfPart } from '../domain/ending.ts';
import type { Look } from '../domain/look.ts';
import { isOperation, operationWords } from '../domain/operation.ts';
import type { Problem, ProblemCode } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { isOver, type Run } from '../domain/run.ts';
import type { Held } from '../domain/trust/finding.ts';
import type { BoardRow, RecoveryView } from '../render/view.ts';
import type { BoardFacts } from './board.ts';
import {
  applyNext,
  command,
  containedIn,
  endedDue,
  isOpen,
  notAgreed,
  stageOf,
  waitsForOthers,
} from './board-next.ts';

/** What the board says of one project: what is under way, else how its newest apply ended, else its newest plan. */
export const boardRow = (facts: BoardFacts, project: Project): BoardRow => {
  const find = (verb: string) =>
    facts.runs.find((run) => run.verb === verb && run.project.key === project.key) ?? null;
  const { name, dir, workspace, settings } = project;
  const place = { name, dir, workspace, runner: settings.runner };
  const plan = find('plan');
  // A later one was refused because of it, and must not hide it.
  const unresolved = facts.unresolved?.find(({ run }) => run.project.key === project.key) ?? null;
  const apply = unresolved?.run ?? find('apply');
  const operation = facts.runs.find(
    (run) => isOperation(run.verb) && run.project.key === project.key && !isOver(run.state),
  );
  if (operation !== undefined && unresolved === null) {
    const row = appliedRow(facts, project, operation, null);
    if (row !== null) return { ...place, ...row, ...pageOf(facts, operation) };
  }
  const waiting = waitingRow(facts, project);
  if (waiting !== null) return { ...place, ...waiting };
  const within = unresolved === null ? containedIn(facts, project) : null;
  if (within !== null)
    return { ...place, ...empty, state: 'contained', within, problem: endedDue(facts, project) };
  if (apply !== null && stillSays(facts, apply, plan)) {
    const used = [...facts.runs, ...facts.used].find((run) => run.id === apply.planRunId) ?? null;
    const row = appliedRow(facts, project, apply, used);
    if (row !== null && unresolved !== null)
      return {
        ...place,
        ...row,
        recovery: recoveryView(project, apply, unresolved.look, plan),
        ...pageOf(facts, apply),
      };
    if (row !== null) return { ...place, ...row, ...waitsFor(facts, apply), ...pageOf(facts, apply) };
  }
  const held = batchHeld(facts, project);
  if (held !== null) return { ...place, ...heldRow(facts, project, held) };
  const stage = stageOf(facts, project);
  if (stage !== null) return { ...place, ...empty, ...stage, state: 'staged' };
  const refused = apply?.planRunId === plan?.id ? apply : null;
  return {
    ...place,
    ...plannedRow(facts, project, plan, refused),
    ...sinceOf(facts, project),
    ...waitsFor(facts, plan),
    ...pageOf(facts, plan),
  };
};

const pageOf = ({ runUrl }: BoardFacts, run: Run | null): Pick<BoardRow, 'url'> => {
  const url = run === null ? null : (runUrl?.(run.id) ?? null);
  return url === null ? {} : { url };
};

const sinceOf = (
  { since, sinceShown }: BoardFacts,
  { key }: Project,
): Pick<BoardRow, 'since' | 'sinceShown'> => {
  const others = since?.get(key);
  if (others !== undefined) return { since: others };
  const shown = sinceShown?.get(key);
  return shown === undefined ? {} : { sinceShown: shown };
};

const batchHeld = ({ batch }: BoardFacts, project: Project): Held | null =>
  batch?.held.find((one) => one.project === project.key) ?? null;

const heldRow = (facts: BoardFacts, project: Project, { answer, findings, more }: Held): Rest => {
  const { pull, batch, previews = [] } = facts;
  const preview = answer === 'trust' ? previews.find((one) => one.project === project.key) : undefined;
  const sha = (batch?.headSha ?? pull.head.sha).slice(0, 12);
  const next = answer === 'refuse' ? 'take out what is refused, and push' : `\`/trust ${sha}\``;
  return {
    ...empty,
    state: answer === 'refuse' ? 'refused' : 'held',
    held: { answer, findings, more },
    ...(preview === undefined ? {} : { preview }),
    next: isOpen(facts, project) ? next : '',
  };
};

const recoveryView = (project: Project, apply: Run, look: Look | null, plan: Run | null): RecoveryView => {
  const isNewer = plan !== null && apply.endedAt !== null && (plan.endedAt ?? 0) > apply.endedAt;
  const again = isNewer && plan.state === 'planned' ? (plan.plan?.summary ?? null) : null;
  const recover = (what: string) => command('recover', project, what);
  return {
    look,
    again,
    offers: [
      `${command('plan', project)} shows what is left to do. Nothing is applied until somebody has acknowledged.`,
      `${recover('acknowledge')} says that you have looked and answer for what is there: it is planned again, and can be applied.`,
      ...(look?.rescued == null
        ? []
        : [`${recover('push-state')} sends the kept state to the backend (administrators).`]),
      ...(look?.lock?.id == null
        ? []
        : [
            `${recover(`force-unlock ${look.lock.id}`)} takes the tool's lock away (administrators, and only when whoever took it is gone).`,
          ]),
      `${recover('')} looks again.`,
    ],
  };
};

const waitsFor = ({ standing }: BoardFacts, run: Run | null): Pick<BoardRow, 'waitsFor'> => {
  // A plan that a restart cut off is still `running` in its row; the next server begins it anew.
  const waits =
    run?.state === 'queued' || (standing === 'restart' && run?.state === 'running' && run.verb === 'plan');
  return waits && standing !== null && standing !== undefined ? { waitsFor: standing } : {};
};

/**
 * Does the newest apply say how the project stands, or the newest plan? An apply that goes on, and
 * one of unknown outcome, always do, and so does the one that used the newest plan. One that ended
 * well goes on doing so while a newer plan has nothing to change, or comes to nothing because the
 * pull request is over.
 */
const stillSays = (facts: BoardFacts, apply: Run, plan: Run | null): boolean => {
  if (apply.state === 'unresolved' || apply.state === 'running') return true;
  if (apply.state !== 'applied' || plan === null) return apply.planRunId === plan?.id;
  if (apply.planRunId === plan.id) return !saysTooLittle(facts, plan);
  if (plan.state === 'planned') return plan.plan?.summary.hasChanges === false && !saysTooLittle(facts, plan);
  return facts.pull.state === 'closed' && plan.state !== 'failed';
};

type Rest = Omit<BoardRow, 'name' | 'dir' | 'workspace' | 'runner'>;

const empty: Rest = {
  state: 'unplanned',
  counts: null,
  next: '',
  summary: null,
  problem: null,
  output: null,
  applied: null,
  holder: null,
};

const waitingRow = (facts: BoardFacts, project: Project): Rest | null => {
  if (!facts.waits.some((wait) => wait.project === project.key)) return null;
  const lock = facts.held.find((held) => held.project === project.key);
  if (lock === undefined)
    return { ...empty, state: 'waiting', next: 'its turn; it will be planned by itself' };
  const url = facts.pull.url.replace(/\d+$/, String(lock.pullNumber));
  return {
    ...empty,
    state: 'waiting',
    next: `#${lock.pullNumber} to be merged or closed; it will be planned by itself`,
    holder: { pullNumber: lock.pullNumber, url },
  };
};

/** Null for an apply that never started: then the plan still stands. */
const appliedRow = (facts: BoardFacts, project: Project, apply: Run, used: Run | null): Rest | null => {
  // What was planned stays: of a failed apply it says what may have been destroyed.
  const summary = used?.plan?.summary ?? null;
  const counts = summary?.counts ?? null;
  const row: Rest = {
    ...empty,
    counts,
    summary,
    problem: apply.problem,
    output: apply.output,
    state: apply.state,
    ...(isOperation(apply.verb) ? { doing: operationWords[apply.verb] } : {}),
  };
  switch (apply.state) {
    case 'queued':
    case 'running':
      return { ...row, state: 'applying', next: '' };
    case 'applied': {
      const applied = { login: apply.actor?.login ?? null, at: apply.endedAt ?? apply.createdAt };
      // An issue is not merged: it closes by itself.
      const isToMerge = facts.pull.state === 'open' && facts.pull.drift === undefined;
      return { ...row, applied, ...leftBy(facts, apply), next: isToMerge ? 'merge' : '' };
    }
    case 'unresolved':
      return { ...row, next: `a person: what was done is not known, ${command('recover', project)}` };
    case 'failed':
      if (apply.startedAt === null) return null;
      return { ...row, problem: endedDue(facts, project) ?? row.problem, next: planAfter(facts, project) };
    default:
      return null;
  }
};

/** What is told of the plan behind an apply: that nothing is left says nothing new. */
const leftBy = ({ convergences = [] }: BoardFacts, apply: Run): Pick<BoardRow, 'left'> => {
  const one = convergences.find(({ run }) => run === apply.id);
  if (one?.outcome !== 'remains' && one?.outcome !== 'unchecked') return {};
  const { outcome, remaining, unsettled, because } = one;
  return { left: { outcome, remaining, unsettled, because } };
};

/** Where a merge asked for it and does no more, nobody can have it planned. */
const planAfter = (facts: BoardFacts, project: Project): string =>
  endedDue(facts, project) === null ? command('plan', project) : '';

/**
 * A plan of a part of a project, or of its end, says nothing of the rest. Where it has nothing to change, was applied, or is one
 * that only the merge would apply, which applies the whole alone, the project is as if it had not been planned.
 */
const saysTooLittle = ({ pull }: BoardFacts, run: Run): boolean =>
  isOfPart(run) &&
  (run.plan?.summary.hasChanges === false ||
    (pull.state === 'open' && (run.spent || run.project.settings.apply.kind === 'merge')));

const plannedRow = (facts: BoardFacts, project: Project, plan: Run | null, refused: Run | null): Rest => {
  const open = isOpen(facts, project);
  if (plan === null)
    return {
      ...empty,
      problem: endedDue(facts, project) ?? unasked(facts, project),
      next: open ? planNext(facts, project) : '',
    };
  const summary = plan.plan?.summary ?? null;
  const row: Rest = {
    ...empty,
    // There was nothing to do, and that is how it ended.
    state: !open && plan.state === 'superseded' && summary?.hasChanges === false ? 'planned' : plan.state,
    counts: summary?.counts ?? null,
    summary,
    problem: plan.problem,
    output: plan.state === 'failed' ? plan.output : null,
  };
  if (!open) return { ...row, problem: endedDue(facts, project) ?? row.problem };
  if (plan.state === 'planned' && saysTooLittle(facts, plan))
    return { ...row, state: 'unplanned', next: planNext(facts, project) };
  if (plan.state === 'planned' && summary?.hasChanges === true)
    return {
      ...row,
      ...applyNext(facts, project, plan),
      problem: stillStands(facts, project, refused) ?? notAgreed(facts, project, plan),
    };
  if (plan.state === 'superseded')
    return { ...row, problem: unasked(facts, project) ?? row.problem, next: planNext(facts, project) };
  if (plan.state === 'failed' || plan.state === 'cancelled')
    return { ...row, next: planNext(facts, project) };
  return row;
};

const rulesAsk: ReadonlySet<string> = new Set<ProblemCode>([
  'not-approved',
  'not-mergeable',
  'not-up-to-date',
  'checks-open',
  'policy-failed',
  'window-closed',
  'environment-refused',
  'environment-waits',
]);

/** What the rules waited for when an apply was refused may be there by now; the board knows that by itself. */
const stillStands = (facts: BoardFacts, project: Project, refused: Run | null): Problem | null => {
  const { missing } = facts;
  const { key } = project;
  const problem = refused?.problem ?? null;
  if (problem?.code === 'depends-on') return waitsForOthers(facts, project).length === 0 ? null : problem;
  const isWaiting = problem !== null && rulesAsk.has(problem.code);
  return isWaiting && missing !== undefined && !missing.has(key) ? null : problem;
};

/** Why no plan of it began by itself, where a person may ask for one. */
const unasked = ({ batch }: BoardFacts, project: Project): Problem | null => {
  const problem = batch?.left.find((one) => one.project === project.name)?.problem;
  return problem?.code === 'bot' ? problem : null;
};

/** Of one that may not be planned yet: what has to happen before somebody asks for it. */
const planNext = ({ batch }: BoardFacts, project: Project): string => {
  const { needs, problem } = batch?.left.find((one) => one.project === project.name) ?? {};
  if (needs !== undefined && problem?.code === 'end-unclear') return needs;
  return [...(needs === undefined ? [] : [needs]), command('plan', project)].join(', then ');
};
