import { permissionOf } from '../access.ts';
import { HubError, notFound } from '../errors.ts';
import {
  blobBase64,
  commitsOf,
  diffFiles,
  listTree,
  mergeBase,
  refs,
  resolve,
  type TreeItem,
} from '../git/read.ts';
import { pushFiles } from '../pushes.ts';
import { accountJson, nodeId } from '../shape/account.ts';
import { commitJson, fileJson } from '../shape/commit.ts';
import { fullRepoJson, permissionFlags, repoApi, repoHtml } from '../shape/repo.ts';
import { type Permission, permissionLevels, type Repo } from '../state.ts';
import {
  type Answer,
  type Call,
  commitAt,
  created,
  nothing,
  ok,
  page,
  type Route,
  requiredText,
  text,
  userOf,
} from './route.ts';

/** The four words of old, and the role's own name beside them. */
const legacy = (permission: Permission): string =>
  permission === 'maintain' ? 'write' : permission === 'triage' ? 'read' : permission;

const collaboratorJson = (call: Call, login: string) => {
  const account = userOf({ ...call, param: () => login }, 'user');
  const permission = permissionOf(call.repo(), account);
  return {
    ...accountJson(call.state, account),
    permissions: permissionFlags(permission),
    role_name: permission,
  };
};

const collaborators = (call: Call): Answer => {
  const repo = call.repo();
  const members = [...call.state.accounts.values()].filter(
    (account) =>
      account === repo.owner || repo.owner.owners.has(account.id) || repo.collaborators.has(account.id),
  );
  const people = members.filter((account) => account.type !== 'Organization');
  return page(call, people, (account) => collaboratorJson(call, account.login));
};

const addCollaborator = (call: Call): Answer => {
  const words: Readonly<Record<string, Permission>> = { pull: 'read', push: 'write' };
  const wish = text(call.body, 'permission') ?? 'push';
  const permission = words[wish] ?? permissionLevels.find((one) => one === wish && one !== 'none');
  if (permission === undefined) throw new HubError(422, 'Validation Failed');
  call.repo().collaborators.set(userOf(call, 'user').id, permission);
  return nothing;
};

const permission = (call: Call): Answer => {
  const have = permissionOf(call.repo(), userOf(call, 'user'));
  return ok({
    permission: legacy(have),
    role_name: have,
    user: collaboratorJson(call, call.param('user')),
  });
};

const branch = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const name = call.param('branch');
  const sha = await resolve(repo.folder, `refs/heads/${name}`);
  if (sha === null) throw new HubError(404, 'Branch not found');
  const self = `${repoApi(call.state, repo)}/branches/${encodeURIComponent(name)}`;
  return ok({
    name,
    commit: commitJson(call.state, repo, await commitAt(call, sha)),
    _links: { self, html: `${repoHtml(call.state, repo)}/tree/${name}` },
    protected: false,
    protection: {
      enabled: false,
      required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
    },
    protection_url: `${self}/protection`,
  });
};

const branches = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const found = [...(await refs(repo.folder))];
  return page(call, found, ([ref, sha]) => ({
    name: ref.replace('refs/heads/', ''),
    commit: { sha, url: `${repoApi(call.state, repo)}/commits/${sha}` },
    protected: false,
  }));
};

const gitRef = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const ref = `refs/${call.param('ref')}`;
  const sha = await resolve(repo.folder, ref);
  if (sha === null) throw notFound();
  const api = repoApi(call.state, repo);
  return ok({
    ref,
    node_id: nodeId('REF', repo.id),
    url: `${api}/git/${ref}`,
    object: { sha, type: 'commit', url: `${api}/git/commits/${sha}` },
  });
};

const commit = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const found = await commitAt(call, call.param('ref'));
  const [parent] = found.parents;
  const files =
    parent === undefined ? [] : await diffFiles(repo.folder, parent, found.sha, { patches: true });
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return ok({
    ...commitJson(call.state, repo, found),
    stats: { total: additions + deletions, additions, deletions },
    files: files.map((file) => fileJson(call.state, repo, found.sha, file)),
  });
};

