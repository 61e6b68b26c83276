/** What must never be in a history of applies that a merge asked for, or that began by themselves. */
import type { ProjectKey } from '../../src/domain/ids.ts';
import type { Fact, PullName } from './history-facts.ts';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

interface Merge extends Of<'merged'> {
  /** What its comment showed at that moment. */
  readonly shown: ReadonlySet<string>;
}

interface Known {
  readonly runs: Map<string, Of<'run'>>;
  readonly made: Map<string, Of<'plan made'>>;
  readonly modes: Map<ProjectKey, Of<'mode'>['mode']>;
  readonly shown: Map<PullName, readonly string[]>;
  readonly merges: Map<PullName, Merge>;
  /** The newest place on the base branch that a project is known to be as. */
  readonly appliedFrom: Map<ProjectKey, number>;
  /** The newest one that an apply of a project was begun from, however it ended. */
  readonly begunFrom: Map<ProjectKey, number>;
  readonly dues: Map<string, Of<'due'>>;
  readonly checks: Map<string, Of<'check'>>;
  readonly locks: Map<ProjectKey, PullName>;
  /** They are never merged. */
  readonly issues: Set<PullName>;
}

const dueName = ({ pull, project }: Pick<Of<'due'>, 'pull' | 'project'>): string => `${pull} ${project}`;

/** The merge that this run is of; null where it is of a pull request that was open then. */
const mergeOf = (known: Known, run: Of<'run'>): Merge | null => {
  const merge = known.merges.get(run.pull);
  return merge === undefined || (merge.tree !== null && merge.tree !== run.tree) ? null : merge;
};

const isAsOf = (known: Known, run: Of<'run'> | undefined): void => {
  const order = run === undefined ? null : (mergeOf(known, run)?.order ?? null);
  if (run === undefined || order === null) return;
  known.appliedFrom.set(run.project, Math.max(order, known.appliedFrom.get(run.project) ?? 0));
};

const toolStarts = (known: Known, { run: id }: Of<'tool started'>): readonly string[] => {
  const run = known.runs.get(id);
  // What drifted is put back to what is merged.
  if (run?.verb !== 'apply' || known.issues.has(run.pull)) return [];
  const { project, pull, cause } = run;
  const wrong: string[] = [];
  const mode = known.modes.get(project) ?? run.mode;
  const merge = known.merges.get(pull);
  const plan = known.made.get(run.planRun ?? '');
  if (mode === 'merge' && merge === undefined)
    wrong.push(`${id} changed ${project} before ${pull} was merged`);
  if (cause === 'merge') {
    if (mode !== 'merge') wrong.push(`${id} began by a merge, and ${project} is applied otherwise`);
    if (merge !== undefined && mergeOf(known, run) === null)
      wrong.push(`${id} began by the merge of ${pull}, and is not of what was merged`);
    if (merge !== undefined && plan?.meaning !== undefined && !merge.shown.has(plan.meaning))
      wrong.push(`${id} began by the merge of ${pull}, and nobody had been shown what it does`);
  }
  if (cause === 'rule') {
    if (mode !== 'auto') wrong.push(`${id} began by itself, and no rule lets ${project} do so`);
    if (plan?.byRule === false) wrong.push(`${id} began by itself, and its rule does not hold for its plan`);
  }
  const order = merge?.order ?? null;
  const newest = known.appliedFrom.get(project) ?? 0;
  if (order !== null && newest > order)
    wrong.push(`${id} applied ${project} from merge ${order}, after it was applied from merge ${newest}`);
  const begun = known.begunFrom.get(project) ?? 0;
  if (order !== null && begun > order)
    wrong.push(`${id} applied ${project} from merge ${order}, after an apply from merge ${begun} was begun`);
  if (order !== null) known.begunFrom.set(project, Math.max(order, begun));
  return wrong;
};

const step = (known: Known, fact: Fact): readonly string[] => {
  switch (fact.kind) {
    case 'run':
      known.runs.set(fact.run, fact);
      return [];
    case 'plan made':
      known.made.set(fact.run, fact);
      return [];
    case 'mode':
      known.modes.set(fact.project, fact.mode);
      return [];
    case 'comment shows':
      known.shown.set(fact.pull, fact.meanings);
      return [];
    case 'merged':
      known.merges.set(fact.pull, { ...fact, shown: new Set(known.shown.get(fact.pull) ?? []) });
      return [];
    case 'tool started':
      return toolStarts(known, fact);
    case 'tool ended':
      if (fact.outcome === 'well') isAsOf(known, known.runs.get(fact.run));
      return [];
    case 'state': {
      const run = known.runs.get(fact.run);
      // There was nothing to change: it is as that commit says.
      if (fact.state === 'planned' && fact.changes === false && run?.mode === 'merge') isAsOf(known, run);
      return [];
    }
    case 'issue made':
      known.issues.add(fact.pull);
      return [];
    case 'due':
      known.dues.set(dueName(fact), fact);
      return [];
    case 'check':
      known.checks.set(fact.head, fact);
      return [];
    case 'lock taken':
      known.locks.set(fact.project, fact.pull);
      return [];
    case 'lock released':
      known.locks.delete(fact.project);
      return [];
    default:
      return [];
  }
};

/** Whoever reads the check must learn there whose turn it is. */
const isForgotten = (known: Known, { pull, project }: Of<'due'>): string | null => {
  const check = known.checks.get(known.merges.get(pull)?.head ?? '');
  if (check === undefined) return null;
  const holder = known.locks.get(project);
  const isInLine = holder !== undefined && holder !== pull;
  const isSaid = check.says === 'action_required' || check.says === 'failure';
  return isSaid || (isInLine && check.says === 'in_progress')
    ? null
    : `the merge of ${pull} asks for ${project}, nothing is on its way, and its check says: ${check.title}`;
};

const atLast = (known: Known): readonly string[] => {
  const wrong: string[] = [];
  for (const due of known.dues.values()) {
    const forgotten = due.ended === null ? isForgotten(known, due) : null;
    if (forgotten !== null) wrong.push(forgotten);
  }
  for (const { pull, touches } of known.merges.values())
    for (const project of touches)
      if (known.modes.get(project) === 'merge' && !known.dues.has(dueName({ pull, project })))
        wrong.push(`${pull} was merged, and ${project} forgotten`);
  for (const { head, title } of known.checks.values())
    if (/^Waits for (its apply|the apply of .*), which begins by itself/.test(title))
      wrong.push(`the check of ${head.slice(0, 7)} says: ${title}`);
  return wrong;
};

/**
 * Everything in a history that breaks a promise about merges and about what begins by itself, a sentence each; empty is well.
 *
 * @param atRest nothing is left to do: what a merge asks for has ended, or is said to wait for somebody
 */
export const checkMerges = (facts: readonly Fact[], atRest: boolean): readonly string[] => {
  const known: Known = {
    runs: new Map(),
    made: new Map(),
    modes: new Map(),
    shown: new Map(),
    merges: new Map(),
    appliedFrom: new Map(),
    begunFrom: new Map(),
    dues: new Map(),
    checks: new Map(),
    locks: new Map(),
    issues: new Set(),
  };
  const wrong = facts.flatMap((fact) => step(known, fact));
  return atRest ? [...wrong, ...atLast(known)] : wrong;
};
