import type { Sha } from '../domain/ids.ts';
import type { Pending, PendingEnding } from '../domain/pending.ts';
import { UserError } from '../domain/problem.ts';
import { type Actor, ofRepository, type RepoRef } from '../domain/pull.ts';
import { reportPriority } from '../domain/report-priority.ts';
import type { Run } from '../domain/run.ts';
import { tagOf } from '../domain/tags/ref.ts';
import { planOtherwise } from '../domain/tool-arguments.ts';
import { refOf, standingOf } from '../domain/tracked.ts';
import type { StoreTables } from '../store/port.ts';
import { isPartOf } from './ancestry.ts';
import { tipOf } from './base-tip.ts';
import { wakeMerging } from './conflict-gone.ts';
import { isPartial } from './dues.ts';
import { knownBases, noteBase } from './known-bases.ts';
import type { FlowPorts } from './ports.ts';
import { type Move, projectKeysAt, pushedBy } from './pushed.ts';
import { wantBoard } from './report.ts';
import { lookedTags } from './tags/looked.ts';
import { trackTags } from './tags/track.ts';
import { trackBehind, trackBranch } from './tracked/branch.ts';
import type { BaseWish } from './wish.ts';

/** The webhook of a merge may come a moment after that of its push. */
const checkDelayMs = 2_000;
/** Of so many pushes, the newest, the forge is asked again whether they were merges: of each of their commits, at each merge. */
const mostAsked = 20;

/**
 * What reached a base branch by no merged pull request is written down for each project that it concerns, and what of that is over
 * is ended. Nothing of it begins a run: it has no way to. Pull requests that merge cleanly by it are looked at, as after a push to
 * them. May be repeated.
 */
export const followBase = async (ports: FlowPorts, wish: BaseWish): Promise<void> => {
  if (wish.kind === 'push') return followPush(ports, wish);
  if (wish.kind === 'tags') return followTags(ports, wish.repo, wish.branch);
  await settle(ports, wish.repo, { of: wish.of });
  await trackBehind(ports, wish.repo);
  await followBehind(ports, wish.repo);
};

/** The same of tags. */
const followBehind = async (ports: FlowPorts, repo: RepoRef): Promise<void> => {
  const rows = await ports.store.tracked.ofRepository(repo.id);
  const isBehind = rows.some(
    (one) => tagOf(refOf(one)) !== null && !['same', 'gone'].includes(standingOf(one)),
  );
  const looked = isBehind ? await lookedTags(ports.store, repo.id) : null;
  if (looked !== null) await followTags(ports, repo, looked.branch);
};

const followTags = async (ports: FlowPorts, repo: RepoRef, branch: string): Promise<void> => {
  const tip = await tipOf(ports, repo, branch);
  if (tip !== null) await trackTags(ports, repo, { branch, tip });
};

const followPush = async (
  ports: FlowPorts,
  { repo, branch, before, after, by, isDefault }: Extract<BaseWish, { kind: 'push' }>,
): Promise<void> => {
  const { git, store } = ports;
  const tip = await tipOf(ports, repo, branch);
  const from = (await knownBases(store, repo.id)).get(branch) ?? before;
  if (tip !== null && from !== null) {
    const isForced = !(await isPartOf(git, repo.id, from, tip));
    // Push by push, so that each has its own name; where one is not there any more, all that is.
    const isThere = !isForced && after !== null && (await isPartOf(git, repo.id, after, tip));
    const to = isThere ? after : tip;
    const solid = isForced ? await beforeUndone(ports, repo, from) : from;
    if (isForced || !(await isPartOf(git, repo.id, to, from)))
      await record(ports, { repo, branch, from: solid, to }, to === after ? by : null);
  } else if (tip !== null) await store.transact((tables) => noteBase(tables, repo.id, branch, tip));
  await settle(ports, repo, { except: tip });
  // First, so that a project which goes from one to the other is let go before it is taken.
  if (isDefault && tip !== null) await trackTags(ports, repo, { branch, tip });
  await trackBranch(ports, repo, branch, tip);
  if (tip !== null) await wakeMerging(ports, repo, branch, tip);
};

/** What a push left undone and a later one took away again was never there, as far as the world is concerned. */
const beforeUndone = async (ports: FlowPorts, repo: RepoRef, from: Sha): Promise<Sha> => {
  const rows = await ports.store.pendings.ofCommit(repo.id, from);
  const [row] = rows;
  if (row === undefined || row.forced || rows.some(({ ended }) => ended !== null)) return from;
  return beforeUndone(ports, repo, row.before);
};

const record = async (ports: FlowPorts, move: Move, by: Actor | null): Promise<void> => {
  const { store, clock, log } = ports;
  const { repo, branch, from, to } = move;
  const pushed = await pushedBy(ports, move).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    // The branch is looked at from where it was left as soon as its file can be read.
    log.warn('what was pushed cannot be told', { branch, commit: to, error });
    return null;
  });
  if (pushed === null) {
    await store.transact((tables) => noteBase(tables, repo.id, branch, from));
    return;
  }
  const { forced } = pushed;
  const found: Pending[] = [];
  for (const { project, commits } of pushed.projects) {
    const at = clock.now();
    const name = { project: project.key, name: project.name };
    const one: Pending = {
      repo,
      ...name,
      branch,
      commit: to,
      before: from,
      commits,
      forced,
      by,
      at,
      ended: null,
    };
    if ((await doneBy(ports, one, null)) === null) found.push(one);
  }
  await store.transact(async (tables) => {
    await noteBase(tables, repo.id, branch, to);
    const added: Pending[] = [];
    for (const one of found) if ((await tables.pendings.add(one)) === 'new') added.push(one);
    if (added.length === 0) return;
    await tables.audit.append({
      at: clock.now(),
      kind: 'push.pending',
      actor: by?.login ?? null,
      repositoryId: repo.id,
      pullNumber: null,
      runId: null,
      facts: {
        branch,
        commit: to,
        before: from,
        forced,
        projects: added.map(({ name, commits }) => ({ project: name, commits })),
      },
    });
    await tell(tables, ports, added);
  });
};

