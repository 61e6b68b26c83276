import { exclusively, requirePermission, signatureOf } from './access.ts';
import { activityType } from './activity.ts';
import { HubError } from './errors.ts';
import { emit, emitPull } from './events.ts';
import { refreshFacts } from './facts.ts';
import { commitsOf, diffFiles, isAncestor, resolve } from './git/read.ts';
import { copyRef, deleteRef, type FileContent, setRef, writeCommit } from './git/write.ts';
import { dismissStale } from './reviews.ts';
import { pushCommitJson } from './shape/commit.ts';
import { pushRepoPayload, repoHtml } from './shape/repo.ts';
import type { Account, Actor, HubState, Pull, Repo } from './state.ts';

export interface RefUpdate {
  /** In full: `refs/heads/main`. */
  readonly ref: string;
  /** Null for a ref that is new. */
  readonly before: string | null;
  /** Null for a ref that was deleted. */
  readonly after: string | null;
}

const zero = '0'.repeat(40);

const openPulls = (state: HubState): Pull[] =>
  [...state.repos.values()].flatMap((repo) =>
    [...repo.pulls.values()].filter((pull) => pull.state === 'open'),
  );

const sendPush = async (state: HubState, repo: Repo, actor: Actor, update: RefUpdate): Promise<boolean> => {
  const { ref, before, after } = update;
  const forced = before !== null && after !== null && !(await isAncestor(repo.folder, before, after));
  const range =
    after === null ? null : before === null || forced ? [after, '--max-count=1'] : [`${before}..${after}`];
  const commits = range === null ? [] : await commitsOf(repo.folder, range, { limit: 2048 });
  const described = await Promise.all(
    commits.map(async (commit) => {
      const parent = commit.parents[0];
      const files =
        parent === undefined ? [] : await diffFiles(repo.folder, parent, commit.sha, { patches: false });
      return pushCommitJson(state, repo, commit, files);
    }),
  );
  emit(state, {
    repo,
    event: 'push',
    action: null,
    sender: actor.account,
    repository: pushRepoPayload(state, repo),
    payload: {
      ref,
      before: before ?? zero,
      after: after ?? zero,
      created: before === null,
      deleted: after === null,
      forced,
      base_ref: null,
      compare: `${repoHtml(state, repo)}/compare/${(before ?? zero).slice(0, 12)}...${(after ?? zero).slice(0, 12)}`,
      commits: described,
      head_commit: described.at(-1) ?? null,
      pusher: { name: actor.account.login, email: signatureOf(state, actor.account).email },
    },
  });
  return forced;
};

/** Moves a pull request to the new tip of its head branch: `synchronize`. */
const synchronize = async (
  state: HubState,
  pull: Pull,
  actor: Actor,
  after: string,
  forced: boolean,
): Promise<void> => {
  const before = pull.head.sha;
  await keepHeadRef(pull, after);
  pull.head.sha = after;
  pull.base.sha = (await resolve(pull.repo.folder, `refs/heads/${pull.base.ref}`)) ?? pull.base.sha;
  const at = state.clock.now();
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: 'pushed', before, after, forced });
  await refreshFacts(state, pull);
  emitPull(state, pull, 'synchronize', actor.account, { before, after });
  dismissStale(state, pull, actor);
};

/** `refs/pull/N/head` in the base repository; a fork's commits are brought over for it. */
export const keepHeadRef = async (pull: Pull, sha: string): Promise<void> => {
  const ref = `refs/pull/${pull.number}/head`;
  if (pull.head.repo === pull.repo) await setRef(pull.repo.folder, ref, sha);
  else await copyRef(pull.repo.folder, pull.head.repo.folder, sha, ref);
};

/** Closes a pull request and says so; `commit` is set when it is closed by being merged. */
export const closePull = (state: HubState, pull: Pull, actor: Actor, commit: string | null): void => {
  const at = state.clock.now();
  pull.state = 'closed';
  pull.updatedAt = at;
  pull.closedAt = at;
  if (commit !== null) {
    pull.mergedAt = at;
    pull.mergedBy = actor.account;
    pull.mergeCommit = commit;
    pull.timeline.push({ at, actor: actor.account, kind: 'merged', commit });
  }
  pull.timeline.push({ at, actor: actor.account, kind: 'closed' });
  emitPull(state, pull, 'closed', actor.account);
};

/**
 * Everything that follows from refs that have moved in git already, whoever moved them: the `push`
 * event, pull requests whose head or base it was. `merging` is left to the merge that calls this.
 */
