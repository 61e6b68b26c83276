import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../src/clock/port.ts';
import { startWorld, stateFolderOf, type World } from '../../src/demo/world.ts';
import { commentsOf, createComment } from '../../src/hub/comments.ts';
import { updatePull } from '../../src/hub/pulls.ts';
import { submitReview } from '../../src/hub/reviews.ts';
import type { Pull } from '../../src/hub/state.ts';
import { startServerProcess } from '../bench/server-process.ts';
import { oneAppKey } from '../support/app-key.ts';
import { compileCache } from '../support/main-process.ts';
import { as, type Scene } from './kinds.ts';

const script = fileURLToPath(new URL('server.ts', import.meta.url));
const patienceMs = 120_000;

/** A request of the server, when the hub answered it. Unix milliseconds. */
export interface Question {
  readonly text: string;
  readonly at: number;
}

/** A step of the tool, when its process started. Unix milliseconds. */
export interface ToolStart {
  readonly step: string;
  readonly at: number;
}

/** How slow GitHub is. */
export interface Network {
  /** Milliseconds of each request, there and back. */
  readonly latencyMs: number;
  /** The one request that takes longer; null: none. */
  readonly slow: SlowRead | null;
}

export interface SlowRead {
  readonly of: RegExp;
  /** Of so many that fit, this one; the first is 1. */
  readonly number: number;
  readonly ms: number;
  /** On its way there, or is it the answer that is late? */
  readonly way: 'out' | 'back';
}

/** A GitHub, a server beside it and a repository, in which one try is played after another. */
export interface Lane {
  readonly world: World;
  /** An approved pull request whose plan stands. */
  readonly ready: (name: string) => Promise<Pull>;
  readonly ask: (pull: Pull, name: string) => Scene;
  readonly setNetwork: (network: Network) => void;
  /** What was asked and started from that moment on. */
  readonly since: (at: number) => {
    readonly questions: readonly Question[];
    readonly tools: readonly ToolStart[];
  };
  /** Waits until nothing is left to do; says how the applies of a pull request ended. */
  readonly ended: (pull: Pull) => Promise<readonly string[]>;
  readonly close: (pull: Pull) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** terraform, with a line in a file for every invocation: its step, and when its process started. */
const stampedTool = (folder: string): { readonly path: string; readonly journal: string } => {
  const bin = path.join(folder, 'bin');
  const journal = path.join(folder, 'tool.journal');
  const real = process.env['PATH'] ?? '';
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    path.join(bin, 'terraform'),
    `#!/bin/sh\nPATH='${real}'\necho "$1 $(date +%s%3N)" >> '${journal}'\nexec terraform "$@"\n`,
  );
  chmodSync(path.join(bin, 'terraform'), 0o755);
  return { path: `${bin}:${real}`, journal };
};

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;

const filesOn = (state: string) => ({
  'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [approved]\n',
  'network/backend.tf': `terraform {\n  backend "local" {\n    path = "${state}/network.tfstate"\n  }\n}\n`,
  'network/main.tf': resource('small'),
  'docs/readme.md': 'Nothing that is applied.\n',
});

const fast: Network = { latencyMs: 0, slow: null };

export const openLane = async (folder: string, clock: Clock, withoutShortLook: boolean): Promise<Lane> => {
  const tool = stampedTool(folder);
  const questions: Question[] = [];
  let network = fast;
  let left = 0;
  const world = await startWorld({
    folder,
    files: filesOn(stateFolderOf(folder)),
    people: { margaret: 'admin', ada: 'write', grace: 'write' },
    // Approvals are given before the plan is shown: nobody has to wait for the next second.
    operator: 'rules: [{match: "**", bind_approvals: commit}]\n',
    environment: { PATH: tool.path, TMPDIR: process.env['TMPDIR'] },
    hub: {
      newKey: oneAppKey,
      requested: (method, at) => questions.push({ text: `${method} ${at}`, at: clock.now() }),
      travels: (method, at) => {
        const { latencyMs, slow } = network;
        const half = latencyMs / 2;
        if (slow === null || !slow.of.test(`${method} ${at}`)) return { out: half, back: half };
        left -= 1;
        const more = left === 0 ? slow.ms : 0;
        return slow.way === 'out' ? { out: half + more, back: half } : { out: half, back: half + more };
      },
    },
    launch: (environment) =>
      startServerProcess({
        script,
        environment: {
          ...environment,
          NODE_COMPILE_CACHE: compileCache,
          ...(withoutShortLook ? { RACES_WITHOUT_SHORT_LOOK: '1' } : {}),
        },
      }),
  });
  const database = new DatabaseSync(path.join(folder, 'data', 'tidegate.db'), { readOnly: true });
  const rows = (sql: string): readonly string[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row).join(' '));
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    const started = clock.monotonic();
    while (!holds()) {
      if (clock.monotonic() - started > patienceMs) throw new Error(`it does not come: ${what}`);
      await clock.sleep(15);
    }
  };
  const isQuiet = (): boolean =>
    rows(`select (select count(*) from deliveries where state = 'pending')
      + (select count(*) from runs where state in ('queued', 'running'))`)[0] === '0';
  const quiet = async (what: string): Promise<void> => {
    await world.hub.settled();
    await until(what, isQuiet);
  };
  const { hub, repository } = world;
  const pullOf = (number: number): Pull => {
    const pull = hub.repo(repository).pulls.get(number);
    if (pull === undefined) throw new Error(`there is no pull request ${number}`);
    return pull;
  };
  return {
    world,
    ready: async (name) => {
      await hub.pushFiles(repository, name, {
        files: { 'network/main.tf': resource(name) },
        ...{ as: 'ada', message: name, from: 'main' },
      });
      const wish = { as: 'ada', head: name, base: 'main', title: name };
      const { number } = await hub.openPull(repository, wish);
      const pull = pullOf(number);
      await submitReview(hub.state, pull, as(world, 'grace'), { event: 'APPROVE' });
      await until('the plan', () => commentsOf(pull).some(({ body }) => body.includes('/apply -p network')));
      await quiet('quiet behind the plan');
      return pull;
    },
    ask: (pull, name) => {
      const comment = createComment(hub.state, pull, as(world, 'ada'), '/apply');
      return { world, pull, comment, name };
    },
    setNetwork: (next) => {
      network = next;
      left = next.slow?.number ?? 0;
    },
    since: (at) => ({
      questions: questions.filter((one) => one.at >= at),
      tools: existsSync(tool.journal)
        ? readFileSync(tool.journal, 'utf8')
            .trim()
            .split('\n')
            .map((line) => line.split(' '))
            .map(([step = '', when]) => ({ step, at: Number(when) }))
            .filter((one) => one.at >= at)
        : [],
    }),
    ended: async (pull) => {
      await quiet('the end of the apply');
      return rows(
        `select state, json_extract(problem_json, '$.code') from runs where verb = 'apply' and pull_number = ${pull.number} order by seq`,
      );
    },
    close: async (pull) => {
      network = fast;
      questions.length = 0;
      hub.faults.webhook({}, { kind: 'lose' });
      if (pull.state === 'closed')
        await updatePull(hub.state, pull, as(world, 'margaret'), { state: 'open' });
      hub.faults.clear();
      await updatePull(hub.state, pull, as(world, 'margaret'), { state: 'closed' });
      await until('the lock given back', () => rows('select count(*) from locks')[0] === '0');
      await quiet('quiet behind the end');
    },
    end: async () => {
      database.close();
      await world.close();
    },
  };
};