/** On the commit itself, and wherever a plan of those projects is on show. */
const tell = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock'>,
  changed: readonly Pending[],
): Promise<void> => {
  const to = { store: tables, clock: ports.clock };
  for (const { repo, project, commit } of changed) {
    const due = ports.clock.now() + checkDelayMs;
    for (const name of ['tidegate/plan', 'tidegate/apply'])
      await tables.reports.want(
        ofRepository(repo),
        `push:${commit}:${name}`,
        due,
        undefined,
        reportPriority.plan,
      );
    for (const { pullNumber } of await tables.runs.standing(repo.id, project))
      await wantBoard(to, { repo, number: pullNumber });
  }
};

interface Settling {
  /** The pull request that may have done it; null: whichever did. */
  readonly of?: number | null;
  /** Not what was pushed just now. */
  readonly except?: Sha | null;
}

/** Ends what is pending no more: done, a merge after all, or gone from its branch. */
const settle = async (ports: FlowPorts, repo: RepoRef, { of, except }: Settling): Promise<void> => {
  const { git, store } = ports;
  const open = (await store.pendings.open(repo.id)).filter(({ commit }) => commit !== except);
  const asked = new Set([...new Set(open.map(({ commit }) => commit))].slice(-mostAsked));
  for (const [branch, some] of Map.groupBy(open, (one) => one.branch)) {
    const tip = await tipOf(ports, repo, branch);
    const projects = tip === null ? new Set() : await projectKeysAt(ports, repo, branch, tip).catch(unread);
    for (const [commit, rows] of Map.groupBy(some, (one) => one.commit)) {
      const isThere = tip !== null && (await isPartOf(git, repo.id, commit, tip));
      const still =
        isThere && of !== undefined && asked.has(commit) ? await stillPushed(ports, repo, rows) : null;
      for (const row of rows) {
        const isGone = !isThere || projects?.has(row.project) === false;
        const isMerged = still?.has(row.project) === false;
        const ending = isGone ? 'gone' : isMerged ? 'merged' : await doneBy(ports, row, of ?? null);
        if (ending !== null) await end(ports, { ...row, repo }, ending, of ?? null);
      }
    }
  }
};

/** Nothing is ended on the word of a file that cannot be read. */
const unread = (error: unknown): null => {
  if (error instanceof UserError) return null;
  throw error;
};

/** Which projects its push still concerns, by what the forge knows now; null: all of them. */
const stillPushed = async (
  ports: FlowPorts,
  repo: RepoRef,
  rows: readonly Pending[],
): Promise<ReadonlySet<string> | null> => {
  const [row] = rows;
  if (row === undefined || row.forced) return null;
  const { branch, before: from, commit: to } = row;
  const pushed = await pushedBy(ports, { repo, branch, from, to }).catch(unread);
  return pushed === null ? null : new Set(pushed.projects.map(({ project }) => project.key));
};

/**
 * Has an apply done it along, or did a merge show that there is nothing to do? Asked of the pull request that is named, of the one
 * that applied the project last, and of the one that holds it.
 */
const doneBy = async (
  ports: FlowPorts,
  { repo, project, commit }: Pending,
  of: number | null,
): Promise<Extract<PendingEnding, 'applied' | 'unchanged'> | null> => {
  const { forge, git, store } = ports;
  const applied = await store.appliedCommits.get(project);
  const lock = await store.locks.get(project);
  const holds = async ({ baseSha, headSha }: Run): Promise<boolean> =>
    (await isPartOf(git, repo.id, commit, baseSha)) || (await isPartOf(git, repo.id, commit, headSha));
  for (const number of new Set([of, applied?.pullNumber, lock?.pullNumber])) {
    if (number === null || number === undefined) continue;
    const key = { repositoryId: repo.id, pullNumber: number };
    for (const run of await store.runs.ofPull(key, ['applied']))
      if (run.verb === 'apply' && run.project.key === project && !(await isPartial(store, run)))
        if (await holds(run)) return 'applied';
    const plan = (await store.runs.latest(key)).find(
      (run) => run.verb === 'plan' && run.project.key === project,
    );
    if (plan?.plan?.summary.hasChanges !== false || planOtherwise(plan.extra) || !(await holds(plan)))
      continue;
    const pull = await forge.pull({ repo, number });
    if (pull.merged !== null && pull.head.sha === plan.headSha) return 'unchanged';
  }
  return null;
};

const end = (ports: FlowPorts, row: Pending, ended: PendingEnding, of: number | null): Promise<void> =>
  ports.store.transact(async (tables) => {
    const { repo, project, name, commit, branch } = row;
    const at = ports.clock.now();
    if (!(await tables.pendings.end(repo.id, commit, project, ended, at))) return;
    await tables.audit.append({
      at,
      kind: 'push.settled',
      actor: null,
      repositoryId: repo.id,
      pullNumber: of,
      runId: null,
      facts: { branch, commit, project: name, ended },
    });
    await tell(tables, ports, [row]);
  });
