import type { Correction } from '../../domain/drift/correction.ts';
import type { CorrectionFacts } from '../../domain/drift/limits.ts';
import { type DriftPull, openNumberOf, refusedBy } from '../../domain/drift/pull.ts';
import type { Project } from '../../domain/project.ts';
import { fullNameOf, isOurselves, type RepoRef } from '../../domain/pull.ts';
import type { Run } from '../../domain/run.ts';
import { inForce } from '../../domain/suspension.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { StoreTables } from '../../store/port.ts';
import { isWaiting } from '../dues.ts';
import type { FlowPorts } from '../ports.ts';
import { driftSettings } from './told.ts';

export type Asking = Pick<FlowPorts, 'clock' | 'conditions' | 'operator'>;

/** What the rules of a project want a person for, a phrase; null: nothing, or the operator lets it go without one. */
export const personOf = (
  { operator }: Pick<Asking, 'operator'>,
  repo: RepoRef,
  { settings: { who, requirements } }: Pick<Project, 'settings'>,
): string | null => {
  if (operator.driftOf(fullNameOf(repo)).unapproved) return null;
  if ((who.apply ?? []).length > 0) return 'they say who may apply';
  // One with a condition is held against the plan, when there is one.
  const isApproved = (requirements.apply ?? []).some(
    ({ kind, when }) => kind === 'approved' && when === null,
  );
  return isApproved ? 'they ask for approvals, which an issue cannot have' : null;
};

/** Is it ourselves who have it in hand, on this issue? */
export const isOwn = (run: Run, issue: number | null): boolean =>
  run.pullNumber === issue &&
  (run.verb === 'plan' ? run.actor === null : run.actor !== null && isOurselves(run.actor));

interface InHand {
  readonly because: string;
  readonly isOwn: boolean;
}

export const inHandOf = async (
  tables: StoreTables,
  { key, repo }: Pick<Tracked, 'key' | 'repo'>,
  issue: number | null,
): Promise<InHand | null> => {
  const busy = await tables.runs.inState(['queued', 'running', 'unresolved']);
  const run = busy.find((one) => one.project.key === key);
  if (run !== undefined)
    return {
      because:
        run.state === 'unresolved'
          ? `nobody knows how the ${run.verb} of #${run.pullNumber} ended`
          : `#${run.pullNumber} is at it`,
      isOwn: isOwn(run, issue),
    };
  // Somebody wants to keep what is there, and people say whether.
  const adopt = openNumberOf(await tables.driftPulls.ofProject(key), 'adopt');
  if (adopt !== null) return { because: `#${adopt} is open, to have Git say what is there`, isOwn: false };
  const lock = await tables.locks.get(key);
  if (lock === null) return null;
  if (lock.pullNumber !== issue) return { because: `#${lock.pullNumber} holds its lock`, isOwn: false };
  const runs = await tables.runs.latest({ repositoryId: repo.id, pullNumber: issue });
  const plan = runs.find((one) => one.project.key === key && isWaiting(one));
  return plan === undefined
    ? null
    : { because: 'it is planned here, and `/apply` applies that', isOwn: isOwn(plan, issue) };
};

const refusalOf = (
  all: readonly DriftPull[],
  { found }: Correction,
  now: number,
): NonNullable<CorrectionFacts['refused']> | null =>
  found === null ? null : refusedBy(all, found.fingerprint, now);

export const factsOf = async (
  tables: StoreTables,
  ports: Asking,
  {
    tracked,
    correction,
    seen,
    tip,
    inHand,
  }: Pick<CorrectionFacts, 'correction' | 'seen' | 'tip' | 'inHand'> & {
    readonly tracked: Tracked;
  },
): Promise<CorrectionFacts> => {
  const now = ports.clock.now();
  const { project, repo, key } = tracked;
  const windows = (project.settings.requirements.apply ?? []).flatMap((one) =>
    // One with a condition is held against the plan, when there is one.
    one.kind === 'window' && one.when === null ? [ports.conditions.window(one, now)] : [],
  );
  return {
    ...{ name: project.name, now, settings: driftSettings(tracked), seen, correction, tracked, tip, inHand },
    suspended: inForce(await tables.suspensions.of(key), project.settings.suspended ?? [], now),
    closed: windows.filter(({ open }) => !open),
    refused: refusalOf(await tables.driftPulls.ofProject(key), correction, now),
    person: personOf(ports, repo, project),
  };
};
