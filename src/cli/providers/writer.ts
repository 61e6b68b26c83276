import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../clock/port.ts';
import { UserError } from '../../domain/problem.ts';
import { quoted } from '../../domain/quote.ts';
import { type FileLock, tryLock } from '../../store/file-lock.ts';
import { syncFolder } from '../../store/sync-folder.ts';
import { type IndexKind, mergedIndex } from './index-files.ts';
import type { Wanted } from './lock-files.ts';

type Package = Pick<Wanted, 'address' | 'version'>;

/** The one who may write into a mirror, as long as this process lives or until it is closed. */
export interface MirrorWriter {
  /** Absolute; the mirror itself. */
  readonly mirror: string;
  /** Absolute, empty at first, on the same disk as the mirror; goes when it is closed. No run ever looks at it. */
  readonly staging: string;
  /** Is this package there, packed or not? */
  has(wanted: Package): Promise<boolean>;
  /** Is anything of this provider there? Then runs take it from nowhere else. */
  knows(address: string): Promise<boolean>;
  /**
   * Puts packages of one provider that lie in `staged` (absolute, below `staging`, laid out as the mirror) where runs see them: each
   * is whole in the moment in which it is seen, and those of a provider that was not there are seen together. Nothing that is
   * there is changed but by what is added to an index. Null, or why some of it was not done.
   */
  place(address: string, versions: readonly string[], staged: string): Promise<string | null>;
  close(): Promise<void>;
}

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** As Terraform names it. */
const archiveOf = ({ address, version }: Package): string =>
  `terraform-provider-${path.basename(address)}_${version}_${platform}.zip`;

const refused = (sentence: string, advice: string, cause?: unknown): UserError =>
  new UserError({ code: 'mirror-refused', sentence, advice }, cause === undefined ? {} : { cause });

const isThere = async (at: string): Promise<boolean> => (await lstat(at).catch(orMissing)) !== null;

const orMissing = (error: unknown): null => {
  if (isCode(error, 'ENOENT')) return null;
  throw error;
};

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const sync = async (file: string): Promise<void> => {
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
};

