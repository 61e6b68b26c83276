import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../sync-folder.ts';
import type { Blobs } from './port.ts';
import { createSeal, missing } from './seal.ts';

export interface DiskBlobsOptions {
  /** Absolute; made 0700 when absent. Belongs to this server alone. */
  readonly folder: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

const temporarySuffix = '.tmp';
const blobName = /^[0-9a-f]{64}$/;

const prepare = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  // Left by a crash between writing and renaming. Nobody else writes here, so none of them is in use.
  for (const name of await readdir(folder)) {
    if (name.endsWith(temporarySuffix)) await rm(join(folder, name), { force: true });
  }
};

const writeWhole = async (folder: string, name: string, bytes: Buffer): Promise<void> => {
  const temporary = join(folder, `${randomBytes(12).toString('hex')}${temporarySuffix}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
};

/** One file per blob, sealed in memory before the first byte is written; there whole, and after a power loss too, or not at all. */
export const createDiskBlobs = ({ folder, key }: DiskBlobsOptions): Blobs => {
  const seal = createSeal(key);
  /** Names of what this process stored. */
  const mine = new Set<string>();
  let prepared: Promise<void> | null = null;
  const ready = async (): Promise<void> => {
    prepared ??= prepare(folder);
    try {
      await prepared;
    } catch (error) {
      // The next call tries again: what was wrong with the folder may have been put right.
      prepared = null;
      throw error;
    }
  };
  return {
    put: async (bytes, binding) => {
      await ready();
      const digest = seal.digest(bytes);
      const name = seal.name(digest, binding);
      mine.add(name);
      await writeWhole(folder, name, seal.close(bytes, digest, binding));
      return digest;
    },
    get: async (digest, binding) => {
      const path = join(folder, seal.name(digest, binding));
      const sealed = await readFile(path).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw missing(digest);
        throw error;
      });
      return seal.open(sealed, digest, binding);
    },
    delete: async (digest, binding) => {
      await ready();
      await rm(join(folder, seal.name(digest, binding)), { force: true });
      await syncFolder(folder);
    },
    sweep: async (kept) => {
      await ready();
      const names = await readdir(folder);
      const named = new Set<string>();
      for await (const { digest, binding } of kept) named.add(seal.name(digest, binding));
      const orphans = names.filter((name) => blobName.test(name) && !named.has(name) && !mine.has(name));
      for (const name of orphans) await rm(join(folder, name), { force: true });
      return orphans.length;
    },
  };
};
