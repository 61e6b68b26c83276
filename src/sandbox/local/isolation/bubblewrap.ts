import { lstatSync, realpathSync, statSync } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import type { Reach } from '../../../domain/run.ts';
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
import { stateRooms } from './state-file.ts';
import { systemFolders } from './system-folders.ts';

/** Where every checkout is, inside: a plan does not know which one it was made in. */
const workspaceFolder = '/workspace';

export interface BubblewrapOptions {
  /** Absolute; null where this machine has no `prlimit`, and nothing can be limited. */
  readonly programs: { readonly bwrap: string; readonly prlimit: string | null };
  /** Can this bwrap keep a tool from making namespaces of its own (0.8 and newer)? */
  readonly forbidsNamespaces: boolean;
  /** Whatever lies in it is never shown, whoever asks for it; absolute. */
  readonly dataFolder: string;
  /** Folder in it whose programs tools may be, absolute; absent: none. */
  readonly toolsFolder?: string;
  /** Where the list of users is written that tools see; absolute, made when missing. */
  readonly folder: string;
  /** Of the server's own user; tools run as it, without its rights. */
  readonly uid: number;
  readonly gid: number;
  /** Folders and files that each verb's tools may read besides the system's. */
  readonly readOnly: Readonly<Record<Reach, readonly string[]>>;
  /** Shown to both; null for none. */
  readonly providerMirror: string | null;
  /** Variables that the operator passes on: what they name is shown too. Those of a repository never show anything. */
  readonly passed: Readonly<Record<Reach, Readonly<Record<string, string>>>>;
  /** May tools reach the network? */
  readonly network: Readonly<Record<Reach, boolean>>;
  readonly limits: Limits;
}

/**
 * What is at a path, links followed; null for nothing, and for what the server may not look at: a PATH often has folders of
 * somebody else. A dozen of these at once take less time than one of them that is waited for, and every step of every run asks.
 */
const factsOf = (path: string) => {
  try {
    return statSync(path);
  } catch {
    return null;
  }
};

/** The name without links; of what is not there, as much as there is of it. */
const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), basename(path));
  }
};

/** Is `path` that folder, or something in it? */
const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
};

const sharedMemoryBytes = 64 * 1024 * 1024;

/** The server is root, or not: inside, a tool is never user 0. */
const nobody = 65_534;

/** bubblewrap's own namespaces and the smallest set of rights. The tool gets a session that the server's signals do not reach. */
export const namespaces: readonly string[] = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
  '--cap-drop',
  'ALL',
  '--new-session',
  '--hostname',
  'tidegate',
];

/** What of the kernel tools see. */
export const kernelFolders: readonly string[] = [
  '--proc',
  '/proc',
  // The kernel's settings are in it, and whoever is root outside may write them whatever he is inside.
  '--remount-ro',
  '/proc',
  '--dev',
  '/dev',
  // Memory that no limit counts.
  '--size',
  String(sharedMemoryBytes),
  '--tmpfs',
  '/dev/shm',
  '--remount-ro',
  '/dev',
];

const users = (uid: number, gid: number): Readonly<Record<'passwd' | 'group', string>> => ({
  passwd: `tidegate:x:${uid}:${gid}::/nonexistent:/usr/sbin/nologin\n`,
  group: `tidegate:x:${gid}:\n`,
});

/** Arguments that show what a step has to itself, and where it starts. */
interface Rooms {
  readonly inside: string;
  readonly rooms: readonly string[];
}

const own = (path: string, how: '--bind' | '--ro-bind' = '--bind') => [how, path, path];

/** Nothing of the run but what the server hands over, which may be read only, and the step's own folder. */
const apartRooms = (folder: string, apart: string): Rooms => ({
  inside: workOf(apart),
  rooms: [...own(apartOf(folder), '--ro-bind'), ...own(homeOf(apart)), ...own(workOf(apart))],
});

/**
 * Puts bubblewrap between a tool and this machine: it sees the system's programs, its checkout at `/workspace`, its run's own
 * folders, and nothing else of the disk; no process but its own; of the checkout it may write the project's folder alone.
 * A step that changes nothing dies with its host, and all it started with it. One that mutates outlives it, as without a wall.
 */
