import { createHash } from 'node:crypto';
import { chmod, lchown, lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { cliConfigOf, filesOf, homeOf, type Isolation, type Limits, temporaryOf } from './isolation.ts';
import { realFolder } from './real-folder.ts';

/** Of these nobody else has one: above what `useradd`, systemd and container runtimes give out, below what 32 bits hold. */
export const firstUser = 0x7000_0000;
const userCount = 1 << 20;

/** Arguments of setpriv: becomes that user and its group, with no rights and no way to get any. */
export const becoming = (user: number): readonly string[] => [
  '--reuid',
  String(user),
  '--regid',
  String(user),
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--',
];

export interface OwnUsersOptions {
  /** Absolute; null where this machine has no `prlimit`, and nothing can be limited. */
  readonly programs: { readonly setpriv: string; readonly prlimit: string | null };
  readonly dataFolder: string;
  /** Where a `local` backend may keep state; null for nowhere. */
  readonly stateFolder: string | null;
  readonly limits: Limits;
}

/** What an entry is to belong to, and with which permission bits at least and at most. */
interface Owner {
  readonly user: number;
  readonly group: number;
  readonly add: number;
  readonly drop: number;
}

/** Links are never followed: a branch may hold one to any file of this machine. */
const give = async (path: string, owner: Owner): Promise<void> => {
  const facts = await lstat(path);
  if (facts.uid !== owner.user || facts.gid !== owner.group) await lchown(path, owner.user, owner.group);
  if (facts.isSymbolicLink()) return;
  // What may be read may be entered, where it is a folder; what its owner may run, its reader may.
  const enter = facts.isDirectory() || (facts.mode & 0o100) !== 0 ? owner.add | (owner.add >> 2) : owner.add;
  const add = enter & 0o777;
  const mode = (facts.mode | add) & ~owner.drop & 0o777;
  if (mode !== (facts.mode & 0o777)) await chmod(path, mode);
};

const giveAll = async (path: string, owner: Owner, except?: string): Promise<void> => {
  await give(path, owner);
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of await readdir(path)) {
    const below = join(path, name);
    if (below !== except) await giveAll(below, owner, except);
  }
};

/** The server's folders on the way to `path` may be entered by others, and listed by nobody. */
const openWay = async (dataFolder: string, path: string): Promise<void> => {
  for (let at = dirname(path); !relative(dataFolder, at).startsWith('..'); at = dirname(at)) {
    const mode = (await lstat(at)).mode & 0o777;
    if (mode !== 0o711) await chmod(at, 0o711);
  }
};

/** Null, or the folder above the data folder that others may not enter. */
export const closedAbove = async (dataFolder: string): Promise<string | null> => {
  for (let at = dirname(dataFolder); at !== dirname(at); at = dirname(at)) {
    const facts = await lstat(at).catch(() => null);
    if (facts !== null && (facts.mode & 0o001) === 0) return at;
  }
  return null;
};

/**
 * Gives every run's tools a user of their own, for a server that is root: other runs' files, the data folder and the server's
 * processes are somebody else's then. It sees what every user of this machine sees, and shares its network.
 */
export const createOwnUsers = (options: OwnUsersOptions): Isolation => {
  const { programs, limits, stateFolder } = options;
  /** One for all where they share a folder for their state anyway. */
  const userOf = (folder: string): number =>
    stateFolder === null
      ? firstUser + (createHash('sha256').update(basename(folder)).digest().readUInt32BE() % userCount)
      : firstUser;
  return {
    kind: 'uid',
    temporary: null,
    wall: async ({ folder, checkout: laidOut, dir, verb, mutates }) => {
      const user = userOf(folder);
      const project = await realFolder(laidOut, dir);
      const checkout = await realpath(laidOut);
      // Modes of what planning wrote are compared at the apply: they stay, and the top folder lets nobody else in.
      const whole: Owner = { user, group: user, add: 0, drop: 0 };
      const shared: Owner = { user: 0, group: user, add: 0o040, drop: 0o027 };
      const dataFolder = await realpath(options.dataFolder);
      for (const path of [folder, checkout]) await openWay(dataFolder, await realpath(path));
      await chmod(folder, 0o711);
      await giveAll(checkout, shared, project);
      await giveAll(project, whole);
      await chmod(checkout, 0o750);
      await chmod(`${checkout}.index`, 0o600).catch(() => undefined);
      for (const path of [homeOf(folder), temporaryOf(folder)]) await give(path, whole);
      if (stateFolder !== null) await giveAll(stateFolder, whole).catch(() => undefined);
      // What was reviewed is laid out there for an apply: nothing of the apply may change it.
      await giveAll(filesOf(folder), verb === 'apply' ? shared : whole);
      await give(cliConfigOf(folder), shared);
      const most = [
        `--nproc=${limits.processes}`,
        `--data=${limits.memoryBytes}`,
        `--fsize=${limits.fileBytes}`,
      ];
      return {
        cwd: project,
        behind: null,
        through: [
          programs.setpriv,
          ...becoming(user),
          ...(programs.prlimit === null
            ? []
            : [programs.prlimit, '--core=0', ...(mutates ? [] : most), '--']),
        ],
      };
    },
  };
};
