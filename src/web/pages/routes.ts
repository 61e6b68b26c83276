import type { Context } from 'hono';
import { projectPath } from '../../domain/project-path.ts';
import { createAssets } from './assets.ts';
import { environmentsPage } from './environments.ts';
import type { GithubDoor } from './github-door.ts';
import { type LocksPorts, locksPage, unlockFromPage } from './locks.ts';
import { type NotificationsPorts, notificationsPage } from './notifications.ts';
import { lookFromPage, type ProjectPorts, projectPage } from './project.ts';
import { away, notFound, words } from './respond.ts';
import type { Route } from './route.ts';
import { createFollowing, type RunPorts, rawLog, runPage } from './run.ts';
import { frontPage, type RunsPorts, runsPage } from './runs.ts';

export interface RoutesOptions {
  readonly ports: RunsPorts & RunPorts & LocksPorts & ProjectPorts & NotificationsPorts;
  readonly metrics: { readonly contentType: string; scrape(): Promise<string> };
  /** Null: nobody signs in. */
  readonly github: GithubDoor | null;
  readonly base: string;
}

/** Everything that the second listener answers, each with who gets it. */
export const routesOf = ({ ports, metrics, github, base }: RoutesOptions): readonly Route[] => {
  const assets = createAssets();
  const follow = createFollowing(ports);
  const cookies = (c: Context): string => c.req.header('cookie') ?? '';
  return [
    {
      method: 'GET',
      path: '/metrics',
      who: 'scraper',
      handle: async () =>
        new Response(await metrics.scrape(), { headers: { 'content-type': metrics.contentType } }),
    },
    {
      method: 'GET',
      path: '/assets/:name',
      who: 'anyone',
      because: 'Files of the program, the same everywhere.',
      handle: assets,
    },
    {
      method: 'GET',
      path: '/login',
      who: 'anyone',
      because: 'The way in: sends a browser to GitHub.',
      handle: (c) => github?.begin(c.req.query('to') ?? '/') ?? notFound(),
    },
    {
      method: 'GET',
      path: '/login/callback',
      who: 'anyone',
      because: 'The way in: what comes back is checked against how it began.',
      handle: async (c) =>
        (await github?.callback(new URL(c.req.url).searchParams, cookies(c))) ?? notFound(),
    },
    {
      method: 'POST',
      path: '/logout',
      who: 'reader',
      handle: async (c) => (await github?.leave(cookies(c))) ?? words(404, 'Nobody is signed in here.'),
    },
    {
      method: 'GET',
      path: '/',
      who: 'reader',
      // Out of the address: it would stay in the history and on the screen.
      handle: (c, reader) =>
        c.req.query('token') === undefined ? frontPage(ports, reader) : away(`${base}/`),
    },
    { method: 'GET', path: '/runs', who: 'reader', handle: (c, reader) => runsPage(ports, c, reader) },
    {
      method: 'GET',
      path: '/runs/:id',
      who: 'reader of the run',
      handle: (c, reader, seen) => runPage(ports, reader, seen, c.req.query('changes')),
    },
    { method: 'GET', path: '/runs/:id/log', who: 'reader of the run', handle: follow },
    {
      method: 'GET',
      path: '/runs/:id/log.txt',
      who: 'reader of the run',
      handle: (_, __, seen) => rawLog(ports, seen),
    },
    {
      method: 'GET',
      path: '/locks',
      who: 'reader',
      handle: (c, reader) => locksPage(ports, reader, { done: c.req.query('done') ?? '' }),
    },
    {
      method: 'GET',
      path: '/environments',
      who: 'reader',
      handle: (_, reader) => environmentsPage(ports, reader),
    },
    {
      method: 'GET',
      path: '/projects/:id',
      who: 'reader of the project',
      handle: (_, reader, seen) => projectPage(ports, reader, seen),
    },
    {
      method: 'GET',
      path: '/notifications',
      who: 'reader',
      handle: (_, reader) => notificationsPage(ports, reader),
    },
    {
      method: 'POST',
      path: '/projects/look',
      who: 'reader of the project',
      handle: (_, reader, seen) =>
        lookFromPage(ports, reader, seen, () => away(`${base}${projectPath(seen.tracked.key)}#drift`)),
    },
    {
      method: 'POST',
      path: '/locks/unlock',
      who: 'reader of the lock',
      handle: (_, reader, seen) =>
        unlockFromPage(ports, reader, seen, () => away(`${base}/locks?done=unlocked`)),
    },
  ];
};
