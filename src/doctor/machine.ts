import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { findProgram } from '../programs/find-program.ts';
import { exposureOf } from '../programs/server-programs.ts';
import type { Runner } from '../runner/port.ts';
import type { DataFolder } from './folder-checks.ts';
import type { FileFacts, Tool } from './machine-checks.ts';

/*
 * What this machine is asked. Nothing is made, locked or changed: a server may be at work beside us.
 */

const found = async (place: string, mode: number): Promise<boolean> => {
  try {
    await access(place, mode);
    return true;
  } catch {
    return false;
  }
};

/** Is the package there? It is not loaded: it would leave handles open in this process. */
export const hasPackage = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
};

/** A tool that hangs must not hang the doctor. */
const toolLimitMs = 15_000;

/** Asks a runner's tool for its version, as a run would: with PATH and the runner's own variables, and no others. */
export const askTool = async (runner: Runner, searchPath: string): Promise<Tool> => {
  const { executable, versionStep } = runner;
  const [program] = versionStep.argv;
  // A program of Tidegate starts the tool by its name; a file beside `runner.yml` is started by its path.
  const file = await findProgram(executable.startsWith('./') ? program : executable, searchPath, '/');
  const answer = await versionOf(runner, searchPath);
  const exposure = file === null ? null : await exposureOf(file);
  return { runner: runner.name, executable, file, exposure, ...answer };
};

const versionOf = (
  { executable, versionStep, readVersion }: Runner,
  searchPath: string,
): Promise<Pick<Tool, 'version' | 'why'>> =>
  new Promise((resolve) => {
    const [program, ...args] = versionStep.argv;
    const env = { ...versionStep.environment, PATH: searchPath, HOME: '/nonexistent' };
    const tool = (version: string | null, why: string) => resolve({ version, why });
    execFile(program, args, { env, cwd: '/', timeout: toolLimitMs, encoding: 'buffer' }, (error, stdout) => {
      const isMissing = error !== null && 'code' in error && error.code === 'ENOENT';
      if (isMissing) return tool(null, `\`${executable}\` is not installed`);
      if (error !== null) return tool(null, `\`${executable} ${args.join(' ')}\` fails`);
      try {
        tool(readVersion(stdout), '');
      } catch {
        tool(null, `\`${executable}\` does not say its version`);
      }
    });
  });

export const fileFacts = async (place: string): Promise<FileFacts> => {
  const isReadable = await found(place, constants.R_OK);
  const facts = await stat(place).catch(() => null);
  return { path: place, mode: facts === null || !isReadable ? null : facts.mode & 0o777 };
};

/** `statfs(2)` and `linux/magic.h`. Only what says something: what is not here is a disk, or nobody knows. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x517b, 'smb'],
  [0x5346414f, 'afs'],
  [0x00c36400, 'ceph'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x0bd00bd0, 'lustre'],
  [0x01161970, 'gfs2'],
]);

/** The folder itself, or the first one above it that is there. */
const nearest = async (folder: string): Promise<string> => {
  const parent = path.dirname(folder);
  return parent === folder || (await found(folder, constants.F_OK)) ? folder : nearest(parent);
};

export const dataFolderFacts = async (folder: string): Promise<DataFolder> => {
  const there = await nearest(folder);
  const facts = there === folder ? await stat(folder).catch(() => null) : null;
  const disk = await statfs(there).catch(() => null);
  return {
    path: folder,
    owner:
      facts === null ? null : { uid: facts.uid, mode: facts.mode & 0o777, isFolder: facts.isDirectory() },
    writable: await found(there, constants.W_OK),
    uid: process.getuid?.() ?? null,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
    // The field is signed in some versions.
    fileSystem: disk === null ? null : (fileSystems.get(disk.type >>> 0) ?? null),
  };
};
