import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { findMoved, findRepo, permissionOf, requirePermission } from './access.ts';
import { HubError, notFound } from './errors.ts';
import type { RouteFault } from './faults.ts';
import { graphqlRoute } from './graphql/answer.ts';
import { actorOf, grants, type Identity, identify } from './identity.ts';
import { appRoutes } from './routes/app.ts';
import { checkRoutes } from './routes/checks.ts';
import { contentRoutes } from './routes/contents.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { gitRoutes } from './routes/git.ts';
import { issueRoutes } from './routes/issues.ts';
import { loginRoutes } from './routes/login.ts';
import { metaRoutes } from './routes/meta.ts';
import { pullRoutes } from './routes/pulls.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { type Answer, type Call, isRecord, type Route, type RouteWorld } from './routes/route.ts';
import { teamRoutes } from './routes/teams.ts';
import type { HubState, Repo } from './state.ts';

/** Every route the hub has; its README lists them with GitHub's documents. */
export const routes: readonly Route[] = [
  ...appRoutes,
  ...loginRoutes,
  ...metaRoutes,
  ...repositoryRoutes,
  ...gitRoutes,
  ...contentRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...checkRoutes,
  ...deploymentRoutes,
  ...teamRoutes,
];

/** What was asked and answered, for tests that hold answers against GitHub's description. */
export interface Exchange {
  readonly method: string;
  /** The route as GitHub writes it, parameters unnamed: `/repos/{}/{}/pulls/{}`. */
  readonly template: string;
  readonly status: number;
  readonly body: unknown;
}

export interface ApiWorld extends RouteWorld {
  readonly observe?: (exchange: Exchange) => void;
  /** Cuts the connection a request came in on. */
  readonly cut: (c: Context) => void;
}

const mount = '/api/v3';
const documents = 'https://docs.github.com/rest';

const templateOf = (path: string): string => path.replaceAll(/:\w+(\{[^}]*\})?/g, '{}');

/** 404 for what a caller may not see, 403 for what they see and may not do, as GitHub has it. */
const admit = (route: Route, identity: Identity, repo: Repo | null): void => {
  if (route.who === 'anyone' && identity.kind === 'nobody') {
    if (repo?.private) throw notFound();
    return;
  }
  if (route.who === 'app') {
    if (identity.kind !== 'app') throw new HubError(401, 'A JSON web token could not be decoded');
    return;
  }
  if (route.who === 'client') {
    if (identity.kind !== 'client') throw notFound();
    return;
  }
  if (identity.kind === 'client') throw new HubError(401, 'Bad credentials');
  if (identity.kind === 'app') {
    if (route.who === 'anyone' && repo === null) return;
    throw new HubError(403, 'Resource not accessible by integration');
  }
  const actor = actorOf(identity);
  if (identity.kind !== 'token' || identity.token.kind === 'user') {
    if (repo === null) return;
    if (permissionOf(repo, actor.account) === 'none') throw notFound();
    requirePermission(repo, actor, route.role ?? 'read');
    return;
  }
  const { token } = identity;
  if (repo !== null && !token.repoIds.has(repo.id)) throw notFound();
  if (route.needs !== undefined && !route.needs.some((need) => grants(token.permissions, need)))
    throw new HubError(403, 'Resource not accessible by integration');
};

const readBody = async (c: Context): Promise<Readonly<Record<string, unknown>>> => {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HubError(400, 'Problems parsing JSON');
  }
  // Labels may come as a bare list.
  if (Array.isArray(value)) return { labels: value };
  if (!isRecord(value)) throw new HubError(400, 'Body should be a JSON object');
  return value;
};

const repoPath = '/repos/:owner/:repo';

/** The same route by the repository's id, where GitHub sends those who use an old name. */
const pathsOf = ({ path }: Route): readonly string[] =>
  path.startsWith(repoPath) ? [path, `/repositories/:repository${path.slice(repoPath.length)}`] : [path];

/** What the address names; `moved` for a repository that has another name by now. */
const repoAt = (state: HubState, c: Context): { readonly repo: Repo | null; readonly moved: boolean } => {
  const id = c.req.param('repository');
  if (id !== undefined) return { repo: state.repos.get(Number(id)) ?? null, moved: false };
  const [owner, name] = [c.req.param('owner') ?? '', c.req.param('repo') ?? ''];
  const repo = findRepo(state, owner, name);
  return repo === null ? { repo: findMoved(state, owner, name), moved: true } : { repo, moved: false };
};