/** Opens a mirror (absolute; made when missing) for writing. Throws UserError `mirror-refused` where somebody else works on it. */
export const openMirrorWriter = async (folder: string, clock: Clock): Promise<MirrorWriter> => {
  const made = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw refused(
      `The mirror ${quoted(folder)} cannot be made: ${String(error)}.`,
      'Name a folder that you may write.',
      error,
    );
  });
  const mirror = await realpath(folder);
  // Whatever our umask: runs may be other users.
  if (made !== undefined) await chmod(mirror, 0o755);
  // Beside the mirror: an `init` walks through all of the mirror, and fails where something goes away under its feet.
  const beside = (what: string) => path.join(path.dirname(mirror), `.${path.basename(mirror)}.${what}`);
  const [own, above] = await Promise.all([stat(mirror), stat(path.dirname(mirror))]);
  if (own.dev !== above.dev)
    throw refused(
      `The mirror ${quoted(mirror)} is where a disk is mounted, so nothing can be made ready beside it.`,
      'Let `sandbox.provider_mirror` name a folder on that disk.',
    );
  const note = beside('writer');
  const lock = ((): FileLock | null => {
    try {
      return tryLock(beside('lock'));
    } catch (error) {
      throw refused(
        `The mirror ${quoted(mirror)} cannot be locked: ${String(error)}.`,
        'Run this as the user that the mirror and the folder around it belong to.',
        error,
      );
    }
  })();
  if (lock === null) {
    const who = (await readFile(note, 'utf8').catch(() => '')).trim();
    throw refused(
      `Somebody else fills the mirror ${quoted(mirror)}${who === '' ? '' : `: ${who}`}.`,
      'Wait until that has ended, and try again.',
    );
  }
  const fillings = beside('filling-');
  const clear = async (): Promise<void> => {
    for (const name of await readdir(path.dirname(mirror)))
      if (name.startsWith(path.basename(fillings)))
        // A terraform that was left behind may write there still: then it goes the next time.
        await rm(path.join(path.dirname(mirror), name), {
          recursive: true,
          force: true,
          maxRetries: 5,
        }).catch(() => undefined);
  };
  const close = async (): Promise<void> => {
    await clear();
    await rm(note, { force: true });
    lock.release();
  };
  const prepared = async (): Promise<string> => {
    const since = new Date(clock.now()).toISOString();
    await writeFile(note, `process ${process.pid} on ${hostname()}, since ${since}\n`);
    // What somebody left who ended in the middle. Its terraform may still write there: so nobody goes on in the same folder.
    await clear();
    return mkdtemp(fillings);
  };
  const staging = await prepared().catch(async (error: unknown) => {
    await close().catch(() => undefined);
    throw error;
  });

  /** Of what a fetch left: readable for all whatever our umask, and on the disk. Null, or what should not be there. */
  const ready = async (
    address: string,
    versions: readonly string[],
    staged: string,
  ): Promise<string | null> => {
    const other = 'what came is not what was asked for';
    const at = path.join(staged, address);
    const steps = address.split('/');
    // All that lies there may become visible: nothing but what was held against its locks.
    for (const [depth, step] of steps.entries()) {
      const above = await readdir(path.join(staged, ...steps.slice(0, depth)), { withFileTypes: true });
      if (above.length !== 1 || above[0]?.name !== step || !above[0].isDirectory()) return other;
    }
    const expected = new Set(['index.json']);
    for (const version of versions) {
      expected.add(archiveOf({ address, version }));
      expected.add(`${version}.json`);
    }
    const entries = await readdir(at, { withFileTypes: true });
    const isExpected = entries.every((entry) => entry.isFile() && expected.has(entry.name));
    if (!isExpected || entries.length !== expected.size) return other;
    for (const { name } of entries) {
      await chmod(path.join(at, name), 0o644);
      await sync(path.join(at, name));
    }
    for (let one = at; one !== staged; one = path.dirname(one)) {
      await chmod(one, 0o755);
      await syncFolder(one);
    }
    return null;
  };

  /** What an index will be; null where that contradicts what is there. */
  const merged = async (address: string, name: string, kind: IndexKind, staged: string) => {
    const at = path.join(mirror, address, name);
    const there = await readFile(at, 'utf8').catch(orMissing);
    const text = mergedIndex(there, await readFile(path.join(staged, address, name), 'utf8'), kind);
    return text === null ? null : { at, text };
  };

  const add = async (
    address: string,
    versions: readonly string[],
    staged: string,
  ): Promise<string | null> => {
    const indexes: { readonly at: string; readonly text: string }[] = [];
    // The list of versions last: it names what is there.
    for (const name of [...versions.map((version) => `${version}.json`), 'index.json']) {
      const index = await merged(address, name, name === 'index.json' ? 'versions' : 'archives', staged);
      if (index === null) return `${quoted(path.join(mirror, address, name))} says otherwise, or is no index`;
      indexes.push(index);
    }
    for (const version of versions) {
      const name = archiveOf({ address, version });
      const at = path.join(mirror, address, name);
      try {
        // Unlike a rename it leaves what is there, whoever put it there.
        await link(path.join(staged, address, name), at);
      } catch (error) {
        if (isCode(error, 'EEXIST')) return `${quoted(at)} was put there meanwhile, not by Tidegate`;
        throw error;
      }
    }
    for (const { at, text } of indexes) {
      const made = path.join(staged, 'index-made');
      await writeFile(made, text);
      await chmod(made, 0o644);
      await sync(made);
      // The old one is there until the new one is.
      await rename(made, at);
    }
    return null;
  };

  return {
    mirror,
    staging,
    has: async ({ address, version }) =>
      (await isThere(path.join(mirror, address, archiveOf({ address, version })))) ||
      (await isThere(path.join(mirror, address, version, platform))),
    knows: (address) => isThere(path.join(mirror, address)),
    place: async (address, versions, staged) => {
      const problem = await ready(address, versions, staged);
      if (problem !== null) return problem;
      const steps = address.split('/').map((_, depth, all) => all.slice(0, depth + 1).join('/'));
      for (const step of steps) {
        const there = await lstat(path.join(mirror, step)).catch(orMissing);
        // Behind a link it would lie where nobody said.
        if (there?.isDirectory() === false) return `${quoted(path.join(mirror, step))} is no folder`;
        if (there !== null) continue;
        // A provider whose folder is there is taken from nowhere else: so it comes with all that is in it, in one step.
        await rename(path.join(staged, step), path.join(mirror, step));
        await syncFolder(path.dirname(path.join(mirror, step)));
        return null;
      }
      const left = await add(address, versions, staged);
      await syncFolder(path.join(mirror, address));
      return left;
    },
    close,
  };
};
