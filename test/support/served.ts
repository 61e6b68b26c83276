import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { eventually, row } from './acts.ts';
import { type HeldTool, holdTool } from './held-tool.ts';
import { type MainProcess, startMain } from './main-process.ts';
import { findProcesses } from './processes.ts';
import { localBackend, type Story, type StoryWish, tellStory } from './story.ts';

/** A story whose server is `serve` in a process of its own, with terraform behind a door. */
export interface Served {
  readonly story: Story;
  readonly tool: HeldTool;
  /** The server that was started last. */
  server(): MainProcess;
  /** Another server on the same data, once the last one has ended. */
  startAgain(): Promise<void>;
  /** SIGKILL of the server, and waits until it is gone. */
  kill(): Promise<void>;
  /** `PROJECT #PULL` of every lock that is held, from the server's store. */
  locks(): readonly string[];
  /** The same of every lock that was let go so far, oldest first. */
  releases(): readonly string[];
  /** Waits until no host and no tool is left. */
  quiet(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const resource = (input: string): string =>
  `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;

/** Projects `network` and `database`, each with one small resource that is not there yet. */
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
  'database/backend.tf': localBackend(state, 'database'),
  'database/main.tf': resource('small'),
});

/** The parent of a process, from the kernel: that of a tool is its host. */
export const parentOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

export const serveStory = async (
  wish: { readonly onStop?: 'detach' | 'drain' } & Partial<
    Pick<StoryWish, 'operator' | 'allow' | 'files'>
  > = {},
): Promise<Served> => {
  const { onStop, ...more } = wish;
  const tool = await holdTool();
  const servers: MainProcess[] = [];
  const last = (): MainProcess => {
    const server = servers.at(-1);
    if (server === undefined) throw new Error('no server was started');
    return server;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    last().signal(signal);
    await last().ended;
  };
  const story = await tellStory({
    files,
    ...more,
    environment: { PATH: tool.path, ...(onStop === undefined ? {} : { TIDEGATE_ON_STOP: onStop }) },
    launch: async (environment) => {
      const server = startMain(['serve'], { ...environment, LOG_LEVEL: 'info' }, '/', { ownGroup: true });
      servers.push(server);
      await server.said('tidegate is ready');
      return {
        url: /"url":"([^"]+)"/.exec(server.text())?.[1] ?? '',
        pagesUrl: /"metrics":"([^"]+)\/metrics"/.exec(server.text())?.[1] ?? '',
        pagesLink: null,
        idle: async () => undefined,
        stop: async () => {
          await end('SIGTERM');
          return 'closed';
        },
      };
    },
  });
  const data = path.join(story.folder, 'data');
  const quiet = () =>
    eventually(() =>
      // Hosts and tools work in the data folder, and their servers outside.
      expect(findProcesses({ ancestor: -1, root: data, mark: 'nobody' }).map((one) => one.command)).toEqual(
        [],
      ),
    );
  const query = (sql: string): readonly string[] => {
    const database = new DatabaseSync(path.join(data, 'tidegate.db'), { readOnly: true });
    try {
      // A key begins with repository and dir.
      return database
        .prepare(sql)
        .all()
        .map((one) => `${String(one['project']).split(':')[1]} #${one['pull_number']}`);
    } finally {
      database.close();
    }
  };
  return {
    story,
    tool,
    server: last,
    startAgain: () => story.world.restart(),
    kill: () => end('SIGKILL'),
    locks: () => query('SELECT project_key AS project, pull_number FROM locks ORDER BY project_key'),
    releases: () =>
      query(`SELECT json_extract(facts_json, '$.project') AS project, pull_number
        FROM audit_events WHERE kind = 'lock.released' ORDER BY seq`),
    quiet,
    [Symbol.asyncDispose]: async () => {
      // A test that failed half-way leaves doors shut, and hosts behind them.
      tool.letAllGo();
      await story.world.close();
      await quiet();
    },
  };
};

/** Waits until the board says this of a project. */
export const says = (served: Served, number: number, project: string, words: string): Promise<void> =>
  eventually(async () => expect(await row(served.story, number, project)).toContain(words));

/** A pull request of ada that makes a project large, planned. */
export const propose = async (served: Served, project: string, input = 'large'): Promise<number> => {
  const { ada } = served.story;
  await ada.push(project, { [`${project}/main.tf`]: resource(input) }, `Change ${project}`);
  const { number } = await ada.openPull(project, `Change ${project}`);
  return number;
};

/** A planned change of `network` as #1, and its apply, which waits at the door. Returns the comment and the tool. */
export const applyHeld = async (served: Served) => {
  await propose(served, 'network');
  await says(served, 1, 'network', '| planned |');
  served.tool.hold('apply', 'network');
  const comment = await served.story.ada.comment(1, '/apply');
  const tool = await served.tool.begun('apply', 'network');
  return { comment: comment.id, tool };
};
