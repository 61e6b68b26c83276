import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

/** Helm 3 with a kubectl of its time, or Helm 4. */
export type Major = 3 | 4;

/** What is tried with each of them; Helm 4 alone in the short form of this part, which .ci/run asks for. */
export const majors: readonly Major[] = process.env['HELM_TESTS'] === 'short' ? [4] : [3, 4];

const lockFile = path.resolve('test/tools/helm/package-lock.json');

/** Folder with `helm` and `kubectl`, brought by `test/tools/helm/bring`. Throws where they are not. */
export const toolsOf = (major: Major): string => {
  const digest = createHash('sha256').update(readFileSync(lockFile)).digest('hex').slice(0, 16);
  const caches = process.env['XDG_CACHE_HOME'] ?? path.join(process.env['HOME'] ?? '/root', '.cache');
  const folder = path.join(caches, 'tidegate-tests', `helm-${digest}`, `helm${major}`);
  if (!existsSync(path.join(folder, 'helm'))) throw new Error('helm is not here: run test/tools/helm/bring');
  return folder;
};

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `helm` or `kubectl` of one major to its end, in an environment that holds nothing else. */
export const runTool = async (
  tool: 'helm' | 'kubectl',
  major: Major,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  more: { readonly cwd?: string; readonly signal?: AbortSignal } = {},
): Promise<Ran> => {
  const { exitCode, stdout, stderr } = await execa(path.join(toolsOf(major), tool), args, {
    env: {
      ...environment,
      PATH: `${toolsOf(major)}:/usr/bin:/bin`,
      ...(mark === undefined ? {} : { TIDEGATE_TEST_ROOT: mark }),
    },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    ...(more.cwd === undefined ? {} : { cwd: more.cwd }),
    ...(more.signal === undefined ? {} : { cancelSignal: more.signal }),
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
};

// By which what a test leaves running is found: test/support/leftovers.ts.
const mark = process.env['TIDEGATE_TEST_ROOT'];
