import { renameSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../port.ts';

/** Bare mirrors on disk, one per numeric repository id. */
export interface Mirrors {
  path(repositoryId: number): string;
  /** Makes an empty mirror where there is none, and clears what a killed fetch left behind. */
  prepare(repositoryId: number): Promise<{ readonly isNew: boolean }>;
  /** Was it fetched without files, so that one may be missing? By its path: it may not be in its place yet. */
  setBlobless(repository: string, blobless: boolean): Promise<void>;
  isBlobless(repositoryId: number): Promise<boolean>;
  /** Forgets that the mirror was looked after: the next `prepare` clears leftovers again. */
  distrust(repositoryId: number): void;
  /** Marks a mirror whose objects can not be read, so that the next fetch builds it anew. Survives a restart. */
  condemn(repositoryId: number): Promise<void>;
  isCondemned(repositoryId: number): Promise<boolean>;
  /** To be told when a fetch has ended well. */
  used(repositoryId: number): Promise<void>;
  all(): ReturnType<Git['mirrors']>;
  /** Removes a mirror that nobody fetches into at this moment. Out of sight before it returns, gone when it resolves. */
  remove(repositoryId: number): Promise<void>;
  /** Fills an empty mirror beside the old one with `fill` and puts it in its place when that worked. */
  replace(repositoryId: number, fill: (repository: string) => Promise<void>): Promise<void>;
}

/**
 * Above every `.gitattributes`: no filter, no conversion, so that a checkout is the tree byte for
 * byte, and what a filter is called never matters.
 */
const attributes = '* -text !eol !ident !filter !working-tree-encoding\n';

const condemned = 'tidegate-condemned';
const blobless = 'tidegate-blobless';
/** Empty; written at each fetch, so that its time tells of the last one. */
const used = 'tidegate-used';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Readers may be at work: a file is either as it was or whole, and is left alone when it is right. */
const ensureFile = async (path: string, text: string): Promise<void> => {
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return;
  await writeFile(`${path}.fresh`, text);
  await rename(`${path}.fresh`, path);
};

/** What `git init --bare` would make, without a process, hooks or a template. Mends what is there. */
const writeSkeleton = async (repository: string): Promise<void> => {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tidegate', 'info']) {
    await mkdir(join(repository, folder), { recursive: true, mode: 0o700 });
  }
  await ensureFile(join(repository, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  await ensureFile(join(repository, 'info/attributes'), attributes);
  await ensureFile(join(repository, 'HEAD'), 'ref: refs/heads/none\n');
};

/** Only one process fetches into a mirror and only one server has the data folder: every lock is stale. */
const clearLeftovers = async (repository: string): Promise<void> => {
  const below = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const stale = entry.name.endsWith('.lock') || entry.name.startsWith('tmp_');
      if (stale) await rm(path, { recursive: true, force: true });
      else if (entry.isDirectory() && depth > 0) await below(path, depth - 1);
    }
  };
  await below(repository, 4);
};

export const createMirrors = (folder: string): Mirrors => {
  const trusted = new Set<number>();
  const path = (repositoryId: number): string => {
    if (!Number.isSafeInteger(repositoryId) || repositoryId < 0) {
      throw new TypeError(`not a repository id: ${repositoryId}`);
    }
    return join(folder, `${repositoryId}.git`);
  };

  return {
    path,
    prepare: async (repositoryId) => {
      if (trusted.has(repositoryId)) return { isNew: false };
      const repository = path(repositoryId);
      const isNew = !(await exists(repository));
      await writeSkeleton(repository);
      await clearLeftovers(repository);
      trusted.add(repositoryId);
      return { isNew };
    },
    setBlobless: async (repository, is) => {
      const mark = join(repository, blobless);
      if (is) await writeFile(mark, '');
      else await rm(mark, { force: true });
    },
    isBlobless: (repositoryId) => exists(join(path(repositoryId), blobless)),
    distrust: (repositoryId) => {
      trusted.delete(repositoryId);
    },
    condemn: async (repositoryId) => {
      await writeFile(join(path(repositoryId), condemned), '').catch(() => {});
    },
    isCondemned: (repositoryId) => exists(join(path(repositoryId), condemned)),
    used: (repositoryId) => writeFile(join(path(repositoryId), used), ''),
    all: async () => {
      const names = await readdir(folder).catch(() => []);
      const ids = names.flatMap((name) => (/^\d{1,15}\.git$/.test(name) ? [Number.parseInt(name, 10)] : []));
      return await Promise.all(
        ids.map(async (repositoryId) => {
          const at = path(repositoryId);
          const { mtimeMs } = await stat(join(at, used)).catch(() => stat(at));
          return { repositoryId, usedAt: mtimeMs, folders: [at, `${at}.spare`] };
        }),
      );
    },
    remove: (repositoryId) => {
      const repository = path(repositoryId);
      trusted.delete(repositoryId);
      // In one step: whoever fetches a moment later finds none, and never half of one.
      renameSync(repository, `${repository}.old`);
      return rm(`${repository}.old`, { recursive: true, force: true });
    },
    replace: async (repositoryId, fill) => {
      const repository = path(repositoryId);
      const fresh = `${repository}.fresh`;
      const old = `${repository}.old`;
      await rm(fresh, { recursive: true, force: true });
      await rm(old, { recursive: true, force: true });
      await writeSkeleton(fresh);
      try {
        await fill(fresh);
        if (await exists(repository)) await rename(repository, old);
        await rename(fresh, repository);
      } finally {
        await rm(fresh, { recursive: true, force: true });
        await rm(old, { recursive: true, force: true });
      }
    },
  };
};
