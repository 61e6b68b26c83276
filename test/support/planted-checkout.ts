import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { operatorPath } from '../../src/programs/search-path.ts';
import { makeCheckout } from './checkout.ts';
import { put } from './git-author.ts';
import { temporaryFolder } from './leftovers.ts';
import { localBackend } from './story.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What of a checkout `npm start`, `npm run demo` and the others need. */
const parts = ['package.json', '.npmrc', 'app.yml', 'src', 'runners', 'examples'];

/** Everything that Tidegate, its tools and npm start, and what those start. */
const names = [
  ...['git', 'bwrap', 'prlimit', 'setpriv', 'nohup', 'terraform', 'tofu', 'helm', 'kubectl', 'node', 'npm'],
  ...['sh', 'bash', 'env', 'chmod', 'rm', 'cat', 'git-remote-http', 'git-remote-https', 'ssh', 'conftest'],
];

/** Of the machine: what a person has who has started nothing with npm. */
const personsPath = operatorPath(process.env['PATH']);

/** Takes protections away from a copy: file, what stands there, what stands there instead. */
export type Change = readonly [file: string, is: string, becomes: string];

/** npm's entries stay on PATH: the one protection of all that the server and its tools start. */
export const withoutProtection: Change = [
  'src/programs/search-path.ts',
  ' && !isOfNpm(normalize(folder))',
  '',
];

export interface PlantedCheckout {
  /** Absolute. */
  readonly folder: string;
  /** Which planted programs ran so far, each once, sorted. */
  ran(): readonly string[];
  /** Which of them those were told to start, each once, sorted: behind a wall nothing can be written down. */
  handedOn(): readonly string[];
  /** `npm run` of a script of the checkout, as a person starts it. Whoever starts it waits for `ended`. */
  npm(
    args: readonly string[],
    environment: Readonly<Record<string, string | undefined>>,
    cwd?: string,
  ): NpmProcess;
}

export interface NpmProcess {
  /** All that it printed so far. */
  text(): string;
  said(words: string): Promise<void>;
  /** To npm alone, as whoever supervises it does. */
  signal(name: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * A copy of this checkout, two folders below one in whose `node_modules/.bin` somebody put programs of their own. Each writes down
 * that it ran, and does what the real one does. The packages are those of this checkout, by a link: the `node` that npm's scripts
 * name is the one of the checkout itself, which npm finds before those of folders above.
 */
export const plantedCheckout = (...changes: readonly Change[]): PlantedCheckout => {
  const above = temporaryFolder('above');
  const folder = path.join(above, 'team', 'clone');
  mkdirSync(folder, { recursive: true });
  for (const part of parts) cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [file, is, becomes] of changes) {
    const at = path.join(folder, file);
    const text = readFileSync(at, 'utf8');
    if (!text.includes(is)) throw new Error(`${file} does not have ${JSON.stringify(is)} any more`);
    writeFileSync(at, text.replace(is, becomes));
  }
  const log = path.join(above, 'ran');
  const calls = path.join(above, 'calls');
  for (const file of [log, calls]) writeFileSync(file, '');
  const bin = path.join(above, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  for (const name of names) {
    writeFileSync(
      path.join(bin, name),
      `#!/bin/sh\necho ${name} >> '${log}'\necho "$*" >> '${calls}'\nPATH='${personsPath}'\nexec ${name} "$@"\n`,
    );
    chmodSync(path.join(bin, name), 0o755);
  }
  return {
    folder,
    ran: () => [...new Set(readFileSync(log, 'utf8').split('\n').filter(Boolean))].sort(),
    handedOn: () => {
      const found = readFileSync(calls, 'utf8').match(/(?<=\/node_modules\/\.bin\/)[\w-]+/g) ?? [];
      return [...new Set(found)].sort();
    },
    npm: (args, environment, cwd = folder) => {
      const child = spawn('npm', ['--prefix', folder, 'run', '--silent', ...args], {
        cwd,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...environment,
          PATH: personsPath,
          TMPDIR: process.env['TMPDIR'],
          // Who ends processes that a test leaves behind finds them by it.
          TIDEGATE_TEST_ROOT: process.env['TIDEGATE_TEST_ROOT'],
          HOME: temporaryFolder('home'),
          npm_config_cache: temporaryFolder('npm'),
          npm_config_update_notifier: 'false',
          NODE_DISABLE_COMPILE_CACHE: '1',
        },
      });
      const ended = once(child, 'close').then(
        ([code, signal]: (number | NodeJS.Signals)[]) => code ?? signal ?? -1,
      );
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      const { pid } = child;
      if (pid === undefined) throw new Error('npm did not start');
      // Only after a failure is it still there.
      onTestFinished(async () => {
        if (!isOver) process.kill(-pid, 'SIGKILL');
        await ended;
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
      return {
        text: () => text,
        // A copy of its own is compiled anew each time: on a busy machine that takes a while.
        said: (words) => expect.poll(() => text, { timeout: 100_000, interval: 50 }).toContain(words),
        signal: (name) => {
          if (!isOver) process.kill(pid, name);
        },
        ended,
      };
    },
  };
};

/** `npm run tidegate -- plan` there, of a checkout of another repository that somebody is in. */
export const plannedThere = async (isolation: 'none' | 'bubblewrap', ...changes: readonly Change[]) => {
  const clone = plantedCheckout(...changes);
  const state = temporaryFolder('state');
  const repository = makeCheckout({
    'network/backend.tf': localBackend(state, 'network'),
    'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "one"\n}\n',
  });
  const operator = temporaryFolder('operator');
  put(operator, 'operator.yaml', `allow: ["*/*"]\nisolation: ${isolation}\nallow_local_state: ${state}\n`);
  const args = ['tidegate', '--', 'plan', '-d', 'network', '--config', path.join(operator, 'operator.yaml')];
  const npm = clone.npm(args, {}, repository.folder);
  return { code: await npm.ended, text: npm.text(), ran: clone.ran(), handedOn: clone.handedOn() };
};
