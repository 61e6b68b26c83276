/**
 * What must never be among the facts of a history. The
 * checker trusts nothing that Tidegate says of itself but what it commits: tools, approvals and comments are noted by the world.
 */
import type { ProjectKey } from '../../src/domain/ids.ts';
import { isOperation } from '../../src/domain/operation.ts';
import type { RunState } from '../../src/domain/run.ts';
import type { Fact, PullName } from './history-facts.ts';
import { checkMerges } from './history-merges.ts';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

/** What is known at one point of the history. */
interface Known {
  readonly runs: Map<string, Of<'run'>>;
  readonly states: Map<string, RunState>;
  readonly planned: Map<string, { content: string | null; digest: string | null }>;
  readonly verdicts: Map<string, Of<'verdict'>>;
  readonly locks: Map<ProjectKey, PullName>;
  /** Tools at work, by project. */
  readonly working: Map<ProjectKey, string>;
  readonly startedOf: Map<string, string>;
  readonly ended: Map<string, Of<'tool ended'>['outcome']>;
  readonly approvals: Map<string, number>;
  /** Applies for which an approval stood at some moment since they were asked for. */
  readonly approved: Set<string>;
  readonly acknowledged: Map<string, number | null>;
  /** Deliveries by the comment that they tell of. */
  readonly keptFor: Map<number, string>;
  readonly answered: Set<string>;
  readonly comments: Set<string>;
  /** By their markers. */
  readonly issues: Set<string>;
  /** Projects that follow tags. */
  readonly tagged: Set<ProjectKey>;
  /** Commits that a tag led to when it was chosen first. */
  readonly tagCommits: Set<string>;
  readonly drift: Map<ProjectKey, Of<'drift mode'>['mode']>;
  /** Until when (Unix milliseconds), by project and by the comment that said so. */
  readonly suspended: Map<ProjectKey, Map<number, number>>;
}

const standsBehind = (known: Known, { pull, head }: Of<'run'>): boolean =>
  (known.approvals.get(`${pull} ${head}`) ?? 0) > 0;

const isUnder = (known: Known, project: ProjectKey, pull: PullName): string | null => {
  for (const [id, run] of known.runs) {
    if (run.verb === 'plan' || run.project !== project || run.pull !== pull) continue;
    const state = known.states.get(id);
    if (state === 'running' || state === 'unresolved') return `${id} is ${state}`;
  }
  return null;
};

const toolStarts = (known: Known, fact: Of<'tool started'>): readonly string[] => {
  const run = known.runs.get(fact.run);
  if (run === undefined) return [`a tool started for ${fact.run}, which nobody admitted`];
  const wrong: string[] = [];
  const { project, planRun } = run;
  const other = known.working.get(project);
  if (other !== undefined) wrong.push(`${fact.run} and ${other} changed ${project} at the same time`);
  const holder = known.locks.get(project);
  if (holder !== run.pull)
    wrong.push(`${fact.run} of ${run.pull} changed ${project} while ${holder ?? 'nobody'} held its lock`);
  if (isOperation(run.verb)) {
    if (known.verdicts.get(fact.run)?.holds !== true)
      wrong.push(`${fact.run} was started without a verdict that allows it`);
    const begun = known.startedOf.get(fact.run);
    if (begun !== undefined) wrong.push(`${fact.run} was started twice`);
    known.startedOf.set(fact.run, fact.run);
    for (const [id, other] of known.runs)
      if (other.verb === 'plan' && other.project === project && other.pull === run.pull)
        if (known.states.get(id) === 'planned')
          wrong.push(`${fact.run} changed the state under plan ${id}, which stands`);
  } else if (run.verb !== 'apply' || planRun === null) wrong.push(`${fact.run} is no apply of a plan`);
  if (planRun !== null) {
    const before = known.startedOf.get(planRun);
    if (before !== undefined) wrong.push(`plan ${planRun} was applied by ${before} and by ${fact.run}`);
    known.startedOf.set(planRun, fact.run);
    const planned = known.planned.get(planRun);
    if (planned === undefined) wrong.push(`${fact.run} applied ${planRun}, which was never planned`);
    else if (planned.content !== null && planned.content !== fact.content)
      wrong.push(`${fact.run} applied other bytes than ${planRun} had planned`);
    const allowed = known.verdicts.get(fact.run);
    if (allowed?.holds !== true) wrong.push(`${fact.run} was started without a verdict that allows it`);
    else if (allowed.digest !== (planned?.digest ?? null))
      wrong.push(`${fact.run} was allowed for another digest than ${planRun} has`);
  }
  if (known.tagged.has(project) && !known.tagCommits.has(run.head))
    wrong.push(
      `${fact.run} applied ${project} from ${run.head.slice(0, 7)}, where no tag led when it was chosen`,
    );
  const drift = known.drift.get(project);
  if (run.cause === 'drift' && drift !== undefined && drift !== 'apply')
    wrong.push(`${fact.run} put drift of ${project} back, of which it is only to tell`);
  if (run.needsApproval && !known.approved.has(fact.run) && !standsBehind(known, run))
    wrong.push(`${fact.run} was started although nobody had approved ${run.head.slice(0, 7)}`);
  known.working.set(project, fact.run);
  return wrong;
};

