import { getRequestListener } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { Clock } from '../clock/port.ts';
import { isLoopback } from '../config/pages-settings.ts';
import type { Login } from '../forge/login/port.ts';
import type { Log } from '../observe/log.ts';
import type { PageRenderer } from '../render/pages/view.ts';
import type { RunLogs } from '../sandbox/logs/port.ts';
import type { Store } from '../store/port.ts';
import { createListener, type ListenerOptions, type WebServer } from './listener.ts';
import { isSame } from './pages/cookies.ts';
import { createFraming } from './pages/frame.ts';
import { gate } from './pages/gate.ts';
import { createGithubDoor } from './pages/github-door.ts';
import { createLinkDoor } from './pages/link-door.ts';
import type { LocksPorts } from './pages/locks.ts';
import type { ProjectPorts } from './pages/project.ts';
import { words } from './pages/respond.ts';
import type { Route } from './pages/route.ts';
import { routesOf } from './pages/routes.ts';

export interface PagesOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where people reach the pages; its name is answered to as well. */
  readonly publicUrl: string | null;
  /** Of the forge, for links. */
  readonly webUrl: string;
  readonly metrics: { readonly contentType: string; scrape(): Promise<string> };
  /** What collects metrics has to say where the listener is not on loopback; null: there nobody gets them. */
  readonly metricsToken: string | null;
  /** Null: nobody signs in, and the link of this start lets in. Only for a listener on loopback. */
  readonly login: Login | null;
  readonly store: Pick<
    Store,
    | 'runs'
    | 'batches'
    | 'locks'
    | 'drifts'
    | 'cursors'
    | 'driftIssues'
    | 'audit'
    | 'pendings'
    | 'notifications'
    | 'suspensions'
    | 'tracked'
    | 'convergences'
  >;
  /** Is anybody told of what happens, besides the forge? */
  readonly tells: boolean;
  readonly logs: RunLogs;
  readonly renderer: PageRenderer;
  readonly unlock: LocksPorts['unlock'];
  readonly look: ProjectPorts['look'];
  readonly mask: (text: string) => string;
  readonly clients: ListenerOptions['clients'];
  readonly clock: Clock;
  readonly log: Log;
}

export interface Pages extends WebServer {
  /** Lets whoever has it in, until the server ends; null where people sign in. */
  readonly link: string | null;
  readonly routes: readonly Route[];
}

/** `name:port` or `[address]:port` without its port. */
const nameOf = (hostHeader: string): string => hostHeader.replace(/:\d{1,5}$/, '').toLowerCase();

/**
 * Who listens on loopback only is meant for this machine; yet any web page that somebody here looks at can have a name of its own
 * point to 127.0.0.1 and read the answers (DNS rebinding). So a name that is not loopback's, nor the one people were given,
 * is not answered to. On another address that is the one name; only metrics are collected under whatever name there is.
 */
const isAnsweredTo = (
  { host, publicUrl }: Pick<PagesOptions, 'host' | 'publicUrl'>,
  asked: string,
  path: string,
): boolean =>
  (isLoopback(host) ? isLoopback(nameOf(asked)) : path === '/metrics') ||
  (publicUrl !== null && nameOf(asked) === nameOf(new URL(publicUrl).host));

const originOf = (url: string): string => new URL(url).origin;

/** The second listener: what is for people and for those who run Tidegate, and not for GitHub. */
export const createPages = (options: PagesOptions): Pages => {
  const { host, port, publicUrl, metricsToken, clock, log } = options;
  const base = publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/$/, '');
  const stopping = new AbortController();
  const link = options.login === null ? createLinkDoor({ base }) : null;
  const url = (): string => publicUrl ?? server.url;
  const github = options.login === null ? null : createGithubDoor({ login: options.login, url, clock });
  const door = github ?? link;
  if (door === null) throw new Error('there is no way in');
  const ports = {
    store: options.store,
    logs: options.logs,
    renderer: options.renderer,
    framing: createFraming(base, options.webUrl, options.tells),
    unlock: options.unlock,
    look: options.look,
    mask: options.mask,
    clock,
    stopping: stopping.signal,
  };
  const routes = routesOf({ ports, metrics: options.metrics, github, base });

  /** Where people sign in, something may stand before a listener on loopback and pass everybody's requests on. */
  const isNear = (c: Context): boolean =>
    isLoopback(host) &&
    (github === null ||
      (isLoopback(nameOf(c.req.header('host') ?? '')) &&
        c.req.header('x-forwarded-for') === undefined &&
        c.req.header('forwarded') === undefined));
  const mayScrape = (c: Context): boolean =>
    isNear(c) ||
    (metricsToken !== null && isSame(c.req.header('authorization') ?? '', `Bearer ${metricsToken}`));
  const app: Hono = gate({
    routes,
    door,
    store: options.store,
    mayScrape,
    isOwnOrigin: (origin, asked) =>
      (publicUrl !== null && origin === originOf(publicUrl)) || origin === `http://${asked}`,
    log,
  });
  const pages = getRequestListener(
    (request) => {
      const address = new URL(request.url);
      if (!isAnsweredTo(options, request.headers.get('host') ?? '', address.pathname))
        return words(421, 'This server is not known by that name.');
      // Whoever passes requests on may have taken it away already.
      if (base === '' || !`${address.pathname}/`.startsWith(`${base}/`)) return app.fetch(request);
      address.pathname = address.pathname.slice(base.length) || '/';
      return app.fetch(new Request(address, request));
    },
    { overrideGlobalObjects: false },
  );
  const server = createListener({
    host,
    port,
    settings: '`TIDEGATE_PAGES_HOST` and `TIDEGATE_PAGES_PORT`',
    handle: async (req, res) => {
      await pages(req, res);
    },
    clients: options.clients,
    clock,
    log,
  });
  return {
    get url() {
      return server.url;
    },
    get link() {
      return link === null ? null : `${server.url}${base}/?token=${link.token}`;
    },
    routes,
    start: () => server.start(),
    stop: () => {
      // Pages that follow a log would be waited for; their browsers ask the next server.
      stopping.abort();
      return server.stop();
    },
  };
};
