/** What `lstat` says of a folder, a link or a file on the way to a program. */
export interface Entry {
  /** Absolute. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** With the bits of `S_ISVTX` and of permissions. */
  readonly mode: number;
  readonly kind: 'folder' | 'link' | 'file';
}

/** Who the server is, and who else is on this machine. */
export interface Machine {
  /** The user of the server. */
  readonly uid: number;
  /** Text of `/etc/passwd` and `/etc/group`; empty where there is none. */
  readonly passwd: string;
  readonly group: string;
  /** Are these two all there is? On macOS the directory service knows the users, and the files do not. */
  readonly isWhole: boolean;
}

const sticky = 0o1000;

const linesOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));

/** `wheel` and `admin`: whoever is in them may become root anyway. */
const administratorsOfMacos = [0, 80];

/**
 * Can nobody write as this group but root and the user of the server? Many systems give each user a group of the same name and
 * let it write (umask 002), and older Debians let `staff` write to `/usr/local`, which has no members.
 */
const isHarmless = (gid: number, machine: Machine): boolean => {
  if (!machine.isWhole) return administratorsOfMacos.includes(gid);
  const users = linesOf(machine.passwd);
  const known = linesOf(machine.group).find(([, , id]) => Number(id) === gid);
  // A group that no file knows may have members somewhere else.
  if (known === undefined) return false;
  const ours = new Set(
    users.filter(([, , uid]) => uid === '0' || Number(uid) === machine.uid).map(([name]) => name),
  );
  const named = (known[3] ?? '').split(',').filter((name) => name !== '');
  const primary = users.filter(([, , , id]) => Number(id) === gid).map(([name]) => name);
  return [...named, ...primary].every((name) => ours.has(name));
};

/**
 * Who, besides root and the user of the server, may exchange what is at this path, in words that follow "can be written by"; null for
 * nobody. `/proc` and access lists know more than these bits; an access list shows in the bits of the group.
 */
export const otherWriter = (entry: Entry, machine: Machine): string | null => {
  const { uid, gid, mode, kind } = entry;
  if (uid !== 0 && uid !== machine.uid) return `its owner, user ${uid}`;
  // Bits of a link mean nothing. In a folder with the sticky bit everybody may make files, and remove only their own.
  if (kind === 'link' || (kind === 'folder' && (mode & sticky) !== 0)) return null;
  if ((mode & 0o002) !== 0) return 'everybody';
  if ((mode & 0o020) !== 0 && !isHarmless(gid, machine)) return `the group ${gid}`;
  return null;
};