const compare = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const [base = '', head = ''] = call.param('basehead').split('...');
  const [one, other] = [await commitAt(call, base), await commitAt(call, head)];
  const start = await mergeBase(repo.folder, one.sha, other.sha);
  if (start === null) throw new HubError(404, `No common ancestor between ${base} and ${head}.`);
  const [ahead, behind, files] = await Promise.all([
    commitsOf(repo.folder, [`${start}..${other.sha}`]),
    commitsOf(repo.folder, [`${start}..${one.sha}`]),
    diffFiles(repo.folder, start, other.sha, { patches: true }),
  ]);
  const html = `${repoHtml(call.state, repo)}/compare/${base}...${head}`;
  const status =
    ahead.length > 0
      ? behind.length > 0
        ? 'diverged'
        : 'ahead'
      : behind.length > 0
        ? 'behind'
        : 'identical';
  return page(
    call,
    ahead,
    (item) => commitJson(call.state, repo, item),
    (commits) => ({
      url: `${repoApi(call.state, repo)}/compare/${base}...${head}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitJson(call.state, repo, one),
      merge_base_commit: commitJson(call.state, repo, start === one.sha ? one : { ...one, sha: start }),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits,
      files: files.slice(0, 300).map((file) => fileJson(call.state, repo, other.sha, file)),
    }),
  );
};

const entryJson = (call: Call, repo: Repo, ref: string, item: TreeItem) => {
  const api = repoApi(call.state, repo);
  const html = repoHtml(call.state, repo);
  const path = item.path.split('/').map(encodeURIComponent).join('/');
  const kind = item.kind === 'tree' ? 'dir' : item.kind === 'commit' ? 'submodule' : 'file';
  const type = item.mode === '120000' ? 'symlink' : kind;
  const url = `${api}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = `${api}/git/${item.kind}s/${item.id}`;
  const page_ = `${html}/${item.kind}/${ref}/${path}`;
  return {
    type,
    name: item.path.split('/').at(-1) ?? item.path,
    path: item.path,
    sha: item.id,
    size: item.size ?? 0,
    url,
    html_url: page_,
    git_url: gitUrl,
    download_url: type === 'file' ? `${html}/raw/${ref}/${path}` : null,
    _links: { self: url, git: gitUrl, html: page_ },
  };
};

const cleanPath = (call: Call): string => call.param('path').replace(/^\/+|\/+$/g, '');

const contents = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const ref = call.query.get('ref') ?? repo.defaultBranch;
  const sha = await resolve(repo.folder, ref.replace(/^(heads|tags)\//, 'refs/$1/'));
  if (sha === null) throw new HubError(404, `No commit found for the ref ${ref}`);
  const path = cleanPath(call);
  const found = path === '' ? [] : await listTree(repo.folder, sha, path);
  const [item] = found;
  if (path !== '' && item === undefined) throw notFound();
  if (item === undefined || item.kind === 'tree') {
    const inside = await listTree(repo.folder, sha, path === '' ? '' : `${path}/`);
    return ok(inside.map((one) => entryJson(call, repo, ref, one)));
  }
  const base64 = await blobBase64(repo.folder, item.id);
  const content = base64.replace(/.{60}/g, '$&\n');
  return ok({ ...entryJson(call, repo, ref, item), encoding: 'base64', content: `${content}\n` });
};

const putContents = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const { state } = call;
  const path = cleanPath(call);
  if (path === '' || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part)))
    throw new HubError(422, 'path contains a malformed path component');
  const branchName = text(call.body, 'branch') ?? repo.defaultBranch;
  const tip = await resolve(repo.folder, `refs/heads/${branchName}`);
  if (tip === null) throw new HubError(404, `Branch ${branchName} not found`);
  const [before] = await listTree(repo.folder, tip, path);
  const expected = text(call.body, 'sha');
  if (before !== undefined && expected === undefined)
    throw new HubError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (before?.id !== expected) throw new HubError(409, `${path} does not match ${expected}`);
  const sha = await pushFiles(state, repo, call.actor(), {
    branch: branchName,
    files: { [path]: Buffer.from(requiredText(call.body, 'content'), 'base64') },
    message: requiredText(call.body, 'message'),
    tip,
  });
  const done = await commitAt(call, sha);
  const [item] = await listTree(repo.folder, sha, path);
  if (item === undefined) throw new Error(`${path} is missing in the commit that wrote it`);
  const described = commitJson(state, repo, done);
  const body = {
    content: entryJson(call, repo, branchName, item),
    commit: {
      sha,
      node_id: described.node_id,
      url: described.commit.url,
      html_url: described.html_url,
      author: done.author,
      committer: done.committer,
      message: done.message,
      tree: described.commit.tree,
      parents: described.parents,
      verification: described.commit.verification,
    },
  };
  return before === undefined ? created(body) : ok(body);
};

