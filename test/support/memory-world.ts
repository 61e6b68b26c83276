import { createHmac } from 'node:crypto';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSystemClock } from '../../src/clock/system.ts';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createConditions } from '../../src/config/conditions.ts';
import { createRepositoryFiles } from '../../src/config/repository-reader.ts';
import type { Sha } from '../../src/domain/ids.ts';
import type { Actor, Permission, Pull, PullRef, RepoRef } from '../../src/domain/pull.ts';
import type { Delivery, Trigger } from '../../src/domain/trigger.ts';
import { createCheckouts } from '../../src/flow/checkouts.ts';
import { noGenerator } from '../../src/flow/generate.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { createRoad, type Road } from '../../src/flow/road.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { createSpace } from '../../src/flow/space.ts';
import { createMemoryForge, type MemoryForge } from '../../src/forge/memory/forge.ts';
import type { Forge } from '../../src/forge/port.ts';
import type { Git } from '../../src/git/port.ts';
import type { Channel } from '../../src/notify/port.ts';
import { createLocalArtifacts } from '../../src/sandbox/artifact.ts';
import { createDiskLogs } from '../../src/sandbox/logs/disk.ts';
import type { Artifacts } from '../../src/sandbox/port.ts';
import { createScriptedSandbox, type Script } from '../../src/sandbox/scripted/sandbox.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../src/store/blobs/memory.ts';
import { logTo } from './complaints.ts';
import { configuration } from './configuration.ts';
import { checkHistory } from './history.ts';
import { createJournal } from './history-facts.ts';
import { watchForge } from './history-forge.ts';
import { watchStore } from './history-store.ts';
import { watchScript } from './history-tool.ts';
import { temporaryFolder } from './leftovers.ts';
import { createMortal } from './mortal.ts';
import { noTools } from './no-tools.ts';
import { operatorOfTests } from './operator-of-tests.ts';
import { pushing } from './pushing.ts';
import { commit, person } from './samples.ts';
import { createScriptedTool, type ScriptedTool } from './scripted-tool.ts';
import {
  createRepositoryInMemory,
  createRepositoryOnDisk,
  type WorldRepository,
} from './world-repository.ts';
import { shippedFor } from './world-shipped.ts';
import { openWorldStore } from './world-store.ts';

type Files = Readonly<Record<string, string>>;

export const repo: RepoRef = { id: 4711, owner: 'acme', name: 'infrastructure', installationId: 7 };
export const refOf = (number: number): PullRef => ({ repo, number });
export const people = {
  ada: person(1, 'ada'),
  grace: person(2, 'grace'),
  margaret: person(3, 'margaret'),
  mallory: person(4, 'mallory'),
};
const rights: Readonly<Record<string, Permission>> = {
  ada: 'write',
  grace: 'write',
  margaret: 'admin',
  mallory: 'read',
};

/** The whole road on memory forge, memory git, scripted tool and a virtual clock; the store is real. */
export interface MemoryWorld {
  readonly ports: FlowPorts;
  /** The newest server. */
  readonly road: Road;
  readonly forge: MemoryForge;
  /** Bytes that are free on the disk of the data folder. */
  readonly disk: { free: number };
  readonly blobs: MemoryBlobs;
  readonly tool: ScriptedTool;
  /** What was logged as a warning or an error. */
  readonly complaints: string[];
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the clock on the wall forward or back. */
  readonly jump: (ms: number) => void;
  readonly author: WorldRepository;
  /** Puts files on `main`, on top of what is there or of other commits. Nobody is told. */
  main(files: Files, on?: readonly string[]): Sha;
  /** A pull request with these files on top of `main`; the same number again is a push to it. */
  open(number: number, files: Files, more?: Partial<Pull>): Pull;
  /** A push that leaves nothing in the branch but these files. */
  push(number: number, files: Files): Pull;
  /** Merges it as it is, with a commit of two parents, and tells the server. `files`: what it brings. */
  merge(number: number, files: Files): Promise<void>;
  /** What a merge queue would make of `main` with it, with these files alone; our checks are asked for. The commit. */
  queue(number: number, files: Files): Promise<Sha>;
  /** What the forge says of a pull request. */
  ask(number: number): Pull;
  /** Changes what the forge says of a pull request. */
  edit(number: number, more: Partial<Pull>): void;
  /** Deliveries as they would come from the forge; resolve when they are durable. */
  event(number: number, reason: Extract<Trigger, { kind: 'pull' }>['reason']): Promise<void>;
  comment(number: number, body: string, sender?: Actor): Promise<number>;
  /** Waits until nothing is left to do; time passes meanwhile. */
  settled(): Promise<void>;
  /** Waits until the condition holds, while time passes; fails when hours have gone by. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Kills the server, and starts another on the same store, which dies by itself with its n-th write if asked to. */
  crash(dieAfter?: number): Promise<void>;
  /** The server that is up dies by itself with its n-th write from now on. */
  dieAfter(n: number): void;
  /** Writes these lines into the operator file, which the next server reads. */
  operate(lines: string): void;
  isDead(): boolean;
  close(): Promise<void>;
}

