import { readFileSync } from 'node:fs';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { findRepo } from '../access.ts';
import { HubError, notFound } from '../errors.ts';
import { pullFiles } from '../facts.ts';
import { authorize, readAuthorization, redeem } from '../login.ts';
import { isRecord } from '../routes/route.ts';
import type { Conversation, HubState, Issue, Pull, Repo } from '../state.ts';
import { actions, type Fields, sentenceOf } from './actions.ts';
import { saidOfFiles } from './annotations.ts';
import { filePage } from './file-page.ts';
import { filesView } from './files.ts';
import { type Html, markup } from './html.ts';
import { actOnIssue, issuePage, liveIssue } from './issue-page.ts';
import { conversationPath, formFields, layout, pullPath, repoPath } from './layout.ts';
import { buttonForms, issueList, mayRead, pullList, repoList } from './lists.ts';
import { createMarkdown } from './markdown.ts';
import { newPullForm, openFromForm } from './new-pull.ts';
import { type Draft, livePart, markdownContext, noDraft, pullHeading, pullPage } from './pull-page.ts';
import { createSessions, type Visitor } from './session.ts';
import type { Render } from './thread.ts';

export interface PagesOptions {
  /** Made anew at each start; the first visit brings it as `?token=`. */
  readonly token: string;
}

const security: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // `no-referrer` would turn the Origin of our own forms into `null`.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const asset = (name: string): string => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');

const textFields = (form: Readonly<Record<string, unknown>>): Fields =>
  Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );

/**
 * The hub's pages: lists, threads, files, and a form for everything a person does on a pull request. The forms call
 * the same functions as the REST routes. Every page wants the start token's cookie, every form a token of its own.
 */
