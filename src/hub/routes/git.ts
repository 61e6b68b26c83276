import type { components } from '@octokit/openapi-types';
import { requirePermission, signatureOf } from '../access.ts';
import { HubError, notFound } from '../errors.ts';
import { type Commit, commitOf, hasTree, isAncestor, resolve } from '../git/read.ts';
import { commitTree, setRef } from '../git/write.ts';
import { createBranch, deleteBranch } from '../pushes.ts';
import { nodeId } from '../shape/account.ts';
import { commitJson } from '../shape/commit.ts';
import { repoApi } from '../shape/repo.ts';
import { type Answer, type Call, created, list, nothing, ok, type Route, requiredText } from './route.ts';

const fullSha = /^[0-9a-f]{40}$/;

const gitCommitJson = (call: Call, commit: Commit): components['schemas']['git-commit'] => {
  const { sha, node_id, html_url, parents, commit: inner } = commitJson(call.state, call.repo(), commit);
  return {
    sha,
    node_id,
    url: inner.url,
    html_url,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: inner.tree,
    parents: parents.map((parent) => ({ ...parent, html_url: parent.html_url ?? '' })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
};

const refJson = (call: Call, ref: string, sha: string) => {
  const api = repoApi(call.state, call.repo());
  return {
    ref,
    node_id: nodeId('REF', call.repo().id),
    url: `${api}/git/${ref}`,
    object: { sha, type: 'commit', url: `${api}/git/commits/${sha}` },
  };
};

const existing = async (call: Call, sha: string): Promise<Commit> => {
  const commit = fullSha.test(sha) ? await commitOf(call.repo().folder, sha) : null;
  if (commit === null) throw notFound();
  return commit;
};

const readCommit = async (call: Call): Promise<Answer> =>
  ok(gitCommitJson(call, await existing(call, call.param('sha'))));

/** An object that no branch holds yet. */
const makeCommit = async (call: Call): Promise<Answer> => {
  const { state, body } = call;
  const { folder } = call.repo();
  const message = requiredText(body, 'message');
  const tree = requiredText(body, 'tree');
  const parents = (list(body, 'parents') ?? []).map(String);
  if (!fullSha.test(tree) || !(await hasTree(folder, tree)))
    throw new HubError(422, 'Tree SHA does not exist');
  for (const parent of parents)
    if (!fullSha.test(parent) || (await commitOf(folder, parent)) === null)
      throw new HubError(422, 'Parent SHA does not exist or is not a commit object');
  const author = signatureOf(state, call.actor().account);
  const sha = await commitTree(folder, { tree, parents, message, author, committer: author });
  return created(gitCommitJson(call, await existing(call, sha)));
};

const makeRef = async (call: Call): Promise<Answer> => {
  const ref = requiredText(call.body, 'ref');
  const sha = requiredText(call.body, 'sha');
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  // Tags are nobody's wish here.
  if (branch === undefined && !ref.startsWith('refs/tidegate/'))
    throw new HubError(422, `${ref} is not a valid ref name.`);
  if (!fullSha.test(sha) || (await commitOf(call.repo().folder, sha)) === null)
    throw new HubError(422, 'Object does not exist');
  if (branch !== undefined) await createBranch(call.state, call.repo(), call.actor(), branch, sha);
  else if (!(await setRef(call.repo().folder, ref, sha, null)))
    throw new HubError(422, 'Reference already exists');
  return created(refJson(call, ref, sha));
};

/** Branches are moved by pushes here. */
const moveRef = async (call: Call): Promise<Answer> => {
  const ref = `refs/${call.param('ref')}`;
  const sha = requiredText(call.body, 'sha');
  const { folder } = call.repo();
  if (!ref.startsWith('refs/tidegate/')) throw new HubError(422, 'Reference cannot be updated');
  const before = await resolve(folder, ref);
  if (before === null) throw new HubError(422, 'Reference does not exist');
  if (!fullSha.test(sha) || (await commitOf(folder, sha)) === null)
    throw new HubError(422, 'Object does not exist');
  if (call.body['force'] !== true && !(await isAncestor(folder, before, sha)))
    throw new HubError(422, 'Update is not a fast forward');
  await setRef(folder, ref, sha);
  return ok(refJson(call, ref, sha));
};

const readRef = async (call: Call): Promise<Answer> => {
  const ref = `refs/${call.param('ref')}`;
  const sha = await resolve(call.repo().folder, ref);
  if (sha === null) throw notFound();
  return ok(refJson(call, ref, sha));
};

const deleteRef = async (call: Call): Promise<Answer> => {
  const branch = /^heads\/(.+)$/.exec(call.param('ref'))?.[1];
  if (branch === undefined) throw new HubError(422, 'Reference does not exist');
  requirePermission(call.repo(), call.actor(), 'write');
  await deleteBranch(call.state, call.repo(), call.actor(), branch);
  return nothing;
};

const base = '/repos/:owner/:repo/git';
const write = { who: 'token', needs: ['contents:write'], role: 'write' } as const;

/** https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-your-git-database */
export const gitRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${base}/commits/:sha`,
    doc: 'git/commits#get-a-commit-object',
    who: 'anyone',
    needs: ['contents:read'],
    handle: readCommit,
  },
  {
    method: 'POST',
    path: `${base}/commits`,
    doc: 'git/commits#create-a-commit',
    ...write,
    creates: true,
    handle: makeCommit,
  },
  {
    method: 'GET',
    path: `${base}/ref/:ref{.+}`,
    doc: 'git/refs#get-a-reference',
    who: 'anyone',
    needs: ['contents:read'],
    handle: readRef,
  },
  {
    method: 'POST',
    path: `${base}/refs`,
    doc: 'git/refs#create-a-reference',
    ...write,
    creates: true,
    handle: makeRef,
  },
  {
    method: 'PATCH',
    path: `${base}/refs/:ref{.+}`,
    doc: 'git/refs#update-a-reference',
    ...write,
    handle: moveRef,
  },
  {
    method: 'DELETE',
    path: `${base}/refs/:ref{.+}`,
    doc: 'git/refs#delete-a-reference',
    ...write,
    handle: deleteRef,
  },
];