export interface MemoryWorldOptions {
  readonly main: Files;
  /** Methods of the forge that answer otherwise. */
  readonly forge?: Partial<Forge>;
  /** The same of git, given the one that would answer. */
  readonly git?: (git: Git) => Partial<Git>;
  /** Real git behind a server, for what git in memory cannot show. */
  readonly realGit?: true;
  /** SQLite, for what the store in memory cannot show. */
  readonly realStore?: true;
  /** More lines of the operator file. */
  readonly operator?: string;
  /** Another folder of runners, and what runs the steps of those whose program is a file beside them. */
  readonly runners?: string;
  readonly script?: Script;
  readonly artifacts?: Partial<Artifacts>;
  /** What nobody trusts may be previewed; else no server here has a place for it. */
  readonly previews?: boolean;
  readonly channels?: readonly Channel[];
  readonly sign?: FlowPorts['sign'];
  /** How often what an apply needs is asked for again; once when absent. */
  readonly recheck?: FlowPorts['recheck'];
  /** What takes secrets out of texts; else nothing is one. */
  readonly mask?: FlowPorts['mask'];
}

/** Close it in the same test. */
export const createMemoryWorld = async (options: MemoryWorldOptions): Promise<MemoryWorld> => {
  const folder = temporaryFolder('world');
  const author =
    options.realGit === true ? await createRepositoryOnDisk(folder) : createRepositoryInMemory(repo);
  const time = createVirtualClock();
  const { clock } = time;
  const history = createJournal();
  const memory = watchForge(createMemoryForge({ now: clock.now }), history);
  memory.setRemote(repo, { url: author.url, token: 'token' });
  for (const [login, right] of Object.entries(rights)) memory.setPermission(repo, login, right);
  const readOperator = operatorOfTests(options.operator ?? '');
  let operator = readOperator(options.operator ?? '');
  const { tool, script: terraform } = createScriptedTool();
  const { script: other } = options;
  // A tool of somebody's own is started by the path of its file.
  const script: Script = (step, at) =>
    other !== undefined && path.isAbsolute(step.argv[0]) ? other(step, at) : terraform(step, at);
  const complaints: string[] = [];
  const log = logTo(complaints);
  const blobs = createMemoryBlobs({ key: Buffer.alloc(32, 7) });
  // Real processes know nothing of our time.
  const repositoryFiles = createRepositoryFiles({ clock: createSystemClock() });
  const disk = { free: Number.POSITIVE_INFINITY };
  const newSpace = () =>
    createSpace({ free: async () => disk.free, floor: operator.value.freeSpaceFloor, clock, log });
  let space = newSpace();
  const inner = await openWorldStore(options.realStore === true, clock, () => space.refused());
  const goesUnapproved = () => operator.value.driftOf('acme/infrastructure').unapproved;
  const store = watchStore(inner, history, goesUnapproved);
  let git = author.newGit();
  let lastId = 0;
  const newId = () => {
    lastId += 1;
    return `id-${String(lastId).padStart(8, '0')}`;
  };
  const lines = options.operator ?? '';
  const { runners, renderer } = await shippedFor(lines, operator.value.danger, options.runners);
  const plain = (): FlowPorts => ({
    appId: 99,
    forge: { ...memory.forge, ...options.forge },
    git: {
      ...git,
      push: pushing(git, memory),
      ...options.git?.(git),
    },
    runners,
    configuration,
    repositoryFiles,
    snapshots: createSnapshots(),
    generator: noGenerator,
    previewSandbox:
      options.previews === true
        ? createScriptedSandbox({ folder: path.join(folder, 'previewing'), script })
        : null,
    sandbox: createScriptedSandbox({
      folder: path.join(folder, 'runs'),
      script: watchScript(script, history),
    }),
    artifacts: { ...createLocalArtifacts(), ...options.artifacts },
    logs: createDiskLogs(path.join(folder, 'logs')),
    store,
    blobs,
    clock,
    renderer,
    operator: operator.value,
    conditions: createConditions(),
    checkouts: createCheckouts({ folder: path.join(folder, 'checkouts') }),
    space,
    channels: options.channels ?? [],
    tools: noTools,
    log,
    mask: options.mask ?? ((text) => text),
    host: 'server',
    pageUrl: () => null,
    sign: options.sign ?? ((text) => createHmac('sha256', 'key').update(text).digest('hex')),
    newId,
    // Real processes know nothing of our time, which goes on while they work.
    recheck: options.recheck ?? { withinMs: Number.POSITIVE_INFINITY, tries: 1 },
  });
  let ports = plain();

  let onMain: Files = {};
  let tip = '';
  const heads = new Map<number, string>();
  const commitTo = (number: number, files: Files) => {
    const head = author.commit(files, [heads.get(number) ?? tip]);
    heads.set(number, head);
    author.pull(number, head);
    return head;
  };
  const main = (files: Files, on: readonly string[] = tip === '' ? [] : [tip]): Sha => {
    onMain = { ...onMain, ...files };
    const commit = author.commit(onMain, on);
    tip = commit;
    author.branch('main', commit);
    return commit;
  };
  main(options.main);

  const pulls = new Map<number, Pull>();
  const ask = (number: number): Pull => {
    const known = pulls.get(number);
    if (known === undefined) throw new Error(`no pull request ${number}`);
    return known;
  };
  const edit = (number: number, more: Partial<Pull>): Pull => {
    const pull = { ...ask(number), ...more };
    pulls.set(number, pull);
    memory.setPull(pull);
    return pull;
  };

  memory.opening.setBranches({
    commit: (_repo, onto) => (onto === 'main' ? author.commit(onMain, [tip]) : null),
    opened: (pull) => {
      const { number } = pull.ref;
      heads.set(number, pull.head.sha);
      author.pull(number, pull.head.sha);
      pulls.set(number, pull);
      memory.setPull(pull);
    },
  });

  let server = createMortal();
  let road = createRoad(server.ports(ports));
  await road.start();
  let deliveries = 0;
  const deliver = (trigger: Trigger, event: string): Promise<void> => {
    deliveries += 1;
    const delivery: Delivery = {
      id: `delivery-${deliveries}`,
      event,
      action: null,
      repository: 'acme/infrastructure',
      trigger,
      receivedAt: clock.now(),
    };
    return road.receive(delivery);
  };
  const real = createSystemClock();
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    for (let turns = 0; !(await holds()); turns += 1) {
      if (turns > 200_000) throw new Error(`it does not come; what was said: ${JSON.stringify(complaints)}`);
      await time.advance(20);
      await nextTurn();
      // The reader of configuration is real, store and git may be: on a busy machine hours must not pass while they begin.
      if (turns % 20 === 19) await real.sleep(1);
    }
  };

  return {
    get ports() {
      return ports;
    },
    get road() {
      return road;
    },
    forge: memory,
    disk,
    blobs,
    tool,
    complaints,
    advance: time.advance,
    jump: time.jump,
    main,
    author,
    push: (number, files) => edit(number, { head: { ...ask(number).head, sha: commitTo(number, files) } }),
    open: (number, files, more = {}) => {
      // Files that a push does not name again are as `main` has them.
      const head = commitTo(number, { ...onMain, ...files });
      const known = pulls.get(number) ?? {
        ref: refOf(number),
        title: `Pull request ${number}`,
        url: `https://forge.example/acme/infrastructure/pull/${number}`,
        state: 'open',
        merged: null,
        draft: false,
        author: people.ada,
        head: { sha: commit('a'), ref: `branch-${number}`, repoId: repo.id },
        base: { sha: commit('b'), ref: 'main', isDefault: true },
      };
      pulls.set(number, known);
      return edit(number, { head: { ...known.head, sha: head }, ...more });
    },
    ask,
    edit: (number, more) => void edit(number, more),
    event: (number, reason) =>
      deliver({ kind: 'pull', reason, pull: refOf(number), sender: people.ada }, 'pull_request'),
    merge: async (number, files) => {
      onMain = { ...onMain, ...files };
      const commit = author.commit(onMain, [tip, ask(number).head.sha]);
      tip = commit;
      author.branch('main', commit);
      edit(number, { state: 'closed', merged: { commit, by: people.grace, at: clock.now() } });
      await deliver(
        { kind: 'pull', reason: 'closed', pull: refOf(number), sender: people.grace },
        'pull_request',
      );
    },
    queue: async (number, files) => {
      const commit = author.commit(files, [tip, ask(number).head.sha]);
      const branch = `gh-readonly-queue/main/pr-${number}-${tip}`;
      author.branch(branch, commit);
      await deliver(
        { kind: 'group', reason: 'checks_requested', pull: refOf(number), commit, branch },
        'merge_group',
      );
      return commit;
    },
    comment: async (number, body, sender = people.ada) => {
      const commentId = memory.addComment(refOf(number), body, sender);
      await deliver(
        { kind: 'comment', pull: refOf(number), sender, commentId, body, viaAppId: null },
        'issue_comment',
      );
      return commentId;
    },
    until,
    settled: async () => {
      let idle = false;
      const done = road.idle().then(() => {
        idle = true;
      });
      await until(() => idle);
      await done;
    },
    operate: (lines) => {
      operator = readOperator(lines);
    },
    crash: async (dieAfter) => {
      server.kill();
      git = author.newGit();
      space = newSpace();
      ports = plain();
      server = createMortal(dieAfter);
      road = createRoad(server.ports(ports));
      const started = road.start();
      let isUp = false;
      void started.then(() => {
        isUp = true;
      });
      await until(() => isUp || server.isDead());
    },
    dieAfter: (n) => server.killAfter(n),
    isDead: () => server.isDead(),
    close: async () => {
      if (!server.isDead()) await road.stop();
      server.kill();
      await repositoryFiles.close();
      await store.close();
      await author.close();
      const wrong = checkHistory(history.facts, false);
      if (wrong.length > 0) throw new Error(`the history breaks a promise: ${wrong.join('; ')}`);
    },
  };
};
