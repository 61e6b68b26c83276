import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './acts.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Half of the time that a short command takes is Node reading our TypeScript. */
export const compileCache = fileURLToPath(
  new URL('../../node_modules/.cache/tidegate-test', import.meta.url),
);

export interface MainProcess {
  readonly pid: number;
  /** Everything printed so far, both streams. */
  text(): string;
  /** Resolves once this was printed; rejects when it was not within half a minute. */
  said(words: string | RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** To the whole group of processes, as a terminal or an init system does; only with `ownGroup`. */
  signalGroup(name: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * `src/main.ts` as people start it, in a process of its own with exactly this environment. Whoever
 * starts it waits for `ended`.
 */
export const startMain = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
  options: { readonly ownGroup?: boolean } = {},
): MainProcess => {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...environment, TMPDIR: process.env['TMPDIR'], NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup === true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  // `close`, not `exit`: only then has everything it printed arrived.
  const ended = once(child, 'close').then(
    ([code, signal]: (number | NodeJS.Signals)[]) => code ?? signal ?? -1,
  );
  return {
    pid: child.pid ?? -1,
    text: () => text,
    said: (words) =>
      eventually(() => {
        if (typeof words === 'string' ? !text.includes(words) : !words.test(text))
          throw new Error(`it did not say ${words}: ${text}`);
      }),
    signal: (name) => {
      child.kill(name);
    },
    signalGroup: (name) => {
      if (options.ownGroup !== true || child.pid === undefined) throw new Error('it has no group of its own');
      process.kill(-child.pid, name);
    },
    ended,
  };
};