/** https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
const redirect = (state: HubState, repo: Repo, c: Context): Answer => {
  const { pathname, search } = new URL(c.req.url);
  const rest = pathname.slice(mount.length).split('/').slice(4);
  const url = `${[`${state.url}${mount}/repositories/${repo.id}`, ...rest].join('/')}${search}`;
  const isRead = c.req.method === 'GET';
  return {
    status: isRead ? 301 : 307,
    body: {
      message: isRead ? 'Moved Permanently' : 'Temporary Redirect',
      url,
      documentation_url: `${documents}/guides/best-practices-for-using-the-rest-api#follow-redirects`,
    },
    headers: { location: url },
  };
};

const whoOf = (identity: Identity): string =>
  identity.kind === 'token'
    ? identity.text
    : identity.kind === 'app' || identity.kind === 'client'
      ? `app ${identity.app.id}`
      : 'nobody';

const serve = async (world: ApiWorld, route: Route, c: Context): Promise<Answer> => {
  const { state } = world;
  const identity = identify(state, c.req.header('authorization') ?? null);
  if (route.path !== '/rate_limit') world.limits.spend(whoOf(identity));
  const needsRepo = route.path.startsWith(repoPath);
  const { repo, moved } = needsRepo ? repoAt(state, c) : { repo: null, moved: false };
  if (needsRepo && repo === null) {
    if (identity.kind === 'nobody' && route.who === 'token') actorOf(identity);
    throw notFound();
  }
  admit(route, identity, repo);
  if (repo !== null && moved) return redirect(state, repo, c);
  if (route.creates) world.limits.create(whoOf(identity));
  const call: Call = {
    world,
    state,
    identity,
    actor: () => actorOf(identity),
    app: () => {
      if (identity.kind !== 'app') throw new HubError(401, 'A JSON web token could not be decoded');
      return identity.app;
    },
    repo: () => {
      if (repo === null) throw notFound();
      return repo;
    },
    param: (name) => c.req.param(name) ?? '',
    id: (name) => {
      const text = c.req.param(name) ?? '';
      if (!/^\d{1,15}$/.test(text)) throw notFound();
      return Number(text);
    },
    query: new URL(c.req.url).searchParams,
    body: route.method === 'GET' ? {} : await readBody(c),
    address: `${state.url}${new URL(c.req.url).pathname}`,
  };
  return route.handle(call);
};

const refusal = (error: HubError): Answer => ({
  status: error.status,
  body: {
    message: error.message,
    ...(error.errors.length === 0 ? {} : { errors: error.errors }),
    documentation_url: documents,
    status: String(error.status),
  },
  headers: error.headers,
});

const respond = (state: HubState, world: ApiWorld, c: Context, answer: Answer): Response => {
  let who = 'nobody';
  try {
    who = whoOf(identify(state, c.req.header('authorization') ?? null));
  } catch {
    // Bad credentials have been answered already; their limits are nobody's.
  }
  const rate = world.limits.window(who);
  const headers = new Headers({
    // GitHub's own time: whose clock is wrong can see it here.
    date: new Date(state.clock.now()).toUTCString(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': String(state.nextId()),
    'x-ratelimit-limit': String(rate.limit),
    'x-ratelimit-remaining': String(rate.remaining),
    'x-ratelimit-used': String(rate.used),
    'x-ratelimit-reset': String(rate.reset),
    'x-ratelimit-resource': 'core',
    ...answer.headers,
  });
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers });
  const text = JSON.stringify(answer.body);
  headers.set('content-type', 'application/json; charset=utf-8');
  if (c.req.method === 'GET' && answer.status === 200) {
    const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
    headers.set('etag', etag);
    headers.set('cache-control', 'private, max-age=60, s-maxage=60');
    if (c.req.header('if-none-match') === etag) {
      // What has not changed costs nothing.
      world.limits.refund(who);
      return new Response(null, { status: 304, headers });
    }
  }
  return new Response(text, { status: answer.status, headers });
};

const faultAnswer = (fault: Extract<RouteFault, { kind: 'status' }>): Answer => ({
  status: fault.status,
  body: { message: fault.message ?? `Fault ${fault.status}`, documentation_url: documents },
  headers: {
    ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
    ...fault.headers,
  },
});

const answerOf = async (world: ApiWorld, route: Route, c: Context): Promise<Answer> => {
  try {
    const answer = await serve(world, route, c);
    // The description has no redirects, and nothing but REST.
    if (answer.headers?.['location'] === undefined && route !== graphqlRoute)
      world.observe?.({
        method: route.method,
        template: templateOf(route.path),
        status: answer.status,
        body: answer.body,
      });
    return answer;
  } catch (error) {
    if (error instanceof HubError) return refusal(error);
    throw error;
  }
};

/** GitHub's REST API below `/api/v3`, what is answered of GraphQL at `/api/graphql`, and nothing else of it. */
export const createApi = (world: ApiWorld): Hono => {
  const { state } = world;
  const api = new Hono();
  for (const route of [...routes, graphqlRoute]) {
    const root = route === graphqlRoute ? '/api' : mount;
    const paths = pathsOf(route).map((path) => `${root}${path}`);
    api.on(route.method, paths, async (c) => {
      const path = new URL(c.req.url).pathname.slice(root.length);
      const fault = world.faults.takeRoute(c.req.method, path);
      if (fault?.kind === 'status') return respond(state, world, c, faultAnswer(fault));
      if (fault?.kind === 'delay') await state.clock.sleep(fault.ms);
      if (fault?.kind === 'close' && fault.when === 'before-work') world.cut(c);
      else {
        const answer = await answerOf(world, route, c);
        if (fault?.kind !== 'close') return respond(state, world, c, answer);
        world.cut(c);
      }
      // Nobody reads it: the connection is gone.
      return new Response(null, { status: 500 });
    });
  }
  api.all('/api/*', (c) => {
    world.unknownRequests.push(`${c.req.method} ${new URL(c.req.url).pathname}`);
    return respond(state, world, c, refusal(notFound()));
  });
  return api;
};