export const afterRefUpdates = async (
  state: HubState,
  repo: Repo,
  actor: Actor,
  updates: readonly RefUpdate[],
  merging?: Pull,
): Promise<void> => {
  for (const update of updates) {
    if (update.before === update.after) continue;
    repo.pushedAt = state.clock.now();
    const forced = await sendPush(state, repo, actor, update);
    const branch = /^refs\/heads\/(.+)$/s.exec(update.ref)?.[1];
    if (branch === undefined) continue;
    repo.activity.push({
      id: state.nextId(),
      ref: update.ref,
      before: update.before ?? zero,
      after: update.after ?? zero,
      type: activityType({ ...update, forced, merging: merging?.base.ref === branch }),
      actor: actor.account,
      at: state.clock.now(),
    });
    for (const pull of openPulls(state)) {
      if (pull === merging) continue;
      if (pull.head.repo === repo && pull.head.ref === branch) {
        if (update.after === null) closePull(state, pull, actor, null);
        else await synchronize(state, pull, actor, update.after, forced);
      } else if (pull.repo === repo && pull.base.ref === branch) {
        if (update.after === null) closePull(state, pull, actor, null);
        else if (await isAncestor(repo.folder, pull.head.sha, update.after))
          closePull(state, pull, actor, update.after);
        else await refreshFacts(state, pull);
      }
    }
  }
  state.touch(repo);
};

export interface PushWish {
  readonly branch: string;
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly deletes?: readonly string[];
  readonly message: string;
  /** Commit, branch or tag the branch starts from or is reset to; absent grows the branch as it is. */
  readonly from?: string;
  /** Who wrote and committed it, where it is not whoever pushes. */
  readonly author?: Account;
  /** Where the branch must be; 409 when it has moved. */
  readonly tip?: string;
}

/** One commit on a branch, as `git push` would bring it: same checks, same events. Returns the commit. */
export const pushFiles = (state: HubState, repo: Repo, actor: Actor, wish: PushWish): Promise<string> =>
  exclusively(repo, async () => {
    requirePermission(repo, actor, 'write');
    const ref = `refs/heads/${wish.branch}`;
    const before = await resolve(repo.folder, ref);
    if (wish.tip !== undefined && wish.tip !== before)
      throw new HubError(409, `${wish.branch} is not at ${wish.tip} any more`);
    const parent = wish.from === undefined ? before : await resolve(repo.folder, wish.from);
    if (wish.from !== undefined && parent === null)
      throw new HubError(422, `No commit found for SHA: ${wish.from}`);
    const start = parent ?? (await resolve(repo.folder, repo.defaultBranch));
    const author = signatureOf(state, wish.author ?? actor.account);
    const after = await writeCommit(repo.folder, {
      branch: wish.branch,
      parent: start,
      files: wish.files ?? {},
      deletes: wish.deletes ?? [],
      message: wish.message,
      author,
      committer: author,
    });
    await afterRefUpdates(state, repo, actor, [{ ref, before, after }]);
    return after;
  });

/** Makes a branch at a commit that is there; 422 where there is a branch of that name. */
export const createBranch = (
  state: HubState,
  repo: Repo,
  actor: Actor,
  branch: string,
  commit: string,
): Promise<void> =>
  exclusively(repo, async () => {
    requirePermission(repo, actor, 'write');
    const ref = `refs/heads/${branch}`;
    if (!(await setRef(repo.folder, ref, commit, null))) throw new HubError(422, 'Reference already exists');
    await afterRefUpdates(state, repo, actor, [{ ref, before: null, after: commit }]);
  });

/** Deletes a branch; open pull requests from it are closed, as on GitHub. */
export const deleteBranch = (state: HubState, repo: Repo, actor: Actor, branch: string): Promise<void> =>
  exclusively(repo, async () => {
    requirePermission(repo, actor, 'write');
    const ref = `refs/heads/${branch}`;
    const before = await resolve(repo.folder, ref);
    if (before === null) throw new HubError(422, 'Reference does not exist');
    await deleteRef(repo.folder, ref);
    await afterRefUpdates(state, repo, actor, [{ ref, before, after: null }]);
  });

/** Puts a tag on the newest commit of the default branch, wherever it was before: what `git push --force` does. */
export const putTag = (state: HubState, repo: Repo, actor: Actor, tag: string): Promise<void> =>
  exclusively(repo, async () => {
    requirePermission(repo, actor, 'write');
    const ref = `refs/tags/${tag}`;
    const [before, after] = [await resolve(repo.folder, ref), await resolve(repo.folder, repo.defaultBranch)];
    if (after === null) throw new HubError(422, 'Object does not exist');
    if (!(await setRef(repo.folder, ref, after))) throw new HubError(422, `${ref} is not a valid ref name.`);
    await afterRefUpdates(state, repo, actor, [{ ref, before, after }]);
  });
