import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Script, ScriptedAnswer } from '../../src/sandbox/scripted/sandbox.ts';
import { temporaryFolder } from './leftovers.ts';

/*
 * A tool that meets the contract of `runners/README.md`, as somebody writes one: a program of its own, a folder with `runner.yml`, and
 * no code of ours. Its world is a file; a project's wish is `wish.json`, both of them names with values.
 */

const own = fileURLToPath(new URL('../fixtures/summary-tool', import.meta.url));
const shipped = fileURLToPath(new URL('../../runners', import.meta.url));

const { things } = await import(pathToFileURL(path.join(own, 'tool.mjs')).href);

const within: Script = async (step, { cwd, environment, signal }): Promise<ScriptedAnswer> => {
  const [, ...argv] = step.argv;
  const wait = () => setTimeout(10, undefined, { signal });
  try {
    const { exitCode, printed } = await things({ argv, cwd, env: environment, wait });
    return { exitCode, data: printed, text: step.output === 'data' ? '' : printed };
  } catch (error) {
    if (signal.aborted) return { ended: 'signal', exitCode: null };
    return { exitCode: 1, text: `${error}\n` };
  }
};

const asProcess: Script = (step, { cwd, environment, signal }) =>
  new Promise<ScriptedAnswer>((resolve) => {
    const [program, ...args] = step.argv;
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    const child = execFile(program, args, { cwd, env, encoding: 'utf8' }, (error, stdout, stderr) => {
      const killed = error !== null && typeof error.code !== 'number';
      resolve({
        ended: killed ? 'signal' : 'exit',
        exitCode: error === null ? 0 : killed ? null : Number(error.code),
        data: stdout,
        text: step.output === 'data' ? stderr : `${stdout}${stderr}`,
      });
    });
    signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
  });

export type Things = Readonly<Record<string, string>>;

export interface SummaryTool {
  /** Folder of runners, absolute: `things`, and Terraform beside it. */
  readonly runners: string;
  readonly world: { get(): Things; set(things: Things): void };
  /** How it behaves from now on, see `tool.mjs`; `{}`: as it should. */
  behave(how: Readonly<Record<string, unknown>>): void;
  /** Lets a phase go on that was told to wait (`apply: { held: true }`). */
  letGo(): void;
  /** Every phase that it was started for, with what it was told. */
  journal(): readonly { readonly phase: string; readonly told: Readonly<Record<string, string>> }[];
  /** Runs steps in this process: to start one takes longer than most of what is told about it. */
  readonly script: Script;
  /** Runs steps as processes. */
  readonly process: Script;
}

/**
 * @param lines of `runner.yml` that stand in the place of those with the same key
 * @param isAlone without Terraform, for a server that has it
 */
export const createSummaryTool = (
  lines: Readonly<Record<string, string>> = {},
  { isAlone = false }: { readonly isAlone?: boolean } = {},
): SummaryTool => {
  const folder = temporaryFolder('summary-tool');
  const runners = path.join(folder, 'runners');
  // The plans of Terraform that lie beside its runner are for other tests, and there are a hundred.
  const filter = (source: string) => path.basename(source) !== 'fixtures';
  if (!isAlone)
    cpSync(path.join(shipped, 'terraform'), path.join(runners, 'terraform'), { recursive: true, filter });
  cpSync(own, path.join(runners, 'things'), { recursive: true });
  chmodSync(path.join(runners, 'things/tool.mjs'), 0o755);
  const outside = path.join(folder, 'outside');
  mkdirSync(outside);
  const at = (name: string) => path.join(outside, name);
  const file = path.join(runners, 'things/runner.yml');
  let yaml = readFileSync(file, 'utf8').replace('FOLDER', outside);
  for (const [key, line] of Object.entries(lines)) {
    const old = new RegExp(`^${key}:.*\n`, 'm');
    yaml = old.test(yaml) ? yaml.replace(old, () => `${line}\n`) : `${yaml}${line}\n`;
  }
  writeFileSync(file, yaml);
  const world = {
    get: (): Things => JSON.parse(readFileSync(at('world.json'), 'utf8')),
    set: (things: Things) => writeFileSync(at('world.json'), JSON.stringify(things)),
  };
  world.set({});
  return {
    runners,
    world,
    behave: (how) => writeFileSync(at('how.json'), JSON.stringify(how)),
    letGo: () => writeFileSync(at('go'), ''),
    journal: () =>
      existsSync(at('journal'))
        ? readFileSync(at('journal'), 'utf8')
            .split('\n')
            // The last line may be being written.
            .slice(0, -1)
            .map((line) => JSON.parse(line))
        : [],
    script: within,
    process: asProcess,
  };
};
