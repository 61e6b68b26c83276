import { createHash } from 'node:crypto';
import path from 'node:path';
import PQueue from 'p-queue';
import type { Run } from '../domain/run.ts';
import type { PullKey } from '../store/port.ts';

/** Somebody's turn with a folder. */
export interface Turn {
  /** Does somebody wait for the folder? */
  isWaitedFor(): boolean;
  /** Whoever has it does not touch it any more, and nothing that was started for it does. */
  over(): void;
}

/**
 * One folder per pull request and tool workspace, for ever the same absolute path: a plan that
 * recorded `path.cwd`, or that needs a file it wrote, must find both again at apply (decision 3).
 */
export interface Checkouts {
  /** Absolute path of the tree. */
  folderOf(run: Pick<Run, 'repositoryId' | 'pullNumber' | 'project' | 'slot'>): string;
  /** Absolute path of the tree of previews: of no run, and laid out for one preview alone. */
  folderOfPreviews(pull: PullKey): string;
  /** Folder of all checkouts of a pull request. */
  folderOfPull(repositoryId: number, pullNumber: number): string;
  /** Every folder that `folderOf` ever named, as far as it is on disk. */
  readonly all: { readonly folder: string; readonly depth: number };
  /** Whose a folder of `all` is; null for what is none of ours. */
  pullOf(folder: string): PullKey | null;
  /**
   * Runs `work` while nobody else has this folder; in the order asked for. Work that goes on without the folder says so with
   * `over`, and the next one has it.
   */
  exclusive<T>(folder: string, work: (turn: Turn) => Promise<T>): Promise<T>;
}

export const createCheckouts = (options: { readonly folder: string }): Checkouts => {
  const lanes = new Map<string, PQueue>();
  const folderOfPull = (repositoryId: number, pullNumber: number): string =>
    path.join(options.folder, String(repositoryId), String(pullNumber));
  return {
    folderOfPull,
    all: { folder: options.folder, depth: 4 },
    pullOf: (folder) => {
      const [repository = '', pull = '', , tree, ...more] = path
        .relative(options.folder, folder)
        .split(path.sep);
      const isOurs = /^\d{1,15}$/.test(repository) && /^\d{1,15}$/.test(pull);
      return isOurs && tree === 'tree' && more.length === 0
        ? { repositoryId: Number(repository), pullNumber: Number(pull) }
        : null;
    },
    // No workspace has this name: theirs end with a digest.
    folderOfPreviews: ({ repositoryId, pullNumber }) =>
      path.join(folderOfPull(repositoryId, pullNumber), 'preview', 'tree'),
    folderOf: (run) => {
      // A workspace name may be as long as a file name and differ by case only: the digest keeps folders apart.
      const { workspace } = run.project;
      const beside = run.slot === undefined ? '' : `-${run.slot}`;
      const name = `${workspace.slice(0, 40).replaceAll(/[^\w.-]/g, '_')}-${createHash('sha256').update(workspace).digest('hex').slice(0, 8)}${beside}`;
      return path.join(folderOfPull(run.repositoryId, run.pullNumber), name, 'tree');
    },
    exclusive: async (folder, work) => {
      const lane = lanes.get(folder) ?? new PQueue({ concurrency: 1 });
      lanes.set(folder, lane);
      try {
        const { promise: over, resolve } = Promise.withResolvers<void>();
        const turn: Turn = { isWaitedFor: () => lane.size > 0, over: resolve };
        let working: ReturnType<typeof work> | undefined;
        await lane.add(async () => {
          working = work(turn);
          await Promise.race([working, over]);
        });
        if (working === undefined) throw new Error('the work of a turn was never begun');
        return await working;
      } finally {
        // Whoever goes on without the folder may come here when others have had it since.
        if (lanes.get(folder) === lane && lane.size === 0 && lane.pending === 0) lanes.delete(folder);
      }
    },
  };
};
