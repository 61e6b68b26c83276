import { isUnsettled } from '../../domain/convergence/unsettled.ts';
import type { Seen } from '../../domain/drift/drift.ts';
import { blind, seenIn } from '../../domain/drift/found.ts';
import { type DriftSettings, noDrift } from '../../domain/drift/settings.ts';
import { batchId, type RunId, type Sha } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import { noPull } from '../../domain/pull.ts';
import { tagOf } from '../../domain/tags/ref.ts';
import type { Made, Tracked } from '../../domain/tracked.ts';
import { ForgeError } from '../../forge/port.ts';
import { FetchFailed } from '../../git/port.ts';
import { leftOutProblem } from '../left-out.ts';
import type { InTurn } from '../merge-group.ts';
import { placeProblems } from '../place-problem.ts';
import type { FlowPorts } from '../ports.ts';
import { snapshotAt } from '../pushed.ts';
import { lookedTags } from '../tags/looked.ts';
import { taggedProjects } from '../tags/projects.ts';
import { isAllowedNow } from './allowed-now.ts';
import type { ProjectsIn } from './known-projects.ts';
import { lookingRun, seeWorld } from './see.ts';
import { driftSettings, refOf } from './told.ts';

export interface Looking {
  readonly id: RunId;
  /** Which of the folders for looks it has, and nobody else at this time. */
  readonly slot: number;
  readonly inTurn: InTurn;
  readonly projectsIn: ProjectsIn;
}

export interface Looked {
  readonly seen: Seen;
  /** What was planned, where that had nothing to change at all; null: it had, or does not say. */
  readonly proven: Made | null;
}

const unseen = (...why: Parameters<typeof blind>): Looked => ({ seen: blind(...why), proven: null });

/** Where to look. */
interface At {
  readonly commit: Sha;
  readonly isApplied: boolean;
}

/** `refs/heads/main` is `main`. */
const shortRef = (ref: string): string => ref.replace(/^refs\/(?:heads|tags)\//, '');

/** Why there is nothing to compare the world with; else at which commit. */
const placeOf = ({ applied, desired }: Tracked): At | string => {
  if (applied?.on === 'branch') return { commit: applied.sha, isApplied: true };
  if (applied !== null)
    return `what was applied last is of #${applied.pullNumber}, and its branch does not say the same`;
  if (desired !== null) return { commit: desired.sha, isApplied: false };
  return 'its branch was not looked at yet';
};

/**
 * Compares the world with the version of a project that was applied: a plan at that commit, by plan's own credentials and without the lock of
 * the state, that is no run of anything. Nothing is kept of it but what it says. Undefined: this server goes.
 */
export const lookAtWorld = async (
  ports: FlowPorts,
  tracked: Tracked,
  looking: Looking,
): Promise<Looked | undefined> => {
  const at = placeOf(tracked);
  if (typeof at === 'string') return unseen('unknown', at);
  try {
    return await lookAt(ports, tracked, at, looking);
  } catch (error) {
    if (error instanceof UserError) return unseen('failed', error.problem.sentence, at.commit);
    if (error instanceof FetchFailed || error instanceof ForgeError)
      return unseen('failed', 'its repository could not be read', at.commit);
    ports.log.error('a project could not be looked at', { project: tracked.key, error });
    return unseen('failed', 'Tidegate failed while it looked; its log says more', at.commit);
  }
};

const lookAt = async (
  ports: FlowPorts,
  tracked: Tracked,
  { commit, isApplied }: At,
  { id, slot, inTurn, projectsIn }: Looking,
): Promise<Looked | undefined> => {
  const { git, clock } = ports;
  const { repo, key } = tracked;
  const ofTag = tagOf(refOf(tracked)) === null ? null : await lookedTags(ports.store, repo.id);
  const branch = ofTag?.branch ?? shortRef(refOf(tracked) ?? '');
  // What lies in the mirror is run for a repository that is there and allowed; while its host is down that is taken for so.
  if (!(await isAllowedNow(ports, repo)))
    return unseen(
      'failed',
      'its repository has another name now, that the operator file does not allow',
      commit,
    );
  // Its mirror may have been taken away: nobody may have fetched from it for long.
  if (!(await git.hasCommit(repo.id, commit))) {
    await fetchBranch(ports, tracked, branch);
    if (!(await git.hasCommit(repo.id, commit)))
      return unseen('unknown', 'the commit that was applied is not on its branch any more', commit);
  }
  const snapshot = await snapshotAt(ports, repo, branch, commit);
  const projects =
    ofTag === null
      ? projectsIn(repo, branch, snapshot)
      : taggedProjects(ports, repo, await snapshotAt(ports, repo, branch, ofTag.tip), snapshot).map(
          (one) => one.project,
        );
  const project = projects.find((one) => one.key === key);
  if (project === undefined)
    return unseen('unknown', 'the commit that was applied has no such project', commit);
  const problem = placeProblems(ports, snapshot)(project) ?? leftOutProblem(ports, snapshot, project);
  if (problem !== null) return unseen('failed', problem.sentence, commit);
  const run = lookingRun(ports, {
    id,
    batchId: batchId(ports.newId()),
    repositoryId: repo.id,
    pullNumber: noPull,
    slot,
    project,
    headSha: commit,
    baseSha: commit,
    tree: await git.treeOf(repo.id, commit),
  });
  const looked = await inTurn(run, async (control): Promise<Looked | undefined> => {
    const sight = await seeWorld(standingBack(ports), run, control);
    if (sight === undefined) return undefined;
    if ('problem' in sight) return unseen('failed', sight.problem.sentence, commit);
    const { ignore } = ignoreOf(tracked, project, commit);
    const { summary, inputs, toolVersion } = sight.plan;
    const known = isUnsettled(await ports.store.convergences.unsettled(key), sight.versionOf);
    const seen = seenIn(summary, { commit, isApplied, ignore, isUnsettled: known, at: clock.now() });
    const isSame = seen.status === 'clean' && summary.hasChanges === false;
    return { seen, proven: isSame ? { inputs, toolVersion } : null };
  });
  return looked ?? undefined;
};

/** Nobody waits for it: who waits for a plan has the processor first. */
const standingBack = (ports: FlowPorts): FlowPorts => ({
  ...ports,
  sandbox: { ...ports.sandbox, open: (spec) => ports.sandbox.open({ ...spec, standsBack: true }) },
});

const fetchBranch = async ({ forge, git }: FlowPorts, { repo }: Tracked, branch: string): Promise<void> => {
  const { url, token, done } = await forge.remote(repo);
  await git.fetchBranch(repo, { url, token, baseRef: branch }).finally(done);
};

/** What the newest commit says: who wants something passed over does not have to apply that first. Where both are one, as it is read now. */
const ignoreOf = (tracked: Tracked, project: Project, commit: Sha): DriftSettings =>
  tracked.desired?.sha === commit ? (project.settings.drift ?? noDrift) : driftSettings(tracked);