const repository = (call: Call): Answer => {
  const repo = call.repo();
  const have = call.identity.kind === 'nobody' ? 'read' : permissionOf(repo, call.actor().account);
  return ok(fullRepoJson(call.state, repo, have));
};

const base = '/repos/:owner/:repo';

export const repositoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: base,
    doc: 'repos/repos#get-a-repository',
    who: 'anyone',
    needs: ['metadata:read'],
    handle: repository,
  },
  {
    method: 'GET',
    path: `${base}/collaborators`,
    doc: 'collaborators/collaborators#list-repository-collaborators',
    who: 'token',
    needs: ['metadata:read'],
    role: 'write',
    handle: collaborators,
  },
  {
    method: 'PUT',
    path: `${base}/collaborators/:user`,
    doc: 'collaborators/collaborators#add-a-repository-collaborator',
    who: 'token',
    needs: ['administration:write'],
    role: 'admin',
    handle: addCollaborator,
  },
  {
    method: 'GET',
    path: `${base}/collaborators/:user/permission`,
    doc: 'collaborators/collaborators#get-repository-permissions-for-a-user',
    who: 'token',
    needs: ['metadata:read'],
    handle: permission,
  },
  {
    method: 'GET',
    path: `${base}/branches`,
    doc: 'branches/branches#list-branches',
    who: 'anyone',
    needs: ['contents:read'],
    handle: branches,
  },
  {
    method: 'GET',
    path: `${base}/branches/:branch{.+}`,
    doc: 'branches/branches#get-a-branch',
    who: 'anyone',
    needs: ['contents:read'],
    handle: branch,
  },
  {
    method: 'GET',
    path: `${base}/git/ref/:ref{.+}`,
    doc: 'git/refs#get-a-reference',
    who: 'anyone',
    needs: ['contents:read'],
    handle: gitRef,
  },
  {
    method: 'GET',
    path: `${base}/commits/:ref`,
    doc: 'commits/commits#get-a-commit',
    who: 'anyone',
    needs: ['contents:read'],
    handle: commit,
  },
  {
    method: 'GET',
    path: `${base}/compare/:basehead{.+}`,
    doc: 'commits/commits#compare-two-commits',
    who: 'anyone',
    needs: ['contents:read'],
    handle: compare,
  },
  {
    method: 'GET',
    path: `${base}/contents`,
    doc: 'repos/contents#get-repository-content',
    who: 'anyone',
    needs: ['contents:read'],
    handle: contents,
  },
  {
    method: 'GET',
    path: `${base}/contents/:path{.+}`,
    doc: 'repos/contents#get-repository-content',
    who: 'anyone',
    needs: ['contents:read'],
    handle: contents,
  },
  {
    method: 'PUT',
    path: `${base}/contents/:path{.+}`,
    doc: 'repos/contents#create-or-update-file-contents',
    who: 'token',
    needs: ['contents:write'],
    role: 'write',
    creates: true,
    handle: putContents,
  },
];