export const createPages = (state: HubState, { token }: PagesOptions): Hono => {
  const app = new Hono();
  const sessions = createSessions(state, token);
  const markdown = createMarkdown();
  const style = asset('style.css');
  const script = asset('live.js');

  const renderFor = (on: Conversation): Render => {
    const context = markdownContext(state, on);
    return (text) => markdown(text, context);
  };

  const repoOf = (c: Context, visitor: Visitor): Repo => {
    const repo = findRepo(state, c.req.param('owner') ?? '', c.req.param('repo') ?? '');
    if (repo === null || !mayRead(repo, visitor.actor.account)) throw notFound();
    return repo;
  };
  const found = <T>(c: Context, among: ReadonlyMap<number, T>): T => {
    const number = c.req.param('number') ?? '';
    const one = /^\d{1,9}$/.test(number) ? among.get(Number(number)) : undefined;
    if (one === undefined) throw notFound();
    return one;
  };
  const pullOf = (c: Context, visitor: Visitor): Pull => found(c, repoOf(c, visitor).pulls);
  const issueOf = (c: Context, visitor: Visitor): Issue => found(c, repoOf(c, visitor).issues);

  const secure = (c: Context): void => {
    for (const [name, value] of Object.entries(security)) c.header(name, value);
  };
  const trailOf = (repo: Repo | null): { readonly words: string; readonly path: string }[] =>
    repo === null ? [] : [{ words: `${repo.owner.login}/${repo.name}`, path: repoPath(repo) }];

  const show = (
    visitor: Visitor,
    page: { title: string; repo: Repo | null; path: string; body: Html; problem?: string; status?: number },
  ): Response => {
    const { title, repo, path, body, problem = null, status = 200 } = page;
    const text = layout({ title, visitor, repo, trail: trailOf(repo), path, problem, body });
    return new Response(text, {
      status,
      headers: { ...security, 'content-type': 'text/html; charset=utf-8' },
    });
  };

  const showPull = (visitor: Visitor, pull: Pull, draft: Draft, problem?: HubError): Response =>
    show(visitor, {
      title: `${pull.title} #${pull.number}`,
      repo: pull.repo,
      path: pullPath(pull),
      body: pullPage(state, pull, visitor, renderFor(pull), draft),
      ...(problem === undefined ? {} : { problem: sentenceOf(problem), status: problem.status }),
    });

  const showIssue = (visitor: Visitor, issue: Issue, draft: Draft, problem?: HubError): Response =>
    show(visitor, {
      title: `${issue.title} #${issue.number}`,
      repo: issue.repo,
      path: conversationPath(issue),
      body: issuePage(state, issue, visitor, renderFor(issue), draft),
      ...(problem === undefined ? {} : { problem: sentenceOf(problem), status: problem.status }),
    });

  /** Lets a visitor in, or not, and turns refusals into pages. */
  const page =
    (handle: (c: Context, visitor: Visitor) => Response | Promise<Response>) =>
    async (c: Context): Promise<Response> => {
      secure(c);
      const visitor = sessions.enter(c);
      if (visitor instanceof Response) return visitor;
      try {
        return await handle(c, visitor);
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        const body = markup`<p class="empty"><a href="/">To the list of repositories</a></p>`;
        const title = error.status === 404 ? 'There is no such page' : sentenceOf(error);
        return show(visitor, { title, repo: null, path: '/', body, problem: title, status: error.status });
      }
    };

  /** What a form brings, done as whom its page showed: the browser goes on as that person. */
  const formOf = async (c: Context, entered: Visitor): Promise<{ fields: Fields; visitor: Visitor }> => {
    const fields = textFields(await c.req.parseBody());
    sessions.checkForm(c, fields['csrf']);
    const visitor = sessions.shownAs(entered, fields['as']);
    if (visitor !== entered) sessions.actAs(c, visitor.actor.account.login);
    return { fields, visitor };
  };

  app.get('/pages/style.css', (c) => {
    secure(c);
    return c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' });
  });
  app.get('/pages/live.js', (c) => {
    secure(c);
    return c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' });
  });

  // https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
  app.get(
    '/login/oauth/authorize',
    page((c, visitor) => {
      const wish = readAuthorization(state, new URL(c.req.url).searchParams);
      const body = markup`<h1>Authorize ${wish.app.name}</h1>
<p>${wish.app.name} would see what ${visitor.actor.account.login} sees, of what it is installed on.</p>
<form method="post" action="/login/oauth/authorize?${new URL(c.req.url).searchParams.toString()}">${formFields(visitor)}<button>Authorize</button></form>`;
      const answer = show(visitor, { title: `Authorize ${wish.app.name}`, repo: null, path: '/', body });
      // A browser asks the policy about where a form leads in the end, too.
      const allowed = `form-action 'self' ${wish.callback === null ? '' : new URL(wish.callback).origin}`;
      const policy = security['content-security-policy']?.replace("form-action 'self'", allowed.trim());
      answer.headers.set('content-security-policy', policy ?? "default-src 'none'");
      return answer;
    }),
  );
  app.post(
    '/login/oauth/authorize',
    bodyLimit({ maxSize: 10_000 }),
    page(async (c, entered) => {
      const { visitor } = await formOf(c, entered);
      const wish = readAuthorization(state, new URL(c.req.url).searchParams);
      return c.redirect(authorize(state, visitor.actor.account, wish), 303);
    }),
  );
  app.post('/login/oauth/access_token', bodyLimit({ maxSize: 10_000 }), async (c) => {
    const isJson = (c.req.header('content-type') ?? '').includes('json');
    const form: unknown = isJson ? await c.req.json() : await c.req.parseBody();
    return c.json(redeem(state, isRecord(form) ? form : {}));
  });

  app.get(
    '/',
    page((_, visitor) =>
      show(visitor, {
        title: 'Repositories',
        repo: null,
        path: '/',
        body: markup`<h1>Repositories</h1>${repoList(state, visitor.actor.account)}`,
      }),
    ),
  );

  const showList = async (
    visitor: Visitor,
    repo: Repo,
    typed?: Fields,
    problem?: HubError,
  ): Promise<Response> =>
    show(visitor, {
      title: `Pull requests of ${repo.name}`,
      repo,
      path: repoPath(repo),
      body: markup`<h1>Pull requests</h1><section class="card">${pullList(repo)}${issueList(repo)}</section>${buttonForms(repo, visitor)}${await newPullForm(repo, visitor, typed)}`,
      ...(problem === undefined ? {} : { problem: sentenceOf(problem), status: problem.status }),
    });
  const list = page((c, visitor) => showList(visitor, repoOf(c, visitor)));
  app.get('/:owner/:repo', list);
  app.get('/:owner/:repo/pulls', list);

  app.get(
    '/:owner/:repo/pull/:number',
    page((c, visitor) => {
      const { issues } = repoOf(c, visitor);
      const issue = issues.get(Number(c.req.param('number')));
      return issue === undefined
        ? showPull(visitor, pullOf(c, visitor), noDraft)
        : c.redirect(conversationPath(issue), 302);
    }),
  );
  app.get(
    '/:owner/:repo/issues/:number',
    page((c, visitor) => showIssue(visitor, issueOf(c, visitor), noDraft)),
  );

  app.get(
    '/:owner/:repo/pull/:number/files',
    page(async (c, visitor) => {
      const pull = pullOf(c, visitor);
      return show(visitor, {
        title: `Files of ${pull.title} #${pull.number}`,
        repo: pull.repo,
        path: `${pullPath(pull)}/files`,
        body: markup`${pullHeading(pull, 'files')}${filesView(await pullFiles(pull), saidOfFiles(pull))}`,
      });
    }),
  );

  app.get(
    '/:owner/:repo/blob/:commit/:path{.+}',
    page(async (c, visitor) => {
      const repo = repoOf(c, visitor);
      const [commit, file] = [c.req.param('commit') ?? '', c.req.param('path') ?? ''];
      const path = `${repoPath(repo)}/blob/${commit}/${file.split('/').map(encodeURIComponent).join('/')}`;
      return show(visitor, { title: file, repo, path, body: await filePage(repo, commit, file) });
    }),
  );

  const alive = (c: Context, { version, html }: ReturnType<typeof livePart>): Response => {
    const tag = `"${version}"`;
    if (c.req.header('if-none-match') === tag) return c.body(null, 304, { etag: tag });
    return c.body(html.html, 200, { 'content-type': 'text/html; charset=utf-8', etag: tag });
  };

  // What the script asks for again and again: nothing (304) unless the page would look different.
  app.get(
    '/:owner/:repo/pull/:number/live',
    page((c, entered) => {
      const visitor = sessions.shownAs(entered, c.req.query('as'));
      const pull = pullOf(c, visitor);
      return alive(c, livePart(state, pull, visitor, renderFor(pull)));
    }),
  );
  app.get(
    '/:owner/:repo/issues/:number/live',
    page((c, entered) => {
      const visitor = sessions.shownAs(entered, c.req.query('as'));
      const issue = issueOf(c, visitor);
      return alive(c, liveIssue(state, issue, visitor, renderFor(issue)));
    }),
  );

  app.post(
    '/session',
    bodyLimit({ maxSize: 10_000 }),
    page(async (c) => {
      const fields = textFields(await c.req.parseBody());
      sessions.checkForm(c, fields['csrf']);
      sessions.actAs(c, fields['login'] ?? '');
      const back = fields['back'] ?? '/';
      // One slash: `//host` would lead to another site.
      return c.redirect(/^\/(?![/\\])[\x21-\x7e]*$/.test(back) ? back : '/', 303);
    }),
  );

  app.post(
    '/:owner/:repo/buttons/:number',
    bodyLimit({ maxSize: 10_000 }),
    page(async (c, entered) => {
      const { visitor } = await formOf(c, entered);
      const repo = repoOf(c, visitor);
      await found(c, new Map(repo.buttons.entries())).press();
      return c.redirect(repoPath(repo), 303);
    }),
  );

  app.post(
    '/:owner/:repo/pulls',
    bodyLimit({ maxSize: 10_000 }),
    page(async (c, entered) => {
      const { fields, visitor } = await formOf(c, entered);
      const repo = repoOf(c, visitor);
      try {
        return c.redirect(pullPath(await openFromForm(state, repo, visitor, fields)), 303);
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        return showList(visitor, repo, fields, error);
      }
    }),
  );

  app.post(
    '/:owner/:repo/pull/:number/:action',
    bodyLimit({ maxSize: 1_000_000 }),
    page(async (c, entered) => {
      const act = actions.get(c.req.param('action') ?? '');
      if (act === undefined) throw notFound();
      const { fields, visitor } = await formOf(c, entered);
      const pull = pullOf(c, visitor);
      try {
        const anchor = await act(state, pull, visitor, fields);
        return c.redirect(`${pullPath(pull)}#${anchor}`, 303);
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        const typed = fields['body'] ?? '';
        const draft =
          c.req.param('action') === 'reviews'
            ? { comment: '', review: typed }
            : { comment: typed, review: '' };
        return showPull(visitor, pull, draft, error);
      }
    }),
  );

  app.post(
    '/:owner/:repo/issues/:number/:action',
    bodyLimit({ maxSize: 1_000_000 }),
    page(async (c, entered) => {
      const { fields, visitor } = await formOf(c, entered);
      const issue = issueOf(c, visitor);
      try {
        const anchor = actOnIssue(state, issue, visitor, c.req.param('action') ?? '', fields);
        if (anchor === null) throw notFound();
        return c.redirect(`${conversationPath(issue)}#${anchor}`, 303);
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        return showIssue(visitor, issue, { comment: fields['body'] ?? '', review: '' }, error);
      }
    }),
  );

  return app;
};
