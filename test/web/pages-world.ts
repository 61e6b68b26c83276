import { request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { type Project, projectKey } from '../../src/domain/project.ts';
import type { RepoRef } from '../../src/domain/pull.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Run } from '../../src/domain/run.ts';
import { silentLog } from '../../src/observe/log.ts';
import { createPageRenderer } from '../../src/render/pages/pages.ts';
import { createDiskLogs } from '../../src/sandbox/logs/disk.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/port.ts';
import { createClientAddresses } from '../../src/web/client-address.ts';
import { createPages, type Pages, type PagesOptions } from '../../src/web/pages.ts';
import { batch, project, run } from '../store/samples.ts';
import { temporaryFolder } from '../support/leftovers.ts';

export interface PagesWorld {
  readonly pages: Pages;
  readonly store: Store;
  /** Absolute: where the logs of runs are read from. */
  readonly logs: string;
  /** What was asked back on a page. */
  readonly unlocked: Parameters<PagesOptions['unlock']>[0][];
  /** What was to be looked at. */
  readonly looked: Parameters<PagesOptions['look']>[0][];
}

/** Pages over a store in memory; the test ends them. */
export const servePages = async (options: Partial<PagesOptions> = {}): Promise<PagesWorld> => {
  const clock = options.clock ?? createSystemClock();
  const store = createMemoryStore({ clock });
  const logs = temporaryFolder('logs');
  const unlocked: PagesWorld['unlocked'] = [];
  const looked: PagesWorld['looked'] = [];
  const pages = createPages({
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    webUrl: 'https://github.com',
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', scrape: async () => 'one 1\n' },
    metricsToken: null,
    login: null,
    store,
    tells: true,
    logs: createDiskLogs(logs),
    renderer: createPageRenderer(),
    look: async (wish) => {
      looked.push(wish);
      return null;
    },
    unlock: async (wish) => {
      unlocked.push(wish);
      return null;
    },
    mask: (text) => text,
    clients: createClientAddresses([]),
    clock,
    log: silentLog,
    ...options,
  });
  await pages.start();
  onTestFinished(async () => {
    await pages.stop();
    // The check for leftovers still sees a closed server for two turns.
    await nextTurn();
    await nextTurn();
  });
  return { pages, store, logs, unlocked, looked };
};

/** A run with its batch, and a lock of its pull request on it. */
export const addRun = async (
  store: Store,
  repo: RepoRef,
  changes: Partial<Run> = {},
  name = 'network',
): Promise<{
  readonly id: RunId;
  readonly key: string;
  readonly pullNumber: number;
  readonly project: Project;
}> => {
  const pullNumber = changes.pullNumber ?? 12;
  const one = {
    ...project(name),
    key: projectKey(repo.id, repoPath(`stacks/${repo.id}`), 'default', name),
    ...changes.project,
  };
  const of = batch({ repositoryId: repo.id, repo, pullNumber, affected: [one] });
  const added = run({ repositoryId: repo.id, pullNumber, batchId: of.id, ...changes, project: one });
  await store.batches.add(of);
  await store.runs.add({ ...added, spent: false });
  await store.locks.acquire(one.key, { repositoryId: repo.id, pullNumber }, 5);
  return { id: added.id, key: one.key, pullNumber, project: one };
};

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** One request as a browser sends it for a page, without following anything; `fetch` lets nobody choose the host. */
export const ask = (
  url: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly form?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const body = options.form === undefined ? null : String(new URLSearchParams(options.form));
    const asked = request(
      url,
      {
        method: options.method ?? 'GET',
        headers: {
          accept: 'text/html',
          ...(body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...options.headers,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
        answer.on('error', reject);
      },
    );
    asked.on('error', reject).end(body ?? undefined);
  });

/** What a browser would send back. */
export const cookiesOf = ({ headers }: Answer): string =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((one) => String(one).split(';', 1)[0])
    .join('; ');

/** The cookie of whoever opened the link of this start. */
export const enter = async (pages: Pages): Promise<string> => {
  if (pages.link === null) throw new Error('people sign in here');
  return cookiesOf(await ask(pages.link));
};

export const csrfOf = ({ text }: Answer): string => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
