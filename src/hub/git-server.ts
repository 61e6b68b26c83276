import { type Context, Hono } from 'hono';
import { atLeast, exclusively, findMoved, findRepo, permissionOf } from './access.ts';
import { HubError } from './errors.ts';
import { createGitHttp } from './git/http.ts';
import { refs } from './git/read.ts';
import { actorOf, grants, type Identity, identify } from './identity.ts';
import { afterRefUpdates, type RefUpdate } from './pushes.ts';
import { repoHtml } from './shape/repo.ts';
import type { HubState, Repo } from './state.ts';

/** May this identity read, or write, the repository over git? */
const allowed = (repo: Repo, identity: Identity, need: 'read' | 'write'): boolean => {
  if (identity.kind === 'nobody') return need === 'read' && !repo.private;
  if (identity.kind !== 'token') return false;
  const { token } = identity;
  if (token.kind === 'installation')
    return token.repoIds.has(repo.id) && grants(token.permissions, `contents:${need}`);
  return atLeast(permissionOf(repo, token.account), need);
};

const refuse = (identity: Identity, need: 'read' | 'write'): Response => {
  if (identity.kind === 'nobody')
    return new Response('Authentication required\n', {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="GitHub"' },
    });
  return need === 'read'
    ? new Response('Repository not found.\n', { status: 404 })
    : new Response('Permission denied.\n', { status: 403 });
};

const changes = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RefUpdate[] => {
  const names = [...new Set([...before.keys(), ...after.keys()])].filter(
    (ref) => !ref.startsWith('refs/pull/'),
  );
  return names
    .map((ref) => ({ ref, before: before.get(ref) ?? null, after: after.get(ref) ?? null }))
    .filter((update) => update.before !== update.after);
};

/** Smart HTTP at `/OWNER/NAME.git/…`, by git's own `http-backend`; a push has the same consequences as any other. */
export const createGitServer = (state: HubState): Hono => {
  const app = new Hono();
  const gitHttp = createGitHttp();
  const serve = async (c: Context): Promise<Response> => {
    const url = new URL(c.req.url);
    const [, owner = '', name = '', path = ''] = /^\/([^/]+)\/([^/]+)\.git(\/.*)$/.exec(url.pathname) ?? [];
    const service = path === '/info/refs' ? (url.searchParams.get('service') ?? '') : path.slice(1);
    // The dumb protocol would hand out files by name; GitHub does not have it either.
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack')
      return new Response('Not found\n', { status: 404 });
    const need = service === 'git-receive-pack' ? 'write' : 'read';
    let identity: Identity;
    try {
      identity = identify(state, c.req.header('authorization') ?? null);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return new Response('Invalid credentials\n', {
        status: 401,
        headers: { 'www-authenticate': 'Basic realm="GitHub"' },
      });
    }
    const [login, short] = [decodeURIComponent(owner), decodeURIComponent(name)];
    const moved = findMoved(state, login, short);
    const repo = moved ?? findRepo(state, login, short);
    if (repo === null || !allowed(repo, identity, need)) return refuse(identity, need);
    if (moved !== null) {
      const location = `${repoHtml(state, moved)}.git${path}${url.search}`;
      return new Response(null, { status: 301, headers: { location } });
    }
    const ask = {
      method: c.req.method,
      path,
      query: url.search.slice(1),
      headers: c.req.raw.headers,
      body: c.req.method === 'POST' ? c.req.raw.body : null,
      user: identity.kind === 'nobody' ? 'anonymous' : actorOf(identity).account.login,
    };
    if (c.req.method !== 'POST' || need === 'read') return gitHttp(repo.folder, ask);
    return exclusively(repo, async () => {
      const before = await refs(repo.folder, 'refs/');
      const answer = await gitHttp(repo.folder, ask);
      // Read to its end: only then has git moved the refs.
      const bytes = await answer.arrayBuffer();
      const after = await refs(repo.folder, 'refs/');
      await afterRefUpdates(state, repo, actorOf(identity), changes(before, after));
      return new Response(bytes, answer);
    });
  };
  app.on(['GET', 'POST'], '/:owner/:name{.+\\.git}/*', serve);
  return app;
};
