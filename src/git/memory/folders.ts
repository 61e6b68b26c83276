import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** What lies at a path of a checkout. An empty folder is what a submodule leaves. */
export type Laid =
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly executable: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

/** Where checkouts lie: by absolute path, then by path below it. */
export interface Folders {
  /** Null where there is no such folder. Folders that hold something are not named. */
  read(folder: string): ReadonlyMap<string, Laid> | null;
  /** The folder holds exactly this afterwards. */
  lay(folder: string, content: ReadonlyMap<string, Laid>): void;
  remove(folder: string): void;
}

/** Folders of this process alone; a stand-in for a tool reads and writes them by `files`. */
export interface MemoryFolders extends Folders {
  /** Live, for whoever plays the tool; null where there is no such folder. */
  files(folder: string): Map<string, Laid> | null;
}

export const createMemoryFolders = (): MemoryFolders => {
  const folders = new Map<string, Map<string, Laid>>();
  return {
    read: (folder) => folders.get(folder) ?? null,
    files: (folder) => folders.get(folder) ?? null,
    lay: (folder, content) => void folders.set(folder, new Map(content)),
    remove: (folder) => void folders.delete(folder),
  };
};

const readBelow = (folder: string, relative: string, into: Map<string, Laid>): void => {
  const names = readdirSync(path.join(folder, relative));
  if (names.length === 0 && relative !== '') into.set(relative, { kind: 'folder' });
  for (const name of names) {
    const at = relative === '' ? name : `${relative}/${name}`;
    const file = path.join(folder, at);
    const stat = lstatSync(file);
    if (stat.isDirectory()) readBelow(folder, at, into);
    else if (stat.isSymbolicLink()) into.set(at, { kind: 'link', target: readlinkSync(file) });
    else if (stat.isFile())
      into.set(at, { kind: 'file', bytes: readFileSync(file), executable: (stat.mode & 0o100) !== 0 });
  }
};

/** Folders on this machine's disk, for a scripted tool that wants real ones. */
export const createDiskFolders = (): Folders => ({
  read: (folder) => {
    if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
    const content = new Map<string, Laid>();
    readBelow(folder, '', content);
    return content;
  },
  lay: (folder, content) => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [at, one] of content) {
      const file = path.join(folder, at);
      mkdirSync(one.kind === 'folder' ? file : path.dirname(file), { recursive: true });
      if (one.kind === 'link') symlinkSync(one.target, file);
      else if (one.kind === 'file') {
        writeFileSync(file, one.bytes);
        if (one.executable) chmodSync(file, 0o755);
      }
    }
  },
  remove: (folder) => rmSync(folder, { recursive: true, force: true }),
});
