import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type RunId, runId } from '../../domain/ids.ts';
import { projectPath } from '../../domain/project-path.ts';
import { SignedOut } from '../../forge/login/port.ts';
import { ForgeError } from '../../forge/port.ts';
import type { Log } from '../../observe/log.ts';
import type { Store } from '../../store/port.ts';
import { isSame } from './cookies.ts';
import { type Door, type Reader, sees } from './reader.ts';
import { notFound, security, words } from './respond.ts';
import type { Route, SeenLock, SeenProject, SeenRun } from './route.ts';

export interface GateOptions {
  readonly routes: readonly Route[];
  readonly door: Door;
  readonly store: Pick<Store, 'runs' | 'batches' | 'locks' | 'tracked'>;
  /** May this request collect metrics? */
  readonly mayScrape: (c: Context) => boolean;
  /** Are our pages seen under that origin? Forms come from there and nowhere else. `asked`: the request's `Host`. */
  readonly isOwnOrigin: (origin: string, asked: string) => boolean;
  readonly log: Log;
}

const formLimit = 16 * 1024;

/** Null for what is no id of ours. */
const idFrom = (text: string): RunId | null => {
  try {
    return runId(text);
  } catch {
    return null;
  }
};

/**
 * Every request on its way to a handler: who asks, whether the form is ours, and whether what it names may be seen. What may
 * not be seen is answered as what is not there.
 */
export const gate = (options: GateOptions): Hono => {
  const { door, store, log } = options;

  const runOf = async (reader: Reader, c: Context): Promise<SeenRun | null> => {
    const id = idFrom(c.req.param('id') ?? '');
    const run = id === null ? null : await store.runs.get(id);
    if (run === null || !sees(reader, run.repositoryId)) return null;
    const batch = await store.batches.get(run.batchId);
    return batch === null ? null : { run, repo: batch.repo };
  };

  const projectOf = async (reader: Reader, id: unknown): Promise<SeenProject | null> => {
    const path = `/projects/${id}`;
    const tracked = (await store.tracked.all()).find(({ key }) => projectPath(key) === path);
    return tracked === undefined || !sees(reader, tracked.repo.id) ? null : { tracked };
  };

  const lockOf = async (
    reader: Reader,
    form: Readonly<Record<string, unknown>>,
  ): Promise<SeenLock | null> => {
    // Compared with what there is instead of being looked up: no text of a form becomes a key.
    const lock = (await store.locks.all()).find((one) => one.project === form['lock']);
    if (lock === undefined || !sees(reader, lock.repositoryId)) return null;
    // Somebody else's by now: not the one that was meant.
    if (form['pull'] !== String(lock.pullNumber)) return null;
    const batch = await store.batches.latest(lock, 'plan');
    return batch === null ? null : { lock, repo: batch.repo };
  };

  /** Sent by another page, which a cookie of `SameSite=Strict` or `Lax` mostly, but not always, keeps out. */
  const isForeign = (c: Context): boolean => {
    const origin = c.req.header('origin');
    return (
      (origin !== undefined && !options.isOwnOrigin(origin, c.req.header('host') ?? '')) ||
      ['cross-site', 'same-site'].includes(c.req.header('sec-fetch-site') ?? '')
    );
  };

  const away = (c: Context): Response => {
    const { pathname, search } = new URL(c.req.url);
    const wantsPage = c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html');
    return wantsPage ? door.turnAway(`${pathname}${search}`) : words(401, 'Sign in first.');
  };

  const answer = async (route: Route, c: Context): Promise<Response> => {
    if (route.who === 'anyone') return route.handle(c);
    if (route.who === 'scraper')
      return options.mayScrape(c)
        ? route.handle(c)
        : words(401, 'Metrics want the token of `TIDEGATE_METRICS_TOKEN` here.');
    if (route.method === 'POST' && isForeign(c)) return words(403, 'This form came from another site.');
    const reader = await door.reader(c.req.header('cookie') ?? '');
    if (reader === null) return away(c);
    if (route.method === 'POST') {
      const form = await c.req.parseBody();
      const { csrf } = form;
      if (typeof csrf !== 'string' || !isSame(csrf, reader.csrf))
        return words(403, 'This form is from an earlier visit. Load the page again.');
      if (route.who === 'reader') return route.handle(c, reader);
      if (route.who === 'reader of the project') {
        const seen = await projectOf(reader, form['project']);
        return seen === null ? notFound() : route.handle(c, reader, seen);
      }
      const seen = await lockOf(reader, form);
      return seen === null ? notFound() : route.handle(c, reader, seen);
    }
    if (route.who === 'reader') return route.handle(c, reader);
    // A page of another site may send a browser here, and nothing else.
    if (c.req.header('sec-fetch-mode') !== 'navigate' && isForeign(c))
      return words(403, 'Asked for by another site.');
    if (route.who === 'reader of the project') {
      const seen = await projectOf(reader, c.req.param('id'));
      return seen === null ? notFound() : route.handle(c, reader, seen);
    }
    const seen = await runOf(reader, c);
    return seen === null ? notFound() : route.handle(c, reader, seen);
  };

  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(security)) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  const limit = bodyLimit({ maxSize: formLimit, onError: () => words(413, 'That is too long.') });
  for (const route of options.routes) {
    if (route.method === 'POST') app.post(route.path, limit);
    app.on(route.method, route.path, (c) => answer(route, c));
  }
  app.notFound(notFound);
  app.onError((error) => {
    if (error instanceof ForgeError || error instanceof SignedOut) {
      log.warn('GitHub could not be asked who may see a page', { error });
      return words(503, 'GitHub cannot be asked what you may see. Try again in a minute.');
    }
    log.error('a request failed', { error });
    return words(500, 'That failed. The log says why.');
  });
  return app;
};
