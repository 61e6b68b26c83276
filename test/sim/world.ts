import { createHash, createHmac } from 'node:crypto';
import { createConditions } from '../../src/config/conditions.ts';
import type { ProjectKey, Sha } from '../../src/domain/ids.ts';
import { projectKey } from '../../src/domain/project.ts';
import type { Permission, Pull, PullRef, RepoRef } from '../../src/domain/pull.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Trigger } from '../../src/domain/trigger.ts';
import { createCheckouts } from '../../src/flow/checkouts.ts';
import { noGenerator } from '../../src/flow/generate.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { createRoad, type Road } from '../../src/flow/road.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { createMemoryForge, type MemoryForge } from '../../src/forge/memory/forge.ts';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit, type MemoryGit } from '../../src/git/memory/git.ts';
import { FetchFailed } from '../../src/git/port.ts';
import { type Log, silentLog } from '../../src/observe/log.ts';
import type { Runners } from '../../src/runner/port.ts';
import { createMemoryBlobs } from '../../src/store/blobs/memory.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createJournal, type Journal } from '../support/history-facts.ts';
import { watchForge } from '../support/history-forge.ts';
import { commentOf, watchStore } from '../support/history-store.ts';
import { noTools } from '../support/no-tools.ts';
import { person } from '../support/samples.ts';
import { createMemoryArtifacts } from './artifacts.ts';
import { firstFiles, operatorOf } from './laid.ts';
import { createLife, type Life } from './mortal.ts';
import { plainConfiguration, plainRenderer, plainRepositoryFiles, runnersIn } from './plain-ports.ts';
import type { Random } from './random.ts';
import { createSchedule, type Schedule } from './schedule.ts';
import type { Mode, Story } from './story.ts';
import { createTools, meaningsIn, type Tools } from './tools.ts';

export const repo: RepoRef = { id: 4711, owner: 'acme', name: 'infrastructure', installationId: 7 };
export const refOf = (number: number): PullRef => ({ repo, number });
export const people = {
  ada: person(1, 'ada'),
  grace: person(2, 'grace'),
  margaret: person(3, 'margaret'),
  mallory: person(4, 'mallory'),
};
const rights: Readonly<Record<keyof typeof people, Permission>> = {
  ada: 'write',
  grace: 'write',
  margaret: 'admin',
  mallory: 'read',
};

/** What the forge and the network do wrong at this moment. */
export interface Weather {
  forgeAwayUntil: number;
  limits: (number | null)[];
  losesAnswers: number;
  hasNoMore: number;
  fetchFails: number;
}

export interface World {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly journal: Journal;
  readonly memory: MemoryForge;
  readonly git: MemoryGit;
  readonly store: Store;
  readonly tools: Tools;
  readonly weather: Weather;
  /** Lines of the log that say something is wrong inside. */
  readonly complaints: string[];
  readonly life: () => Life;
  readonly road: () => Road;
  /** A new server on what the last one left; resolves when it goes, or has died at once. */
  start(dieAt?: number): Promise<void>;
  pull(number: number): Pull;
  edit(number: number, more: Partial<Pull>): void;
  /** The forge has merged it with that commit. */
  merge(number: number, commit: Sha, touches: readonly string[]): Promise<void>;
  deliver(id: string, trigger: Trigger): Promise<void>;
  /** A tag leads there from now on; null: it is deleted. */
  tag(name: string, to: Sha | null): void;
  /** Those that were ever put anywhere, in the order of their versions. */
  tags(): readonly string[];
  /** The newest commit of `main`. */
  setMain(tip: Sha): void;
  keyOf(dir: string): ProjectKey;
  /** The issue that tells of drift of that project; null: there is none. */
  issueOf(dir: string): number | null;
  close(): Promise<void>;
}

/** Takes a protection away, to see that the checker finds what follows. */
export type Sabotage = (ports: FlowPorts, world: { readonly journal: Journal }) => FlowPorts;

const kindOf = (mode: Mode = 'command') => (mode === 'first' || mode === 'always' ? 'auto' : mode);

/** Plans that a comment of the plain renderer asks people to look at: what was applied, or is void, is no question. */
const shownIn = (body: string): readonly string[] => {
  const rows: readonly { readonly state: string }[] = JSON.parse(body.split('\n')[1] ?? '[]');
  return rows.flatMap((row) => (row.state === 'planned' ? meaningsIn(JSON.stringify(row)) : []));
};

/** What is merged: its tree, and the folders of the projects that it changes. */
interface Merging {
  readonly tree: string | null;
  readonly touches: readonly string[];
}

