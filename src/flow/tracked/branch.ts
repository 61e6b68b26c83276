import type { Sha } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import { fullNameOf, type RepoRef } from '../../domain/pull.ts';
import { refOf, standingOf, type Tracked, type Version } from '../../domain/tracked.ts';
import { followTip, noteGone, noteRefused, type Tip } from '../../domain/tracking.ts';
import type { StoreTables } from '../../store/port.ts';
import { isPartOf } from '../ancestry.ts';
import { tipOf } from '../base-tip.ts';
import type { FlowPorts } from '../ports.ts';
import { projectsOf, snapshotAt } from '../pushed.ts';
import { inputsOf } from '../snapshot.ts';
import { keep } from './keep.ts';
import { type LookedBranch, lookedBranches, noteLooked } from './looked.ts';

export type TrackPorts = Pick<
  FlowPorts,
  | 'forge'
  | 'git'
  | 'store'
  | 'clock'
  | 'log'
  | 'operator'
  | 'configuration'
  | 'repositoryFiles'
  | 'generator'
  | 'snapshots'
  | 'runners'
>;
type Ports = TrackPorts;

const prefix = 'refs/heads/';

/**
 * What a base branch asks for is written down for each of its projects. Where that is what was applied, the applied version moves
 * along, and no tool is run. A branch that suddenly has no project, cannot be read or is not there takes nothing away: what is in
 * the world does not go with it. May be repeated.
 *
 * @param tip null: there is no such branch
 */
export const trackBranch = async (
  ports: Ports,
  repo: RepoRef,
  branch: string,
  tip: Sha | null,
): Promise<void> => {
  const { store, clock } = ports;
  const ref = `${prefix}${branch}`;
  const tips = tip === null ? 'no-branch' : await tipsAt(ports, repo, branch, tip);
  await store.transact(async (tables) => {
    const at = clock.now();
    const its = (await tables.tracked.ofRepository(repo.id)).filter((one) => refOf(one) === ref);
    // What was never in the world goes without a word.
    const isThere = its.some(({ applied, goneAt }) => applied !== null && goneAt === null);
    const refused: LookedBranch['refused'] =
      typeof tips === 'string' ? tips : tips.length === 0 && isThere ? 'empty' : null;
    const before = (await lookedBranches(tables, repo.id)).get(branch);
    const looked = { commit: tip, refused: isThere ? refused : null, at };
    await noteLooked(tables, repo.id, branch, looked);
    if (refused !== null || typeof tips === 'string') {
      if (refused === null || looked.refused === null) return;
      for (const one of its) await tables.tracked.put(noteRefused(one, refused));
      await refuse(tables, ports, repo, branch, looked, before);
      return;
    }
    for (const one of tips) {
      const known = await tables.tracked.get(one.project.key);
      const after = await keep(tables, known, () => followTip(known, one, at));
      await lookWhereItMoved(tables, known, after, at);
    }
    // What waits for its first tag is as it was.
    const tagged = (await tables.tags.ofRepository(repo.id)).map(({ project }) => project);
    const there = new Set([...tips.map(({ project }) => project.key), ...tagged]);
    if (tip === null) return;
    for (const one of its)
      if (!there.has(one.key)) await keep(tables, one, () => noteGone(one, { ref, sha: tip }, at));
  });
};

/** The branch says what is there by now, and nobody applied that: whether anything drifts still is looked at next. */
const lookWhereItMoved = async (
  tables: StoreTables,
  before: Tracked | null,
  after: Tracked,
  at: number,
): Promise<void> => {
  if (before === null || before.applied === null || before.applied.inputs === after.applied?.inputs) return;
  if ((await tables.drifts.get(after.key))?.status === 'drifted') await tables.drifts.ask(after.key, at);
};

/** What was said of a branch once is not said again at each of its commits. */
const refuse = async (
  tables: StoreTables,
  { log }: Pick<Ports, 'log'>,
  repo: RepoRef,
  branch: string,
  { commit, refused, at }: LookedBranch,
  before: LookedBranch | undefined,
): Promise<void> => {
  if (before?.refused === refused) return;
  log.warn('what a branch asks for is not taken: everything stays as it was', { branch, commit, refused });
  await tables.audit.append({
    at,
    kind: 'tracked.refused',
    actor: null,
    repositoryId: repo.id,
    pullNumber: null,
    runId: null,
    facts: { branch, commit, refused },
  });
};

/** Digests are made for those of which something is known alone: there is nothing to hold them against otherwise. */
const tipsAt = async (
  ports: Ports,
  repo: RepoRef,
  branch: string,
  tip: Sha,
): Promise<readonly Tip[] | 'unread'> => {
  try {
    const snapshot = await snapshotAt(ports, repo, branch, tip);
    const tree = await ports.git.treeOf(repo.id, tip);
    const known = new Map((await ports.store.tracked.ofRepository(repo.id)).map((one) => [one.key, one]));
    const tips: Tip[] = [];
    for (const project of projectsOf(ports, repo, branch, snapshot)) {
      const one = known.get(project.key);
      const isCompared = one !== undefined && (one.applied !== null || one.proven !== null);
      const inputsWith = isCompared ? await inputsOf(ports, { repositoryId: repo.id, tree, project }) : null;
      const behind = await lagOf(ports, repo, tip, one?.applied ?? null, inputsWith);
      tips.push({ repo, project, ref: `${prefix}${branch}`, sha: tip, tree, inputsWith, behind });
    }
    return tips;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ports.log.warn('what a branch asks for cannot be read', {
      repository: fullNameOf(repo),
      ...{ branch, commit: tip, error },
    });
    return 'unread';
  }
};

/** What lies further back is not counted. */
const mostCounted = 300;

/** How many commits the applied version lies behind one that is to come; null: that is the same, or cannot be counted. */
export const lagOf = async (
  { git }: Ports,
  repo: RepoRef,
  tip: Sha,
  applied: Version | null,
  inputsWith: Tip['inputsWith'],
): Promise<number | null> => {
  if (applied === null || inputsWith?.(applied.toolVersion) === applied.inputs) return null;
  if (!(await git.hasCommit(repo.id, applied.sha)) || !(await isPartOf(git, repo.id, applied.sha, tip)))
    return null;
  const { length } = await git.ownCommits(repo.id, tip, applied.sha, mostCounted);
  return length < mostCounted ? length : null;
};

/** Branches of which something is not as it was applied, or not known, are looked at again. */
export const trackBehind = async (ports: Ports, repo: RepoRef): Promise<void> => {
  const behind = (await ports.store.tracked.ofRepository(repo.id)).filter(isBehind);
  const refs = new Set(behind.map(refOf).filter((ref) => ref?.startsWith(prefix)));
  for (const ref of refs) {
    const branch = (ref ?? '').slice(prefix.length);
    await trackBranch(ports, repo, branch, await tipOf(ports, repo, branch));
  }
};

const isBehind = (tracked: Tracked): boolean => !['same', 'gone'].includes(standingOf(tracked));
