import { deployedCommit } from '../../domain/deployment.ts';
import { isOfPart } from '../../domain/ending.ts';
import { ofRepository, type PullRef } from '../../domain/pull.ts';
import { reportPriority } from '../../domain/report-priority.ts';
import { changesWorld, isRefused, type Run } from '../../domain/run.ts';
import { blindness } from '../../domain/sight.ts';
import { refOfTag, tagOf } from '../../domain/tags/ref.ts';
import { isDestroying, planOtherwise, withoutDestroying } from '../../domain/tool-arguments.ts';
import {
  type AttemptOutcome,
  type Made,
  type Proof,
  refOf,
  standingOf,
  type Tracked,
  type Version,
} from '../../domain/tracked.ts';
import { newTracked, noteApplied, noteAttempt, noteProof } from '../../domain/tracking.ts';
import type { StoreTables } from '../../store/port.ts';
import { wantDriftIssue } from '../drift/told.ts';
import type { FlowPorts } from '../ports.ts';
import { keep } from './keep.ts';

/**
 * What the end of a run says of its project: that the world was brought to a version, that nobody knows for sure where it is, or
 * that there was nothing to change. Called with its end, all or nothing. Returns whether its branch is to be looked at, because it
 * may describe just that.
 */
export const trackRun = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  pull: PullRef,
  ended: Run,
): Promise<boolean> => {
  const known = await tables.tracked.get(ended.project.key);
  const before = known ?? newTracked(pull.repo, ended.project);
  const at = clock.now();
  if (!changesWorld(ended.verb)) {
    const proven = await provenBy(tables, before, ended);
    if (proven === null) return false;
    const proof = { ...proven, run: ended.id, pullNumber: ended.pullNumber, at };
    return isToLookAt(tables, await keep(tables, known, () => noteProof(before, proof, at)), ended);
  }
  // Of what was not begun there is nothing to tell.
  if (ended.startedAt === null || isRefused(ended)) return false;
  const sha = deployedCommit(ended, await tables.dues.ofPull(ended));
  const { id: run, pullNumber, actor: by } = ended;
  const planRun = ended.planRunId === null ? null : await tables.runs.get(ended.planRunId);
  const outcome = outcomeOf(ended, planRun);
  if (outcome !== null) {
    await keep(tables, known, () => noteAttempt(before, { outcome, sha, by, pullNumber, run, at }, at));
    return false;
  }
  const where = await whereIs(tables, before, ended, sha);
  const plan = planRun?.plan ?? null;
  if (where === null || plan === null) return false;
  const version: Version = {
    ...{ ...where, sha, tree: ended.tree, sure: true, by, pullNumber, run, at },
    ...{ inputs: plan.inputs, toolVersion: plan.toolVersion, plan: plan.digest },
  };
  const after = await keep(tables, known, () => noteApplied(before, version, ended.project, at));
  if (tagOf(version.ref) !== null) await wantDriftIssue(tables, { clock }, after);
  if (ended.project.settings.environment !== null)
    await tables.reports.want(
      ofRepository(pull.repo),
      `ref:${ended.project.key}`,
      at,
      undefined,
      reportPriority.closing,
    );
  return isToLookAt(tables, after, ended);
};

/** Null: the world is as the plan of all of it says. */
const outcomeOf = ({ verb, state }: Run, planRun: Run | null): AttemptOutcome | null => {
  if (state === 'unresolved') return 'unresolved';
  if (verb !== 'apply') return 'operated';
  if (state !== 'applied') return 'failed';
  if (planRun === null || planRun.plan === null) return 'part';
  if (isDestroying(planRun.extra))
    return planOtherwise(withoutDestroying(planRun.extra)) ? 'part' : 'destroyed';
  return isOfPart(planRun) ? 'part' : null;
};

/** Of which branch a version is, and whether it is there. Null: nobody knows of a branch. */
const whereIs = async (
  tables: StoreTables,
  before: Tracked,
  ended: Run,
  sha: Version['sha'],
): Promise<Pick<Version, 'ref' | 'on'> | null> => {
  const seen = await tables.sightings.get(ended);
  const overtaken = seen === null ? await tagAt(tables, before, ended, sha) : null;
  if (overtaken !== null) return { ref: refOfTag(overtaken), on: 'branch' };
  const ref = seen === null ? refOf(before) : `refs/heads/${seen.baseRef}`;
  if (ref === null) return null;
  const isThere =
    before.desired?.sha === sha ||
    (await tables.dues.ofPull(ended)).some(({ project }) => project === ended.project.key);
  return { ref, on: isThere ? 'branch' : seen?.state === 'open' ? 'open' : 'ended' };
};

/** The tag that an apply was of, where a higher one came meanwhile; else null. */
const tagAt = async (
  tables: StoreTables,
  before: Tracked,
  { repositoryId }: Run,
  sha: Version['sha'],
): Promise<string | null> => {
  if (before.desired?.sha === sha || tagOf(refOf(before)) === null) return null;
  const [found] = [...(await tables.tags.kept(repositoryId))].filter(([, commit]) => commit === sha);
  return found?.[0] ?? null;
};

/** What a plan without changes says of the world. Null: nothing, or something was begun that it may not have seen. */
const provenBy = async (
  tables: StoreTables,
  before: Tracked,
  ended: Run,
): Promise<(Made & Pick<Proof, 'blind'>) | null> => {
  const { state, plan, project, startedAt } = ended;
  if (state !== 'planned' || plan === null || startedAt === null) return null;
  if (plan.summary.hasChanges !== false || plan.summary.complete === false) return null;
  if (project.ends !== undefined || isOfPart(ended)) return null;
  const since = Math.max(before.applied?.at ?? 0, before.attempted?.at ?? 0);
  const busy = await tables.runs.inState(['running', 'unresolved']);
  const isBusy = busy.some((run) => changesWorld(run.verb) && run.project.key === project.key);
  if (isBusy || since > startedAt) return null;
  const made = { inputs: plan.inputs, toolVersion: plan.toolVersion };
  return blindness(plan.summary) === null ? made : { ...made, blind: true };
};

/** While its pull request is open the branch has something else; what was merged is looked at when that is heard of. */
const isToLookAt = async (
  tables: StoreTables,
  after: Tracked,
  { pullNumber, repositoryId, tree }: Run,
): Promise<boolean> => {
  if (standingOf(after) === 'same') return false;
  const seen = await tables.sightings.get({ repositoryId, pullNumber });
  return seen?.state !== 'open' || after.desired?.tree === tree;
};
