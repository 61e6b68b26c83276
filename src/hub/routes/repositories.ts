import { permissionOf } from '../access.ts';
import { HubError } from '../errors.ts';
import { commitsOf, diffFiles, mergeBase, refs, resolve } from '../git/read.ts';
import { accountJson } from '../shape/account.ts';
import { activityJson } from '../shape/activity.ts';
import { commitJson, fileJson } from '../shape/commit.ts';
import { fullRepoJson, permissionFlags, repoApi, repoHtml } from '../shape/repo.ts';
import { branchRulesJson, protectionJson } from '../shape/requirements.ts';
import { type Permission, permissionLevels } from '../state.ts';
import { type Answer, type Call, commitAt, nothing, ok, page, type Route, text, userOf } from './route.ts';

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
    ...protectionJson(repo, name),
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

const repository = (call: Call): Answer => {
  const repo = call.repo();
  const have = call.identity.kind === 'nobody' ? 'read' : permissionOf(repo, call.actor().account);
  return ok(fullRepoJson(call.state, repo, have));
};

/** Newest first. Pages go by a cursor on GitHub; the first one is enough here. */
const activity = (call: Call): Answer => {
  const ref = call.query.get('ref');
  const found = call
    .repo()
    .activity.filter((one) => ref === null || one.ref === ref || one.ref === `refs/heads/${ref}`)
    .reverse();
  const size = Number(call.query.get('per_page') ?? 30);
  return ok(found.slice(0, Math.min(size, 100)).map((one) => activityJson(call.state, one)));
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
    path: `${base}/activity`,
    doc: 'repos/repos#list-repository-activities',
    who: 'anyone',
    needs: ['contents:read'],
    handle: activity,
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
    path: `${base}/rules/branches/:branch{.+}`,
    doc: 'repos/rules#get-rules-for-a-branch',
    who: 'anyone',
    needs: ['metadata:read'],
    handle: (call) => ok(branchRulesJson(call.repo(), call.param('branch'))),
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
];