const suspensionsIn = ({ suspended }: Known, project: ProjectKey): Map<number, number> => {
  const found = suspended.get(project) ?? new Map<number, number>();
  suspended.set(project, found);
  return found;
};

/** Its plan is taken: from here on nobody is asked any more. What was suspended since the verdict is heard as well. */
const isTaken = (known: Known, { by }: Of<'spent'>): readonly string[] => {
  const [run, verdict] = [known.runs.get(by), known.verdicts.get(by)];
  if (run === undefined || verdict === undefined || run.breaksGlass) return [];
  return [...suspensionsIn(known, run.project)].flatMap(([comment, until]) =>
    until > verdict.at ? [`${by} was begun although comment ${comment} had suspended ${run.project}`] : [],
  );
};

const moves = (known: Known, { run: id, state, digest }: Of<'state'>): readonly string[] => {
  known.states.set(id, state);
  const run = known.runs.get(id);
  if (state === 'planned') known.planned.set(id, { content: known.planned.get(id)?.content ?? null, digest });
  if (run === undefined || run.verb === 'plan') return [];
  const working = [...known.working.values()].includes(id);
  const outcome = known.ended.get(id);
  if (state === 'applied' && outcome !== 'well')
    return [
      `${id} is called applied, and its tool ${outcome === undefined ? 'had not ended' : `ended: ${outcome}`}`,
    ];
  const isOver = state === 'failed' || state === 'cancelled' || state === 'superseded';
  if (isOver && working) return [`${id} is called ${state} while its tool is at work`];
  return [];
};

const toolEnds = (known: Known, { run, project, outcome }: Of<'tool ended'>): void => {
  known.ended.set(run, outcome);
  if (known.working.get(project) === run) known.working.delete(project);
};

const lockMoves = (known: Known, fact: Of<'lock taken' | 'lock released'>): readonly string[] => {
  const { project, pull } = fact;
  const holder = known.locks.get(project);
  if (fact.kind === 'lock taken') {
    known.locks.set(project, pull);
    return holder === undefined || holder === pull
      ? []
      : [`${pull} took the lock of ${project} from ${holder}`];
  }
  known.locks.delete(project);
  const under = isUnder(known, project, pull);
  return under === null ? [] : [`the lock of ${project} was released while ${under}`];
};

const approvalsChange = (known: Known, fact: Of<'approvals'>): void => {
  known.approvals.set(`${fact.pull} ${fact.head}`, fact.count);
  if (fact.count === 0) return;
  for (const [id, run] of known.runs)
    if (run.verb !== 'plan' && run.pull === fact.pull && run.head === fact.head) known.approved.add(id);
};

