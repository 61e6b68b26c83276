import { join } from 'node:path';
import type { Isolation as Kind } from '../../../domain/isolation.ts';
import type { RepoPath } from '../../../domain/repo-path.ts';
import type { Reach } from '../../../domain/run.ts';
import type { StateFile } from '../../port.ts';

/** Where a step that runs apart is at home. All paths are absolute. */
export interface ApartPlace {
  /** In the run's `apartOf`, empty, and this step's alone. */
  readonly folder: string;
  /** What its arguments name and is there: it may read them. */
  readonly named: readonly string[];
}

/** One step of a run, before it is started. All paths are absolute and as the server sees them. */
export interface Place {
  /** The run's private folder. */
  readonly folder: string;
  readonly checkout: string;
  /** The project's folder below the checkout. */
  readonly dir: RepoPath;
  readonly verb: Reach;
  readonly mutates: boolean;
  /** The tool, as the step names it. */
  readonly program: string;
  /** Files and folders that the tool is made of: it may read them. */
  readonly madeOf: readonly string[];
  /** Where its state may be; null: nowhere on this machine. */
  readonly state: StateFile | null;
  /** For a step that runs apart: what it is given. Null for a tool. */
  readonly apart: ApartPlace | null;
  readonly environment: Readonly<Record<string, string>>;
}

/** What stands between the machine and a tool. Plain data: the run host puts it up. */
export interface Wall {
  /** Program and arguments that the tool is started through, absolute; empty for none. */
  readonly through: readonly string[];
  /** Where that is started, absolute. */
  readonly cwd: string;
  /**
   * Null where what is started becomes the tool. Otherwise the tool has processes of its own, and what is started waits for it:
   * bwrap's monitor, below it its reaper, below that the tool, once it is none of these programs (absolute).
   */
  readonly behind: { readonly programs: readonly string[] } | null;
}

/** What one run's plan-side steps may use. A step that mutates has no such limits: it would end half way. */
export interface Limits {
  /** Processes and threads at a time. */
  readonly processes: number;
  /** Of one process, in bytes. */
  readonly memoryBytes: number;
  /** Largest file, in bytes. */
  readonly fileBytes: number;
}

export interface Isolation {
  readonly kind: Kind;
  /** Where a tool finds its own temp folder, if not under the name that the server has for it. */
  readonly temporary: string | null;
  /**
   * Makes the files ready for a step's tool and says what it is started through. Throws UserError `path-refused` where the
   * project's folder is not one in the checkout.
   */
  wall(place: Place): Promise<Wall>;
  /** Ends whatever is left of a run that is over (its private folder, absolute). Call it before the folder is removed. */
  end(folder: string): Promise<void>;
}

/** In a run's private folder: what the tool may write, and what it may only read while it applies. */
export const homeOf = (folder: string): string => join(folder, 'home');
export const temporaryOf = (folder: string): string => join(folder, 'tmp');
export const filesOf = (folder: string): string => join(folder, 'files');
/** For a plan that is made once more while its apply is under way. */
export const freshOf = (folder: string): string => join(folder, 'fresh');
/** What no tool of the run sees, and in it what a step that runs apart has to itself. */
export const apartOf = (folder: string): string => join(folder, 'apart');
export const workOf = (apart: string): string => join(apart, 'work');
/** Copies of a state file, each in a folder of its own. */
export const statesOf = (folder: string): string => join(folder, 'states');
/** The tool's own settings, made by us. */
export const cliConfigOf = (folder: string): string => join(folder, 'terraform.tfrc');

/** Tools run as the server's own user: a clean environment and folders of their own, but no wall around anything. */
export const noIsolation: Isolation = {
  kind: 'none',
  temporary: null,
  wall: ({ checkout, dir, apart }) =>
    Promise.resolve({
      through: [],
      cwd: apart === null ? join(checkout, dir) : workOf(apart.folder),
      behind: null,
    }),
  end: () => Promise.resolve(),
};

/**
 * What a tool is started through to be held to its limits (null: this machine has no `prlimit`). No core file of it is ever
 * written, there are secrets in it.
 */
export const limited = (prlimit: string | null, limits: Limits, mutates: boolean): readonly string[] => {
  if (prlimit === null) return [];
  const { processes, memoryBytes, fileBytes } = limits;
  const most = [`--nproc=${processes}`, `--data=${memoryBytes}`, `--fsize=${fileBytes}`];
  return [prlimit, '--core=0', ...(mutates ? [] : most), '--'];
};
