import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, lchown, lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Clock } from '../../../clock/port.ts';
import { send } from '../signals.ts';
import {
  apartOf,
  cliConfigOf,
  filesOf,
  freshOf,
  homeOf,
  type Isolation,
  type Limits,
  limited,
  type Place,
  temporaryOf,
  workOf,
} from './isolation.ts';
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
  readonly limits: Limits;
  readonly clock: Clock;
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

/** Real, effective, saved and file system user of every process: https://docs.kernel.org/filesystems/proc.html (1.1). */
const processesOf = (user: number): readonly number[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const users = /^Uid:\s+(.*)$/m.exec(status)?.[1] ?? '';
      const isGone = /^State:\s+[ZX]/m.test(status);
      return !isGone && users.split(/\s+/).includes(String(user)) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });

/** A process may start another between being seen and being killed: looked for until there is none. */
const endLooks = 200;
const lookEveryMs = 5;

/**
 * Gives every run's tools a user of their own, for a server that is root: other runs' files, the data folder and the server's
 * processes are somebody else's then. It sees what every user of this machine sees, and shares its network.
 */
export const createOwnUsers = (options: OwnUsersOptions): Isolation => {
  const { programs, limits, clock } = options;
  const numbered = (name: string): number =>
    firstUser + (createHash('sha256').update(name).digest().readUInt32BE() % userCount);
  const userOf = (folder: string): number => numbered(basename(folder));
  /** Another one: what a plan left behind must not reach what judges it. */
  const apartUserOf = (folder: string): number => numbered(`${basename(folder)}/apart`);
  /**
   * By a run's folder. Once, before any tool of the run is there: from then on its user may exchange folders and links in what
   * is its own, and root must not walk there any more.
   */
  const given = new Map<string, Promise<string>>();

  const giveTree = async ({ folder, checkout: laidOut, dir }: Place): Promise<string> => {
    const user = userOf(folder);
    const project = await realFolder(laidOut, dir);
    const checkout = await realpath(laidOut);
    // Modes of what planning wrote are compared at the apply: they stay, and the top folder lets nobody else in.
    const whole: Owner = { user, group: user, add: 0, drop: 0 };
    const shared: Owner = { user: 0, group: user, add: 0o040, drop: 0o027 };
    await chmod(checkout, 0o700);
    const dataFolder = await realpath(options.dataFolder);
    for (const path of [folder, checkout]) await openWay(dataFolder, await realpath(path));
    await chmod(`${checkout}.index`, 0o600).catch(() => undefined);
    await giveAll(checkout, shared, project);
    await giveAll(project, whole);
    for (const path of [homeOf(folder), temporaryOf(folder), freshOf(folder)]) await give(path, whole);
    await give(cliConfigOf(folder), shared);
    await chmod(checkout, 0o750);
    await chmod(folder, 0o711);
    return project;
  };

  const through = (user: number, mutates: boolean): readonly string[] => [
    programs.setpriv,
    ...becoming(user),
    ...limited(programs.prlimit, limits, mutates),
  ];

  /** What the server put there may be read; the step's own folder is its user's. */
  const giveApart = async (folder: string, own: string): Promise<number> => {
    const user = apartUserOf(folder);
    const shared: Owner = { user: 0, group: user, add: 0o040, drop: 0o027 };
    const apart = apartOf(folder);
    await openWay(await realpath(options.dataFolder), await realpath(folder));
    await give(apart, shared);
    // Folders with a number are those of steps: what is in them is their user's, and root must not walk there any more.
    for (const { name } of await readdir(apart, { withFileTypes: true }))
      if (!/^\d+$/.test(name)) await giveAll(join(apart, name), shared);
    await giveAll(own, { user, group: user, add: 0, drop: 0 });
    await chmod(folder, 0o711);
    return user;
  };

  return {
    kind: 'uid',
    temporary: null,
    wall: async (place) => {
      const { folder, verb, mutates, apart } = place;
      if (apart !== null) {
        const judge = await giveApart(folder, apart.folder);
        return { cwd: workOf(apart.folder), behind: null, through: through(judge, mutates) };
      }
      const user = userOf(folder);
      const giving = given.get(folder) ?? giveTree(place);
      given.set(folder, giving);
      const project = await giving;
      // What was reviewed is laid out there for an apply: it is root's, and nothing of the apply may change it.
      if (verb === 'apply') await giveAll(filesOf(folder), { user: 0, group: user, add: 0o040, drop: 0o027 });
      else await give(filesOf(folder), { user, group: user, add: 0, drop: 0 });
      return { cwd: project, behind: null, through: through(user, mutates) };
    },
    end: async (folder) => {
      given.delete(folder);
      const users = [userOf(folder), apartUserOf(folder)];
      for (let looks = 0; looks < endLooks; looks += 1) {
        const left = users.flatMap(processesOf);
        if (left.length === 0) return;
        for (const pid of left) send(pid, 'SIGKILL');
        await clock.sleep(lookEveryMs);
      }
    },
  };
};
