import { execa } from 'execa';

/** Variables of a surrounding git (a hook, a bisect) that would send our commands elsewhere. */
const foreign = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_CEILING_DIRECTORIES',
];

/** What every git process of the hub starts with: nobody's configuration, nothing inherited that moves it. */
export const gitEnvironment: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(foreign.map((name) => [name, undefined])),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C.UTF-8',
};

export interface GitResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git in a bare repository. Exit codes are the caller's to read; only a git that could not start throws. */
export const gitResult = async (
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> => {
  const done = await execa('git', [...args], {
    cwd: folder,
    env: { ...gitEnvironment, ...options.env },
    input: options.input ?? '',
    stripFinalNewline: false,
    reject: false,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (done.exitCode === undefined)
    throw new Error(`git ${args[0] ?? ''} did not run: ${done.shortMessage ?? ''}`);
  return { code: done.exitCode, out: done.stdout, err: done.stderr };
};

/** Standard output of a git command that must succeed; throws with its own words otherwise. */
export const git = async (
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> => {
  const { code, out, err } = await gitResult(folder, args, options);
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${err.trim()}`);
  return out;
};

/** Standard output as base64, so that no byte of a blob is lost in a string. */
export const gitBase64 = async (folder: string, args: readonly string[]): Promise<string> => {
  const done = await execa('git', [...args], {
    cwd: folder,
    env: { ...gitEnvironment },
    encoding: 'base64',
    stripFinalNewline: false,
    maxBuffer: 1024 * 1024 * 1024,
  });
  return done.stdout;
};
