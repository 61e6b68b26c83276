import { exclusively, forgeSignature, permissionOf, requirePermission, signatureOf } from './access.ts';
import { queueRuleOf, requirementsOf } from './branch-rules.ts';
import { HubError } from './errors.ts';
import { pullCommits, refreshFacts } from './facts.ts';
import { type Commit, commitOf, isAncestor, resolve } from './git/read.ts';
import { commitTree, deleteRef, mergeTree, type Signature, setRef } from './git/write.ts';
import { behindOf, obstaclesOf } from './mergeability.ts';
import { afterRefUpdates, closePull } from './pushes.ts';
import type { Account, Actor, HubState, MergeMethod, Pull } from './state.ts';

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
const replay = async (pull: Pull, base: string, committer: Signature): Promise<string> => {
  const { folder } = pull.repo;
  let tip = base;
  for (const commit of await pullCommits(pull)) {
    const [parent] = commit.parents;
    if (parent === undefined || commit.parents.length > 1) continue;
    const onto = await commitOf(folder, tip);
    if (onto === null) throw notMergeable();
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

/** What the base branch is to become: the pull request on top of `base`. 405 where there are conflicts. */
export const makeCommit = async (
  state: HubState,
  pull: Pull,
  actor: { readonly account: Account },
  base: string,
  wish: MergeWish & { readonly at?: number },
): Promise<string> => {
  const { folder } = pull.repo;
  const committer = { ...forgeSignature(state), ...(wish.at === undefined ? {} : { at: wish.at }) };
  if (wish.method === 'rebase') return replay(pull, base, committer);
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
    committer,
  });
};

const methodNames = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' } as const;

/** 405 for what the base branch asks for; administrators go past protection that does not hold them. */
export const requireAllowed = (pull: Pull, actor: Actor, method: MergeMethod): void => {
  const { protection, ruleset } = requirementsOf(pull.repo, pull.base.ref);
  const isAdmin = actor.app === null && permissionOf(pull.repo, actor.account) === 'admin';
  const holds = (where: 'protection' | 'ruleset'): boolean =>
    where === 'ruleset' || protection.admins || !isAdmin;
  const first = [...obstaclesOf(pull), ...behindOf(pull)].find(({ where }) => holds(where));
  if (first !== undefined) throw new HubError(405, first.words);
  const linear = ruleset.linearHistory || (protection.linearHistory && holds('protection'));
  if (linear && method === 'merge') throw new HubError(405, 'This branch must not contain merge commits.');
  if (ruleset.methods.length > 0 && !ruleset.methods.includes(method))
    throw new HubError(
      405,
      `Repository rule violations found\n\n${methodNames[method]} are not allowed on this branch.`,
    );
};

/** Where merges are made by a queue nobody makes them by hand: GitHub lets those past who may bypass a rule, the hub nobody. */
const requireNoQueue = ({ repo, base }: Pull): void => {
  if (queueRuleOf(repo, base.ref) === null) return;
  const words = 'Changes must be made through the merge queue';
  const byRuleset = requirementsOf(repo, base.ref).ruleset.queue !== null;
  throw new HubError(405, byRuleset ? `Repository rule violations found\n\n${words}` : words);
};

/** What can be said before anything is tried: open, not a draft, the head that was looked at. */
export const requireReady = (pull: Pull, sha: string | undefined): void => {
  if (pull.state !== 'open') throw notMergeable();
  if (pull.draft) throw new HubError(405, 'Pull Request is still a draft');
  if (sha !== undefined && sha !== pull.head.sha)
    throw new HubError(409, 'Head branch was modified. Review and try the merge again.');
};

/** Of a pull request that is merged, where the repository says so. */
export const deleteMergedHead = async (state: HubState, pull: Pull, actor: Actor): Promise<void> => {
  const { repo } = pull;
  if (!repo.deleteBranchOnMerge || pull.head.repo !== repo) return;
  const head = `refs/heads/${pull.head.ref}`;
  await deleteRef(repo.folder, head);
  const at = state.clock.now();
  pull.timeline.push({ at, actor: actor.account, kind: 'branch-deleted', ref: pull.head.ref });
  await afterRefUpdates(state, repo, actor, [{ ref: head, before: pull.head.sha, after: null }], pull);
};

/** Merges for real and returns the commit; 405 where it can not be merged, 409 where the head has moved. */
export const mergePull = (state: HubState, pull: Pull, actor: Actor, wish: MergeWish): Promise<string> =>
  exclusively(pull.repo, async () => {
    requirePermission(pull.repo, actor, 'write');
    const { repo } = pull;
    requireReady(pull, wish.sha);
    if (!repo.mergeMethods[wish.method])
      throw new HubError(405, `${methodNames[wish.method]} are not allowed on this repository.`);
    requireNoQueue(pull);
    requireAllowed(pull, actor, wish.method);
    const ref = `refs/heads/${pull.base.ref}`;
    const base = await resolve(repo.folder, ref);
    if (base === null) throw notMergeable();
    const commit = await makeCommit(state, pull, actor, base, wish);
    if (!(await setRef(repo.folder, ref, commit, base)))
      throw new HubError(409, 'Base branch was modified. Review and try the merge again.');
    closePull(state, pull, actor, commit);
    await afterRefUpdates(state, repo, actor, [{ ref, before: base, after: commit }], pull);
    await deleteMergedHead(state, pull, actor);
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