export const createBubblewrap = async (options: BubblewrapOptions): Promise<Isolation> => {
  const { programs, dataFolder, limits } = options;
  const uid = options.uid === 0 ? nobody : options.uid;
  const gid = options.uid === 0 ? nobody : options.gid;
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const known: string[] = ['--uid', String(uid), '--gid', String(gid)];
  for (const [name, text] of Object.entries(users(uid, gid))) {
    await writeFile(join(options.folder, name), text, { mode: 0o600 });
    known.push('--ro-bind', join(options.folder, name), `/etc/${name}`);
  }
  const system = await systemFolders();
  const ours = real(dataFolder);
  /** By what names mean, not by how they are written: a data folder is often a link to a larger disk. */
  const isOurs = (path: string): boolean => {
    const at = real(path);
    if (options.toolsFolder !== undefined && isWithin(real(options.toolsFolder), at)) return false;
    return isWithin(ours, at) || isWithin(at, ours);
  };

  /** A tool on PATH may be a link to where it was unpacked. */
  const realProgram = ({ program, environment }: Place): readonly string[] => {
    const candidates = program.startsWith('/')
      ? [program]
      : (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
    const file = candidates.find((path) => path.startsWith('/') && factsOf(path)?.isFile() === true);
    return file === undefined ? [] : [realpathSync(file)];
  };

  /** Files that a passed variable names. A link is what credentials that rotate are: its folder, so that an apply sees the new ones. */
  const passedFiles = (verb: Reach): readonly string[] =>
    Object.values(options.passed[verb])
      .filter((path) => path.startsWith('/') && factsOf(path)?.isFile() === true)
      .map((path) => (lstatSync(path).isSymbolicLink() ? dirname(path) : path));

  /** What is shown besides the system: where programs are, and what the operator lists, passes or names. */
  const shown = (place: Place): readonly string[] => {
    const { verb, environment, apart } = place;
    const folders = (environment['PATH'] ?? '').split(delimiter);
    const wanted = [...folders, ...realProgram(place), ...place.madeOf];
    if (apart !== null) wanted.push(...apart.named, ...options.readOnly[verb]);
    else wanted.push(...options.readOnly[verb], ...passedFiles(verb));
    if (apart === null && options.providerMirror !== null) wanted.push(options.providerMirror);
    const paths = [...new Set(wanted)].filter(
      (path) => path.startsWith('/') && !isWithin('/usr', path) && !isOurs(path),
    );
    const args: string[] = [];
    for (const path of paths) if (factsOf(path) !== null) args.push('--ro-bind', realpathSync(path), path);
    return args;
  };

  /** What a tool has to itself, and its checkout. */
  const toolRooms = async (place: Place): Promise<Rooms> => {
    const { folder, checkout, dir, verb } = place;
    const project = await realFolder(checkout, dir);
    const inside = join(workspaceFolder, dir);
    const rooms = [
      ...own(homeOf(folder)),
      ...own(freshOf(folder)),
      // What was reviewed is laid out there for an apply: nothing of the apply may change it.
      ...own(filesOf(folder), verb === 'apply' ? '--ro-bind' : '--bind'),
      ...own(cliConfigOf(folder), '--ro-bind'),
      ...(await stateRooms(place)),
      ...['--ro-bind', await realpath(checkout), workspaceFolder],
      ...['--bind', project, inside],
    ];
    return { inside, rooms };
  };

  return {
    kind: 'bubblewrap',
    // Short: providers talk over Unix sockets in it, whose names may have 107 bytes.
    temporary: '/tmp',
    // Nothing behind a wall outlives its step.
    end: () => Promise.resolve(),
    wall: async (place) => {
      const { folder, verb, mutates, apart } = place;
      const { inside, rooms } = apart === null ? await toolRooms(place) : apartRooms(folder, apart.folder);
      return {
        cwd: '/',
        behind: { programs: [programs.bwrap, ...(programs.prlimit === null ? [] : [programs.prlimit])] },
        through: [
          programs.bwrap,
          ...namespaces,
          ...(options.forbidsNamespaces ? ['--disable-userns'] : []),
          ...(options.network[verb] ? [] : ['--unshare-net']),
          ...(mutates ? [] : ['--die-with-parent']),
          ...system,
          ...known,
          ...kernelFolders,
          '--bind',
          temporaryOf(apart?.folder ?? folder),
          '/tmp',
          ...shown(place),
          ...rooms,
          '--remount-ro',
          '/',
          '--chdir',
          inside,
          '--',
          ...limited(programs.prlimit, limits, mutates),
        ],
      };
    },
  };
};
