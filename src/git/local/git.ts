import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { sha, treeId } from '../../domain/ids.ts';
import { type Log, silentLog } from '../../observe/log.ts';
import { standardPath } from '../../programs/search-path.ts';
import type { Git, OwnCommit } from '../port.ts';
import { createBatchParser } from './batch-parser.ts';
import { findBeforeMerge } from './before-merge.ts';
import { createCheckout, createLayOut, indexOf } from './checkout.ts';
import { createGitCommand, GitFailed, type GitOptions, type RunGit } from './command.ts';
import { createFetch } from './fetch.ts';
import { saysUnreadable } from './fetch-judge.ts';
import { createFolding } from './folding.ts';
import { createGraft } from './graft.ts';
import { createKnown } from './known.ts';
import { createMirrors } from './mirror.ts';
import { createPart } from './part.ts';
import { revertOf, writeCommit } from './revert.ts';
import { bytesOf } from './sizes.ts';
import { createSmallBlobs } from './small-blobs.ts';
import { createSpares, exists } from './spares.ts';
import { tendMirror } from './tend.ts';
import { createListEntries, createListTree } from './tree-listings.ts';
import { createTurns } from './turns.ts';
import { type GitProgram, requireGitVersion } from './version.ts';
import { createWritten } from './written.ts';

export interface LocalGitOptions {
  /** Absolute; the mirrors live in it, one per numeric repository id. */
  readonly folder: string;
  readonly log?: Log;
  /**
   * What `gitProgram` answered; createLocalGit throws the same UserError for one that is too old. Absent: the first git on `path`,
   * which is for tests.
   */
  readonly git?: GitProgram;
  /** PATH of git's processes. */
  readonly path?: string;
  /** Milliseconds one fetch may take, ten minutes when absent. */
  readonly fetchTimeout?: number;
  /** Whether new mirrors are fetched without files where the server can leave them out; true when absent. */
  readonly blobless?: boolean;
  /**
   * From how many files and folders on a repository gets a spare checkout, laid out in the background
   * for its next pull request; 2,000 when absent, Infinity for never.
   */
  readonly spareFrom?: number;
  /** Does the disk that this folder is to be on take names for one that differ in case alone? Tried out when absent. */
  readonly folds?: (folder: string) => Promise<boolean>;
}

export interface LocalGit extends Git {
  /** When no work goes on in the background any more: to be awaited before the process ends. */
  settled(): Promise<void>;
}

/** What a process that was killed had half made, or half removed. Only for a start, when nobody is at work. */
const removeHalves = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder))
    if (/\.(?:old|fresh)(?:\.index(?:\.lock)?)?$/.test(name))
      await rm(join(folder, name), { recursive: true, force: true });
};

const foldersBelow = async (folder: string, depth: number): Promise<readonly string[]> => {
  if (depth === 0) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below: string[] = [];
  for (const entry of entries)
    if (entry.isDirectory()) below.push(...(await foldersBelow(join(folder, entry.name), depth - 1)));
  return below;
};

const blobLimit = 5 * 1024 * 1024;
/** Bytes of one answer. */
const answerLimit = 64 * 1024 * 1024;
const objectId = /^[0-9a-f]{40}$/;
/** Git knows this one without having it. */
const emptyTree = treeId('4b825dc642cb6eb9a060e54bf8d69288fbee4904');

