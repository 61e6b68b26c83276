import { HubError, notFound } from '../errors.ts';
import { blobBase64, listTree, resolve, type TreeItem } from '../git/read.ts';
import { pushFiles } from '../pushes.ts';
import { commitJson } from '../shape/commit.ts';
import { repoApi, repoHtml } from '../shape/repo.ts';
import type { Repo } from '../state.ts';
import { type Answer, type Call, commitAt, created, ok, type Route, requiredText, text } from './route.ts';

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

const base = '/repos/:owner/:repo';

export const contentRoutes: readonly Route[] = [
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