const step = (known: Known, fact: Fact): readonly string[] => {
  switch (fact.kind) {
    case 'run':
      known.runs.set(fact.run, fact);
      known.states.set(fact.run, 'queued');
      if (standsBehind(known, fact)) known.approved.add(fact.run);
      return [];
    case 'state':
      return moves(known, fact);
    case 'spent':
      return isTaken(known, fact);
    case 'verdict':
      known.verdicts.set(fact.run, fact);
      return [];
    case 'drift mode':
      known.drift.set(fact.project, fact.mode);
      return [];
    case 'follows tags':
      known.tagged.add(fact.project);
      return [];
    case 'tag kept':
      known.tagCommits.add(fact.commit);
      return [];
    case 'suspended':
      suspensionsIn(known, fact.project).set(fact.comment, fact.until);
      return [];
    case 'resumed':
      suspensionsIn(known, fact.project).delete(fact.comment);
      return [];
    case 'lock taken':
    case 'lock released':
      return lockMoves(known, fact);
    case 'plan made':
      known.planned.set(fact.run, { content: fact.content, digest: null });
      return [];
    case 'tool started':
      return toolStarts(known, fact);
    case 'tool ended':
      toolEnds(known, fact);
      return [];
    case 'approvals':
      approvalsChange(known, fact);
      return [];
    case 'acknowledged':
      known.acknowledged.set(fact.delivery, fact.comment);
      return [];
    case 'delivery kept':
      if (fact.comment !== null) known.keptFor.set(fact.comment, fact.delivery);
      return [];
    case 'delivery ended':
      known.answered.add(fact.delivery);
      return [];
    case 'comment made': {
      const key = `${fact.pull} ${fact.marker}`;
      if (known.comments.has(key)) return [`${fact.pull} has two comments of ${fact.marker}`];
      known.comments.add(key);
      return [];
    }
    case 'comment gone':
      known.comments.delete(`${fact.pull} ${fact.marker}`);
      return [];
    case 'issue made': {
      if (known.issues.has(fact.marker)) return [`there are two issues of ${fact.marker}`];
      known.issues.add(fact.marker);
      return [];
    }
    case 'broken':
      return [fact.what];
    // Of these, and of what they have to do with applies: `checkMerges`.
    case 'mode':
    case 'comment shows':
    case 'merged':
    case 'due':
    case 'check':
      return [];
    default: {
      const never: never = fact;
      return never;
    }
  }
};

/**
 * Everything in a history that breaks a promise, a sentence each; empty is well.
 * @param atRest nothing is left to do: what was acknowledged must have been worked on, and no tool is at work
 */
export const checkHistory = (facts: readonly Fact[], atRest: boolean): readonly string[] => {
  const known: Known = {
    runs: new Map(),
    states: new Map(),
    planned: new Map(),
    verdicts: new Map(),
    locks: new Map(),
    working: new Map(),
    startedOf: new Map(),
    ended: new Map(),
    approvals: new Map(),
    approved: new Set(),
    acknowledged: new Map(),
    keptFor: new Map(),
    answered: new Set(),
    comments: new Set(),
    issues: new Set(),
    tagged: new Set(),
    tagCommits: new Set(),
    drift: new Map(),
    suspended: new Map(),
  };
  const wrong = [...facts.flatMap((fact) => step(known, fact)), ...checkMerges(facts, atRest)];
  if (!atRest) return wrong;
  for (const [id, comment] of known.acknowledged) {
    const same = comment === null ? undefined : known.keptFor.get(comment);
    if (!known.answered.has(id) && !known.answered.has(same ?? id))
      wrong.push(`delivery ${id} was acknowledged and never worked on`);
  }
  for (const [id, state] of known.states)
    if (state === 'queued' || state === 'running') wrong.push(`${id} is ${state} for ever`);
  for (const [project, id] of known.working) wrong.push(`the tool of ${id} works on ${project} for ever`);
  return wrong;
};