/** Git on this machine: a bare mirror per repository, real git processes, checkouts on disk. */
export const createLocalGit = (options: LocalGitOptions): LocalGit => {
  if (!isAbsolute(options.folder)) throw new TypeError('the folder of the mirrors must be absolute');
  if (options.git !== undefined) requireGitVersion(options.git.version);
  const log = options.log ?? silentLog;
  const empty = join(options.folder, 'empty');
  const mirrors = createMirrors(options.folder);
  const command = createGitCommand({
    empty,
    scratch: options.folder,
    program: options.git?.file ?? 'git',
    path: options.path ?? standardPath,
  });
  const turns = createTurns();

  let made: Promise<unknown> | null = null;
  const ready = (): Promise<unknown> => {
    made ??= mkdir(empty, { recursive: true, mode: 0o700 }).then(() => removeHalves(options.folder));
    return made;
  };

  /** Reading from a mirror that is damaged condemns it: the next fetch builds it anew. */
  const examine = async (repositoryId: number, stderr: string): Promise<void> => {
    if (!saysUnreadable(stderr)) return;
    log.warn('an object of the mirror could not be read', { repositoryId, stderr: stderr.slice(0, 500) });
    await mirrors.condemn(repositoryId);
  };
  const reading = async <T>(repositoryId: number, work: () => Promise<T>): Promise<T> => {
    try {
      await ready();
      return await work();
    } catch (error) {
      if (error instanceof GitFailed) {
        // It may be damaged or gone: what it said before is asked for again.
        known.forget(repositoryId);
        await examine(repositoryId, error.stderr);
      }
      throw error;
    }
  };
  const ask = (repositoryId: number, args: readonly string[], more: Partial<GitOptions> = {}) =>
    reading(repositoryId, () => command.run(args, { repository: mirrors.path(repositoryId), ...more }));

  const listTree = createListTree(command.run);
  const listEntries = createListEntries(listTree);
  const run: RunGit = command.run;
  const known = createKnown(run);
  const fetching = createFetch(run, mirrors, known, log, {
    empty,
    timeout: options.fetchTimeout ?? 600_000,
    blobless: options.blobless ?? true,
  });
  const checkout = createCheckout(run, listTree, options.folds ?? createFolding());
  const spares = createSpares(createLayOut(run), log);
  const spareFrom = options.spareFrom ?? 2_000;
  const written = createWritten(run, listTree);
  const smallBlobs = createSmallBlobs();
  const tending = new Set<Promise<void>>();
  const graft = createGraft(run);
  const part = createPart(run);
  const inFolder = <T>(folder: string, work: (folder: string) => Promise<T>): Promise<T> => {
    if (!isAbsolute(folder)) throw new TypeError('the folder of a checkout must be absolute');
    const plain = resolve(folder);
    return turns(plain, () => work(plain));
  };

  return {
    settled: async () => {
      fetching.disturbAll();
      await Promise.all([...tending, spares.settled()]);
    },
    fetch: async (repo, wish) => {
      await ready();
      return await fetching.fetch(repo, wish);
    },
    fetchBranch: async (repo, wish) => {
      await ready();
      return (await fetching.fetch(repo, { ...wish, pullNumber: null })).base;
    },
    tips: async (repo, wish) => {
      await ready();
      return await fetching.tips(repo, wish);
    },
    tags: async (repo, wish) => {
      await ready();
      return await fetching.tags(repo, wish);
    },
    complete: async (repo, of, open) => {
      await ready();
      await fetching.complete(repo, of, open);
    },
    ownCommits: async (repositoryId, tip, known, most) => {
      const args = ['rev-list', '--first-parent', '--parents', `--max-count=${most}`, sha(tip)];
      const { stdout } = await ask(repositoryId, known === null ? args : [...args, `^${sha(known)}`]);
      return stdout
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line): OwnCommit => {
          const [commit = '', parent] = line.split(' ');
          return { commit: sha(commit), parent: parent === undefined ? null : sha(parent) };
        });
    },
    hasCommit: async (repositoryId, commit) => {
      try {
        const { isThere, stderr } = await reading(repositoryId, () =>
          known.hasCommit(repositoryId, mirrors.path(repositoryId), commit),
        );
        await examine(repositoryId, stderr);
        return isThere;
      } catch (error) {
        // No mirror yet: its folder can not be entered.
        if (error instanceof GitFailed && !error.timedOut) return false;
        throw error;
      }
    },
    mergeOf: async (repositoryId, base, head) => {
      try {
        return await reading(repositoryId, () =>
          known.mergeOf(repositoryId, mirrors.path(repositoryId), base, head),
        );
      } catch (error) {
        // Nothing in common: no path is to blame.
        if (error instanceof GitFailed && /unrelated histories/.test(error.stderr)) return { conflicts: [] };
        throw error;
      }
    },
    revertOf: (repositoryId, tip, undone) =>
      fetching.writing(repositoryId, () =>
        reading(repositoryId, () =>
          revertOf(run, known, { id: repositoryId, repository: mirrors.path(repositoryId) }, tip, undone),
        ),
      ),
    commit: (repositoryId, wish) =>
      fetching.writing(repositoryId, () =>
        reading(repositoryId, () => writeCommit(run, mirrors.path(repositoryId), wish)),
      ),
    push: async (repo, wish) => {
      await ready();
      return await fetching.push(repo, wish);
    },
    mergeBase: (repositoryId, base, head) =>
      reading(repositoryId, () => known.mergeBase(repositoryId, mirrors.path(repositoryId), base, head)),
    beforeMerge: (repositoryId, merged, head) => {
      const text = async (args: readonly string[]) => (await ask(repositoryId, args)).stdout.toString();
      return findBeforeMerge(text, sha(merged), sha(head));
    },
    changed: (repositoryId, from, to) =>
      reading(repositoryId, () => known.changed(repositoryId, mirrors.path(repositoryId), from, to)),
    treeOf: async (repositoryId, commit) => {
      const [tree] = await reading(repositoryId, () =>
        known.treesOf(repositoryId, mirrors.path(repositoryId), [sha(commit)]),
      );
      if (tree === undefined) throw new GitFailed('rev-parse', `no tree of ${commit}`, false);
      return tree;
    },
    graft: (repositoryId, tree, grafts) =>
      // What tidies up takes halves of packs for leftovers.
      fetching.writing(repositoryId, () =>
        reading(repositoryId, () => graft(mirrors, repositoryId, tree, grafts)),
      ),
    part: (repositoryId, tree, keeps) =>
      reading(repositoryId, () => part(mirrors.path(repositoryId), tree, keeps)),
    entries: (repositoryId, tree) =>
      reading(repositoryId, () => listEntries(mirrors.path(repositoryId), tree)),
    blobs: (repositoryId, ids) =>
      reading(repositoryId, async () => {
        const found = new Map<string, Buffer>();
        let size = 0;
        const asked = [...new Set(ids)].filter((id) => {
          if (!objectId.test(id)) return false;
          const bytes = smallBlobs.get(repositoryId, id);
          if (bytes === null) return true;
          found.set(id, bytes);
          size += bytes.length;
          return false;
        });
        if (asked.length === 0) return found;
        const parser = createBatchParser(blobLimit, answerLimit - size);
        const input = `${asked.join('\n')}\n`;
        const repository = mirrors.path(repositoryId);
        await command.stream(['cat-file', '--batch', '--buffer'], { repository, input }, parser.push);
        const [lost] = parser.missing;
        // Where files were left out, one that is not there says nothing of what the tree holds.
        if (lost !== undefined && (await mirrors.isBlobless(repositoryId)))
          throw new GitFailed('cat-file', `missing blob ${lost}`, false);
        for (const [id, bytes] of parser.blobs) {
          found.set(id, bytes);
          smallBlobs.keep(repositoryId, id, bytes);
        }
        return found;
      }),
    checkout: async (repositoryId, tree, folder, rescue) =>
      await inFolder(folder, (plain) =>
        reading(repositoryId, async () => {
          const repository = mirrors.path(repositoryId);
          const large = (await listTree(repository, tree)).size >= spareFrom;
          const isNew = large && !(await exists(plain));
          if (isNew) await spares.take(repository, plain);
          await checkout(repository, tree, plain, rescue);
          if (isNew) spares.make(repository, tree);
        }),
      ),
    removeCheckout: async (repositoryId, folder, rescue) =>
      await inFolder(folder, async (plain) => {
        if ((await lstat(plain).catch(() => null)) === null) return;
        // Laying out nothing is how state files in it are found and kept first.
        await reading(repositoryId, () => checkout(mirrors.path(repositoryId), emptyTree, plain, rescue));
        await rm(plain, { recursive: true, force: true });
        await rm(indexOf(plain), { force: true });
      }),
    foldersBelow,
    mirrors: mirrors.all,
    tend: (repositoryId) => {
      const work: Promise<void> = ready()
        .then(() =>
          fetching.alone(repositoryId, (signal) => tendMirror(run, mirrors, log, repositoryId, signal)),
        )
        .catch((error: unknown) => log.warn('a mirror was not tidied up', { repositoryId, error }))
        .finally(() => tending.delete(work));
      tending.add(work);
      return work;
    },
    bytesOf,
    removeMirror: async (repositoryId) => {
      if (!(await spares.drop(mirrors.path(repositoryId)))) return false;
      // Asked and begun within one turn: no fetch can come in between.
      if (fetching.isBusy(repositoryId)) return false;
      smallBlobs.forget(repositoryId);
      fetching.forget(repositoryId);
      await mirrors.remove(repositoryId);
      known.forget(repositoryId);
      return true;
    },
    written: async (repositoryId, tree, folder) =>
      await inFolder(folder, (plain) =>
        reading(repositoryId, () => written(mirrors.path(repositoryId), treeId(tree), plain)),
      ),
  };
};
