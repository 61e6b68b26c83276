import { lstat, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Problem, UserError } from '../domain/problem.ts';
import { findProgram } from './find-program.ts';
import { standardPath } from './search-path.ts';
import { type Entry, type Machine, otherWriter } from './writers.ts';

/** Programs that are not a runner's tool: the server starts them itself, outside of every wall. */
export const serverProgramNames = ['git', 'bwrap', 'prlimit', 'setpriv', 'nohup'] as const;

export type ServerProgram = (typeof serverProgramNames)[number];

/** Absolute paths, found once at the start; null for one that this machine does not have. */
export type ServerPrograms = Readonly<Record<ServerProgram, string | null>>;

/** A program that was found, or why it is not started. */
export type Found = { readonly file: string } | { readonly refused: Problem };

const linksAtMost = 40;

const kindOf = (facts: { isDirectory(): boolean; isSymbolicLink(): boolean }): Entry['kind'] =>
  facts.isDirectory() ? 'folder' : facts.isSymbolicLink() ? 'link' : 'file';

/** Every folder and link that the system goes through to come to a file, and the file itself. `file`: absolute. */
const entriesTo = async (file: string): Promise<readonly Entry[]> => {
  const entries = new Map<string, Entry>();
  const look = async (path: string): Promise<Entry['kind']> => {
    const facts = await lstat(path);
    const kind = kindOf(facts);
    entries.set(path, { path, uid: facts.uid, gid: facts.gid, mode: facts.mode & 0o7777, kind });
    return kind;
  };
  await look('/');
  let at = '/';
  let links = 0;
  const names = file.split('/');
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '' || name === '.') continue;
    const next = name === '..' ? dirname(at) : join(at, name);
    if ((await look(next)) === 'link') {
      links += 1;
      if (links > linksAtMost) throw new Error(`too many links on the way to ${file}`);
      const target = await readlink(next);
      if (target.startsWith('/')) at = '/';
      names.unshift(...target.split('/'));
    } else at = next;
  }
  return [...entries.values()];
};

/** What somebody else may write to, on the way to a program or the program itself. */
export interface Exposure {
  readonly path: string;
  /** In words that follow "can be written by". */
  readonly writer: string;
  readonly kind: Entry['kind'];
}

/** What to do about it. */
export const closeIt = ({ path }: Exposure): string =>
  `Let only root, or the user that Tidegate runs as, own \`${path}\` and write to it (\`chown root\`, \`chmod go-w\`), or take it out of the PATH that Tidegate is started with.`;

const refusal = (name: string, file: string, exposure: Exposure): Problem => ({
  code: 'program-untrusted',
  sentence: `\`${name}\` is \`${file}\`, which Tidegate does not start: the ${exposure.kind} \`${exposure.path}\` can be written by ${exposure.writer}, who could put another program there.`,
  advice: closeIt(exposure),
});

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

const thisMachine = async (): Promise<Machine> => ({
  uid: process.getuid?.() ?? 0,
  passwd: await textOf('/etc/passwd'),
  group: await textOf('/etc/group'),
  isWhole: process.platform !== 'darwin',
});

/** Where somebody else than root and the user of the server could exchange a program (absolute); null for nowhere. */
export const exposureOf = async (file: string, machine?: Machine): Promise<Exposure | null> => {
  const own = machine ?? (await thisMachine());
  for (const entry of await entriesTo(file)) {
    const writer = otherWriter(entry, own);
    if (writer !== null) return { path: entry.path, kind: entry.kind, writer };
  }
  return null;
};

/**
 * A program of the server on `path`, or null where there is none. The first one counts: if somebody else may write to it, or to a
 * folder or a link on the way to it, it is refused and no other one is looked for.
 *
 * Its folder is free of links in the answer. Its name stays, link or not: a program of busybox does what its name says.
 */
export const findServerProgram = async (
  name: string,
  path: string,
  machine?: Machine,
): Promise<Found | null> => {
  const file = await findProgram(name, path, '/');
  if (file === null) return null;
  const exposure = await exposureOf(file, machine);
  if (exposure !== null) return { refused: refusal(name, file, exposure) };
  return { file: join(await realpath(dirname(file)), basename(file)) };
};

/** PATH for what the server starts itself: folders of administrators count, whatever PATH it was started with. */
export const withStandard = (path: string): string => `${path}:${standardPath}`;

/** Absolute, or null where there is none. Throws UserError `program-untrusted`. */
export const requireServerProgram = async (name: string, path: string): Promise<string | null> => {
  const found = await findServerProgram(name, path);
  if (found !== null && 'refused' in found) throw new UserError(found.refused);
  return found?.file ?? null;
};

/**
 * All of them, to be found once, at the start, and why some are not started. git has to be on `path` itself: which one is the
 * operator's choice.
 */
export const lookForServerPrograms = async (
  path: string,
): Promise<{ readonly programs: ServerPrograms; readonly refused: ReadonlyMap<ServerProgram, Problem> }> => {
  const refused = new Map<ServerProgram, Problem>();
  const of = async (name: ServerProgram): Promise<string | null> => {
    const found = await findServerProgram(name, name === 'git' ? path : withStandard(path));
    if (found !== null && 'refused' in found) refused.set(name, found.refused);
    return found !== null && 'file' in found ? found.file : null;
  };
  const programs = {
    git: await of('git'),
    bwrap: await of('bwrap'),
    prlimit: await of('prlimit'),
    setpriv: await of('setpriv'),
    nohup: await of('nohup'),
  };
  return { programs, refused };
};

/** The same. Throws UserError `program-untrusted` for the first one that somebody else could exchange. */
export const findServerPrograms = async (path: string): Promise<ServerPrograms> => {
  const { programs, refused } = await lookForServerPrograms(path);
  for (const problem of refused.values()) throw new UserError(problem);
  return programs;
};
