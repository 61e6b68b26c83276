import type { components } from '@octokit/openapi-types';
import { accountOfEmail } from '../access.ts';
import type { Commit } from '../git/read.ts';
import type { HubState, PullFile, Repo } from '../state.ts';
import { accountJson, nodeId } from './account.ts';
import { repoApi, repoHtml } from './repo.ts';

type Schemas = components['schemas'];

/** Opaque like GitHub's: a commit's node id is not its sha. */
const commitNode = (sha: string): string => nodeId('C', Number.parseInt(sha.slice(0, 12), 16));

const unsigned = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

const accountOf = (state: HubState, email: string): Schemas['simple-user'] | null => {
  const account = accountOfEmail(state, email);
  return account === null ? null : accountJson(state, account);
};

export const commitJson = (state: HubState, repo: Repo, commit: Commit): Schemas['commit'] => {
  const api = repoApi(state, repo);
  const html = repoHtml(state, repo);
  const url = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: commitNode(commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: unsigned,
    },
    url,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: accountOf(state, commit.author.email),
    committer: accountOf(state, commit.committer.email),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
};

export const simpleCommitJson = (commit: Commit): Schemas['simple-commit'] => ({
  id: commit.sha,
  tree_id: commit.tree,
  message: commit.message,
  timestamp: commit.committer.date,
  author: { name: commit.author.name, email: commit.author.email },
  committer: { name: commit.committer.name, email: commit.committer.email },
});

/** A commit of a `push`; the file names come from git. */
export const pushCommitJson = (state: HubState, repo: Repo, commit: Commit, files: readonly PullFile[]) => {
  const person = (who: { readonly name: string; readonly email: string }) => {
    const account = accountOfEmail(state, who.email);
    return {
      name: who.name,
      email: who.email,
      ...(account === null ? {} : { username: account.login }),
    };
  };
  const removed = files.flatMap((file) =>
    file.status === 'removed' ? [file.path] : file.previousPath === null ? [] : [file.previousPath],
  );
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repoHtml(state, repo)}/commit/${commit.sha}`,
    author: { ...person(commit.author), date: commit.author.date },
    committer: { ...person(commit.committer), date: commit.committer.date },
    added: files.filter(({ status }) => status === 'added' || status === 'renamed').map(({ path }) => path),
    removed,
    modified: files.filter(({ status }) => status === 'modified').map(({ path }) => path),
  };
};

export const fileJson = (state: HubState, repo: Repo, sha: string, file: PullFile): Schemas['diff-entry'] => {
  const html = repoHtml(state, repo);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${repoApi(state, repo)}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
};