const logTo = (complaints: string[]): Log => ({
  ...silentLog,
  error: (message, facts) => void complaints.push(`${message} ${String(facts?.['error'] ?? '')}`),
  child: () => logTo(complaints),
});

export interface WorldOptions {
  readonly story: Story;
  readonly random: Random;
  readonly runners: Runners;
  /** `memory`, unless it is said; SQLite takes four times as long and must come to the same. */
  readonly store?: 'memory' | 'sqlite';
  readonly sabotage?: Sabotage;
}

export const createWorld = async (options: WorldOptions): Promise<World> => {
  const { story, random, runners } = options;
  const schedule = createSchedule(random.fork('schedule'));
  const { clock } = schedule;
  const journal = createJournal();
  const folders = createMemoryFolders();
  const git = createMemoryGit({ folders });
  const keyOf = (dir: string): ProjectKey => projectKey(repo.id, repoPath(dir), 'default', null);
  let merges = 0;
  let merging: Merging = { tree: null, touches: [] };
  const memory = watchForge(createMemoryForge({ now: clock.now }), journal, {
    meaningsIn: shownIn,
    mergeOf: () => {
      merges += 1;
      return { order: merges, tree: merging.tree, touches: merging.touches.map(keyOf) };
    },
  });
  memory.setRemote(repo, { url: 'http://127.0.0.1/infrastructure', token: 'token' });
  for (const [login, right] of Object.entries(rights)) memory.setPermission(repo, login, right);
  const operator = operatorOf(story);
  for (const [index, dir] of story.projects.entries()) {
    const project = keyOf(dir);
    journal.note({ kind: 'mode', project, mode: kindOf(story.modes[index]) });
    journal.note({ kind: 'drift mode', project, mode: story.drift[index] ?? 'off' });
  }
  const tools = createTools({
    folders,
    clock,
    random: random.fork('tools'),
    journal,
    projectOf: keyOf,
    byRule: (dir, creates) => {
      const mode = story.modes[story.projects.indexOf(dir)];
      return mode === 'always' || (mode === 'first' && creates);
    },
  });
  const inner =
    options.store === 'sqlite'
      ? await openSqliteStore({ path: ':memory:', clock })
      : createMemoryStore({ clock });
  const store = watchStore(inner, journal);
  const blobs = createMemoryBlobs({ key: Buffer.alloc(32, 7) });
  const complaints: string[] = [];
  const weather: Weather = { forgeAwayUntil: 0, limits: [], losesAnswers: 0, hasNoMore: 0, fetchFails: 0 };
  const luck = random.fork('luck');
  let lastId = 0;

  const forgeFault = (method: string): ReturnType<Parameters<typeof createLife>[0]['fault']> => {
    if (clock.monotonic() < weather.forgeAwayUntil) {
      const when = luck.chance(0.3) ? 'after' : 'before';
      return { when, error: new ForgeError('unavailable', 'bad gateway') };
    }
    if (weather.limits.length > 0) {
      const after = weather.limits.shift() ?? null;
      return { when: 'before', error: new ForgeError('limited', 'slow down', after) };
    }
    const writes = method.startsWith('upsert') || method === 'react';
    if (weather.losesAnswers > 0 && writes) {
      weather.losesAnswers -= 1;
      return { when: 'after', error: new ForgeError('unavailable', 'socket hang up') };
    }
    if (weather.hasNoMore > 0 && luck.chance(0.3)) {
      weather.hasNoMore -= 1;
      return { when: 'before', error: new ForgeError('gone', 'not found') };
    }
    return null;
  };
  const fault: Parameters<typeof createLife>[0]['fault'] = (port, method) => {
    if (port === 'forge') return forgeFault(method);
    if (port !== 'git' || method !== 'fetch' || weather.fetchFails === 0) return null;
    weather.fetchFails -= 1;
    return { when: 'before', error: new FetchFailed('unreachable', 'no route') };
  };
  const order = random.fork('order');
  const turn = async (port: string): Promise<void> => {
    // Most calls go on at once, or nothing would ever be done in time; one in four waits for whoever else may go first.
    if (port === 'forge' || port === 'git') {
      if (order.chance(0.5)) await clock.sleep(order.int(1, 400));
      else await schedule.turn();
    } else if (order.chance(0.25)) await schedule.turn();
  };

  const born = (): { readonly life: Life; readonly road: Road } => {
    const ports: FlowPorts = {
      appId: 99,
      forge: memory.forge,
      git: git.git,
      runners: runnersIn(folders, runners),
      configuration: plainConfiguration,
      repositoryFiles: plainRepositoryFiles,
      snapshots: createSnapshots(),
      generator: noGenerator,
      previewSandbox: null,
      sandbox: tools.sandbox,
      artifacts: createMemoryArtifacts(folders),
      // The story's tool prints nothing that anybody keeps.
      logs: { hide: async () => {}, remove: async () => {}, before: async () => [] },
      store: schedule.oneByOne(store),
      blobs,
      clock,
      renderer: plainRenderer,
      operator,
      conditions: createConditions(),
      checkouts: createCheckouts({ folder: '/checkouts' }),
      tools: noTools,
      channels: [],
      space: {
        isLow: async () => false,
        isLowNow: async () => false,
        room: async () => {},
        refused: async () => false,
        stop: () => undefined,
      },
      log: logTo(complaints),
      mask: (text) => text,
      sign: (text) => createHmac('sha256', 'key').update(text).digest('hex'),
      host: 'host',
      pageUrl: () => null,
      newId: () => {
        lastId += 1;
        return `id-${String(lastId).padStart(8, '0')}`;
      },
    };
    const life = createLife({ ports: options.sabotage?.(ports, { journal }) ?? ports, turn, fault });
    return { life, road: createRoad(life.ports) };
  };

  const pulls = new Map<number, Pull>();
  const pullOf = (number: number): Pull => {
    const known = pulls.get(number);
    if (known === undefined) throw new Error(`no pull request ${number}`);
    return known;
  };
  const edit: World['edit'] = (number, more) => {
    const pull = { ...pullOf(number), ...more };
    pulls.set(number, pull);
    memory.setPull(pull);
  };
  if (story.tagged !== null) journal.note({ kind: 'follows tags', project: keyOf(story.tagged) });
  const tip: Sha = git.commit(repo.id, firstFiles(story));
  const tags: string[] = [];
  const setMain = (to: Sha): void => {
    git.branch(repo.id, 'main', to);
    memory.branches.setBranch(repo, 'main', to);
  };
  setMain(tip);
  for (let number = 1; number <= story.pulls; number += 1) {
    git.pull(repo.id, number, tip);
    pulls.set(number, {
      ref: refOf(number),
      title: `Pull request ${number}`,
      url: `https://forge.example/acme/infrastructure/pull/${number}`,
      state: 'open',
      merged: null,
      draft: false,
      author: people.ada,
      head: { sha: tip, ref: `branch-${number}`, repoId: repo.id },
      base: { sha: tip, ref: 'main', isDefault: true },
    });
    memory.setPull(pullOf(number));
  }

  let now = born();
  const start: World['start'] = async (dieAt) => {
    now = born();
    if (dieAt !== undefined) now.life.dieAt(dieAt, 'after');
    let up = false;
    const { life, road } = now;
    void road.start().then(() => {
      up = true;
    });
    await schedule.until(() => up || life.isDead(), 86_400_000);
  };
  await start();

  return {
    schedule,
    random: luck,
    journal,
    memory,
    git,
    store,
    tools,
    weather,
    complaints,
    life: () => now.life,
    road: () => now.road,
    start,
    pull: pullOf,
    edit,
    setMain,
    tag: (name, to) => {
      if (!tags.includes(name)) tags.push(name);
      git.tag(repo.id, name, to);
    },
    tags: () => tags,
    keyOf,
    issueOf: (dir) => {
      const marker = createHash('sha256').update(keyOf(dir)).digest('base64url').slice(0, 20);
      return memory.issues.all(repo).find(({ body }) => body.includes(marker))?.number ?? null;
    },
    merge: async (number, commit, touches) => {
      merging = { tree: await git.git.treeOf(repo.id, commit), touches };
      // Forges tell whole seconds.
      const at = Math.floor(clock.now() / 1_000) * 1_000;
      edit(number, { state: 'closed', merged: { commit, by: people.ada, at } });
    },
    deliver: async (id, trigger) => {
      const { life, road } = now;
      // Nobody listens: the forge writes down that it failed.
      if (life.isDead()) return;
      const delivery = {
        id,
        event: trigger.kind,
        action: null,
        repository: 'acme/infrastructure',
        trigger,
        receivedAt: clock.now(),
      };
      await road.receive(delivery);
      journal.note({ kind: 'acknowledged', delivery: id, comment: commentOf(delivery) });
    },
    close: async () => {
      now.life.kill();
      await inner.close();
    },
  };
};
