import { closeSync } from 'node:fs';
import { execa } from 'execa';
import { gitEnvironment, type Private, type Setting } from './environment.ts';
import { openHidden } from './hidden-file.ts';

export interface GitOptions {
  /** The bare repository. Given to git as GIT_DIR, so it never goes looking for one. */
  readonly repository: string;
  /** GIT_WORK_TREE, with an index of its own. */
  readonly workTree?: { readonly folder: string; readonly index: string };
  readonly input?: string | Uint8Array;
  readonly settings?: readonly Setting[];
  /**
   * Lines of configuration that nobody else may read: in no argument, no environment and no file that has a name. git and
   * what it starts get them as an open descriptor.
   */
  readonly hidden?: string;
  /** Exit codes that are an answer; [0] when absent. */
  readonly answers?: readonly number[];
  /** Milliseconds. */
  readonly timeout?: number;
  /**
   * It may ask a server; without this, git fails where it would. It starts helpers for that: they get
   * a group of their own and end with it. `git fetch` leaves `git-remote-http` behind when it is ended, waiting for the server for ever.
   */
  readonly talks?: boolean;
  /** Ends it, and all that it has started. */
  readonly signal?: AbortSignal;
}

export interface GitAnswer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A git process that did not answer. The message holds its own words, never its environment. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(command: string, stderr: string, timedOut: boolean) {
    super(`git ${command} ${timedOut ? 'took too long' : 'failed'}: ${stderr.trim().slice(0, 2000)}`);
    this.stderr = stderr;
    this.timedOut = timedOut;
  }
}

/** Runs one git process to its end. Throws GitFailed for an exit code that is no answer, a signal, or a time-out. */
export type RunGit = (args: readonly string[], options: GitOptions) => Promise<GitAnswer>;

/** The same, handing standard output on as it comes instead of keeping it. */
export type StreamGit = (
  args: readonly string[],
  options: Omit<GitOptions, 'hidden'>,
  take: (chunk: Buffer) => void,
) => Promise<void>;

const readTimeout = 300_000;
// A listing of a million paths fits; more than this is not a repository people review.
const maxBuffer = 512 * 1024 * 1024;

/** The number under which git has what is hidden. It reads it anew for each of its processes, which a file allows. */
const hiddenAt = 3;
const including: Setting = ['include.path', `/dev/fd/${hiddenAt}`];

/** execa hands any descriptor on; its types know those up to 9 only. */
const handedOn = (descriptor: number) => ['pipe', 'pipe', 'pipe', descriptor as typeof hiddenAt] as const;

const hasGroup = ({ talks, signal }: GitOptions): boolean => talks === true || signal !== undefined;

const execaOptions = (own: Private, options: GitOptions, hidden: number | null) => ({
  cwd: options.repository,
  env: {
    ...gitEnvironment(
      own,
      [...(options.settings ?? []), ...(hidden === null ? [] : [including])],
      options.talks,
    ),
    GIT_DIR: options.repository,
    ...(options.workTree && {
      GIT_WORK_TREE: options.workTree.folder,
      GIT_INDEX_FILE: options.workTree.index,
    }),
  },
  extendEnv: false,
  encoding: 'buffer' as const,
  stripFinalNewline: false,
  reject: false as const,
  maxBuffer,
  input: options.input ?? '',
  stdio: hidden === null ? ('pipe' as const) : handedOn(hidden),
  timeout: options.timeout ?? readTimeout,
  forceKillAfterDelay: 2_000,
  detached: hasGroup(options),
  ...(options.signal && { cancelSignal: options.signal }),
});

const text = (bytes: unknown): string => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : '');

/** Ends what is left of a process group; its leader is gone, so mostly there is nothing. */
const endGroup = (leader: number | undefined): void => {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // No such group: all have ended.
  }
};

/** The two ways to start git. Argv arrays only; the environment is ours alone. */
export const createGitCommand = (own: Private): { run: RunGit; stream: StreamGit } => {
  const judge = (
    args: readonly string[],
    options: GitOptions,
    result: {
      exitCode?: number | undefined;
      timedOut: boolean;
      stderr?: unknown;
      originalMessage?: string | undefined;
    },
  ): number => {
    const { exitCode } = result;
    if (exitCode !== undefined && (options.answers ?? [0]).includes(exitCode)) return exitCode;
    throw new GitFailed(
      args[0] ?? '',
      text(result.stderr) || (result.originalMessage ?? ''),
      result.timedOut,
    );
  };
  return {
    run: async (args, options) => {
      const hidden = options.hidden === undefined ? null : openHidden(own.scratch, options.hidden);
      const child = execa(own.program, args, execaOptions(own, options, hidden));
      // The child has its own by now.
      if (hidden !== null) closeSync(hidden);
      const { nodeChildProcess } = child;
      if (hasGroup(options)) nodeChildProcess.once('exit', () => endGroup(nodeChildProcess.pid));
      const result = await child;
      const code = judge(args, options, result);
      return { code, stdout: Buffer.from(result.stdout), stderr: text(result.stderr) };
    },
    stream: async (args, options, take) => {
      const child = execa(own.program, args, {
        ...execaOptions(own, options, null),
        buffer: { stdout: false },
      });
      for await (const chunk of child.stdout) take(Buffer.from(chunk));
      judge(args, options, await child);
    },
  };
};
