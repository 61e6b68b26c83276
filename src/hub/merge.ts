import { exclusively, forgeSignature, permissionOf, requirePermission, signatureOf } from './access.ts';
import { requirementsOf } from './branch-rules.ts';
import { HubError } from './errors.ts';
import { pullCommits, refreshFacts } from './facts.ts';
import { type Commit, commitOf, isAncestor, resolve } from './git/read.ts';
import { commitTree, deleteRef, mergeTree, setRef } from './git/write.ts';
import { behindOf, obstaclesOf } from './mergeability.ts';
import { afterRefUpdates, closePull } from './pushes.ts';
import type { Actor, HubState, Pull } from './state.ts';

export const mergeMethods = ['merge', 'squash', 'rebase'] as const;
export type MergeMethod = (typeof mergeMethods)[number];

export interface MergeWish {
  readonly method: MergeMethod;
  /** What the head must be. */
  readonly sha?: string;
  readonly title?: string;
  readonly message?: string;
}

const notMergeable = (): HubError => new HubError(405, 'Pull Request is not mergeable');

const written = (commit: Commit, who: 'author' | 'committer') => ({
  name: commit[who].name,
  email: commit[who].email,
  at: Date.parse(commit[who].date),
});

const treeOf = async (folder: string, ours: string, theirs: string): Promise<string> => {
  const merged = await mergeTree(folder, ours, theirs);
  if ('conflicts' in merged) throw notMergeable();
  return merged.tree;
};

/**
 * Replays commits on another base, without a working tree: a commit with the base's tree but the
 * parent of the replayed one as parent makes that parent the merge base (`merge-tree` of git 2.39
 * can not be told another).
 */
const replay = async (state: HubState, pull: Pull, base: string): Promise<string> => {
  const { folder } = pull.repo;
  let tip = base;
  for (const commit of await pullCommits(pull)) {
    const [parent] = commit.parents;
    if (parent === undefined || commit.parents.length > 1) continue;
    const onto = await commitOf(folder, tip);
    if (onto === null) throw notMergeable();
    const committer = forgeSignature(state);
    const stand = await commitTree(folder, {
      tree: onto.tree,
      parents: [parent],
      message: 'stand-in',
      author: committer,
      committer,
    });
    tip = await commitTree(folder, {
      tree: await treeOf(folder, stand, commit.sha),
      parents: [tip],
      message: commit.message,
      author: written(commit, 'author'),
      committer,
    });
  }
  return tip;
};

const makeCommit = async (
  state: HubState,
  pull: Pull,
  actor: Actor,
  base: string,
  wish: MergeWish,
): Promise<string> => {
  const { folder } = pull.repo;
  if (wish.method === 'rebase') return replay(state, pull, base);
  const tree = await treeOf(folder, base, pull.head.sha);
  const squash = wish.method === 'squash';
  const commits = squash ? await pullCommits(pull) : [];
  const title =
    wish.title ??
    (squash
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${pull.head.repo.owner.login}/${pull.head.ref}`);
  const message =
    wish.message ??
    (squash
      ? commits.length > 1
        ? commits.map((commit) => `* ${commit.message}`).join('\n\n')
        : (pull.body ?? '')
      : pull.title);
  return commitTree(folder, {
    tree,
    parents: squash ? [base] : [base, pull.head.sha],
    message: message === '' ? `${title}\n` : `${title}\n\n${message}\n`,
    author: signatureOf(state, squash ? pull.author : actor.account),
    committer: forgeSignature(state),
  });
};

/** 405 for what the base branch asks for; administrators go past protection that does not hold them. */
const requireAllowed = (pull: Pull, actor: Actor, method: MergeMethod): void => {
  const { protection, ruleset } = requirementsOf(pull.repo, pull.base.ref);
  const isAdmin = actor.app === null && permissionOf(pull.repo, actor.account) === 'admin';
  const holds = (where: 'protection' | 'ruleset'): boolean =>
    where === 'ruleset' || protection.admins || !isAdmin;
  const first = [...obstaclesOf(pull), ...behindOf(pull)].find(({ where }) => holds(where));
  if (first !== undefined) throw new HubError(405, first.words);
  const linear = ruleset.linearHistory || (protection.linearHistory && holds('protection'));
  if (linear && method === 'merge') throw new HubError(405, 'This branch must not contain merge commits.');
};

const methodNames = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' } as const;

/** Merges for real and returns the commit; 405 where it can not be merged, 409 where the head has moved. */
export const mergePull = (state: HubState, pull: Pull, actor: Actor, wish: MergeWish): Promise<string> =>
  exclusively(pull.repo, async () => {
    requirePermission(pull.repo, actor, 'write');
    const { repo } = pull;
    if (pull.state !== 'open') throw notMergeable();
    if (pull.draft) throw new HubError(405, 'Pull Request is still a draft');
    if (!repo.mergeMethods[wish.method])
      throw new HubError(405, `${methodNames[wish.method]} are not allowed on this repository.`);
    if (wish.sha !== undefined && wish.sha !== pull.head.sha)
      throw new HubError(409, 'Head branch was modified. Review and try the merge again.');
    requireAllowed(pull, actor, wish.method);
    const ref = `refs/heads/${pull.base.ref}`;
    const base = await resolve(repo.folder, ref);
    if (base === null) throw notMergeable();
    const commit = await makeCommit(state, pull, actor, base, wish);
    if (!(await setRef(repo.folder, ref, commit, base)))
      throw new HubError(409, 'Base branch was modified. Review and try the merge again.');
    closePull(state, pull, actor, commit);
    await afterRefUpdates(state, repo, actor, [{ ref, before: base, after: commit }], pull);
    if (repo.deleteBranchOnMerge && pull.head.repo === repo) {
      const head = `refs/heads/${pull.head.ref}`;
      await deleteRef(repo.folder, head);
      const at = state.clock.now();
      pull.timeline.push({ at, actor: actor.account, kind: 'branch-deleted', ref: pull.head.ref });
      await afterRefUpdates(state, repo, actor, [{ ref: head, before: pull.head.sha, after: null }], pull);
    }
    return commit;
  });

/** Merges the base into the head branch, as the "Update branch" button does. */
export const updateBranch = (state: HubState, pull: Pull, actor: Actor, expected?: string): Promise<void> =>
  exclusively(pull.head.repo, async () => {
    requirePermission(pull.head.repo, actor, 'write');
    const { folder } = pull.repo;
    if (pull.state !== 'open' || pull.head.repo !== pull.repo)
      throw new HubError(422, 'Validation Failed', ['The head branch can not be updated.']);
    const head = pull.head.sha;
    if (expected !== undefined && expected !== head)
      throw new HubError(422, `expected head sha didn’t match current head ref.`);
    await refreshFacts(state, pull);
    const base = pull.facts?.baseTip ?? pull.base.sha;
    if (await isAncestor(folder, base, head))
      throw new HubError(422, 'There are no new commits on the base branch.');
    const merged = await mergeTree(folder, head, base);
    if ('conflicts' in merged) throw new HubError(422, 'merge conflict between base and head');
    const after = await commitTree(folder, {
      tree: merged.tree,
      parents: [head, base],
      message: `Merge branch '${pull.base.ref}' into ${pull.head.ref}\n`,
      author: signatureOf(state, actor.account),
      committer: forgeSignature(state),
    });
    const ref = `refs/heads/${pull.head.ref}`;
    if (!(await setRef(folder, ref, after, head)))
      throw new HubError(422, `expected head sha didn’t match current head ref.`);
    await afterRefUpdates(state, pull.repo, actor, [{ ref, before: head, after }]);
  });
