import { copyFile, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Sha, sha } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import { quoted } from '../../domain/quote.ts';
import { createGitCommand, type GitOptions } from './command.ts';
import type { BytePath } from './listing.ts';
import { createMirrors } from './mirror.ts';
import { inFolder } from './walk.ts';

export interface WorkTreeOptions {
  /** Somewhere in the checkout. */
  readonly folder: string;
  /** Where `createLocalGit` has its mirrors, absolute; ours is made there. */
  readonly mirrors: string;
  readonly repositoryId: number;
  /** git, absolute. */
  readonly program: string;
  readonly path: string;
  /** Of whoever has the checkout: their own settings of git say what is ignored in it. */
  readonly home: string;
}

/** A checkout that somebody works in, as a mirror shows it: its commits, and what lies in it now. */
export interface WorkTree {
  /** The checkout's top folder. */
  readonly top: string;
  readonly head: Sha;
  /** What lies in the checkout as a commit on top of `head`, which is in our mirror alone; `head` itself where it is the same. */
  readonly commit: Sha;
  /** Short name of what is checked out; null for none. */
  readonly branch: string | null;
  /** `OWNER/NAME` by the address of `origin`; null where that does not say. */
  readonly repository: string | null;
  /** It was cloned or fetched with `--depth`: commits are missing behind some that are there. */
  readonly isCutOff: boolean;
  commitOf(ref: string): Promise<Sha | null>;
  /** The branch that pull requests of this checkout go into, as far as it knows. */
  baseRef(): Promise<string | null>;
}

/** As people's own git works, but that nothing of the checkout is run, written or fetched. */
const readOnly: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.untrackedCache', 'keep'],
  ['protocol.allow', 'never'],
];

const environmentOf = ({ home, path }: WorkTreeOptions): Record<string, string> => ({
  PATH: path,
  HOME: home,
  LC_ALL: 'C.UTF-8',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_CONFIG_COUNT: String(readOnly.length),
  ...Object.fromEntries(
    readOnly.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
});

const refused = (sentence: string, advice: string): UserError =>
  new UserError({ code: 'checkout-refused', sentence, advice });

const ownerAndName = (url: string): string | null => {
  const [, owner, name] = /[/:]([^/:]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url.trim()) ?? [];
  return owner === undefined || name === undefined ? null : `${owner}/${name}`;
};

const submodulesIn = (staged: Buffer): ReadonlySet<BytePath> =>
  new Set(
    staged
      .toString('latin1')
      .split('\0')
      .flatMap((line) => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : [])),
  );

/** Which of the names are files now: git lists one that became a folder, or is behind a link now, as changed. */
const sortOut = async (
  top: string,
  names: readonly BytePath[],
  submodules: ReadonlySet<BytePath>,
): Promise<{ readonly there: readonly BytePath[]; readonly gone: readonly BytePath[] }> => {
  const links = new Set<BytePath>();
  const files = new Set<BytePath>();
  for (const name of names) {
    const found = await lstat(inFolder(top, name)).catch(() => null);
    if (found === null || (found.isDirectory() && !submodules.has(name))) continue;
    files.add(name);
    if (found.isSymbolicLink()) links.add(name);
  }
  const isBehind = (name: BytePath): boolean => {
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1))
      if (links.has(name.slice(0, slash))) return true;
    return false;
  };
  const there = names.filter((name) => files.has(name) && !isBehind(name));
  const kept = new Set(there);
  return { there, gone: names.filter((name) => !kept.has(name)) };
};

/**
 * Makes a mirror that borrows the objects of somebody's checkout and holds what lies in it, uncommitted changes and new files that
 * are not ignored included. Nothing is written into the checkout or its repository.
 *
 * Throws UserError `checkout-refused` for what is none, or cannot be read as it is.
 */
export const borrowWorkTree = async (options: WorkTreeOptions): Promise<WorkTree> => {
  const { folder, repositoryId } = options;
  const env = environmentOf(options);
  const ask = async (args: readonly string[], cwd: string) => {
    const result = await execa(options.program, [...args], {
      cwd,
      env,
      extendEnv: false,
      encoding: 'buffer',
      stripFinalNewline: false,
      reject: false,
      maxBuffer: 512 * 1024 * 1024,
    });
    return {
      code: result.exitCode ?? -1,
      stdout: Buffer.from(result.stdout),
      stderr: Buffer.from(result.stderr).toString(),
    };
  };
  const told = async (args: readonly string[], cwd: string): Promise<Buffer> => {
    const { code, stdout, stderr } = await ask(args, cwd);
    if (code === 0) return stdout;
    throw refused(
      `git cannot read the checkout ${quoted(folder)}: ${stderr.trim().slice(0, 300)}`,
      'Go to a checkout of the repository, or name one.',
    );
  };
  const paths = ['objects', 'shallow'].flatMap((name) => ['--git-path', name]);
  const where = await told(
    ['rev-parse', '--path-format=absolute', '--show-toplevel', '--show-object-format', ...paths],
    folder,
  );
  const [top = '', format = '', objects = '', shallow = ''] = where.toString().split('\n');
  if (format !== 'sha1')
    throw refused(
      `The repository of ${quoted(top)} names its objects by ${quoted(format)}.`,
      'Only SHA-1 is known.',
    );
  const words = async (args: readonly string[]): Promise<string | null> => {
    const { code, stdout } = await ask(args, top);
    const text = stdout.toString().trim();
    return code === 0 && text !== '' ? text : null;
  };
  const isPartial = (await words(['config', '--get-regexp', '^remote\\..*\\.promisor$'])) !== null;
  const commitOf = async (ref: string): Promise<Sha | null> => {
    const found = await words(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
    if (found === null) return null;
    const missing = isPartial
      ? await told(['rev-list', '--objects', '--missing=print', '--no-walk', found], top)
      : Buffer.alloc(0);
    if (/^\?/m.test(missing.toString('latin1')))
      throw refused(
        `This clone does not have all files of ${quoted(ref)}: it was made with \`--filter\`.`,
        'Check that commit out once, so that git brings them; nothing is fetched here.',
      );
    return sha(found);
  };
  const head = await commitOf('HEAD');
  if (head === null) throw refused(`There is no commit yet in ${quoted(top)}.`, 'Commit something first.');

  const mirrors = createMirrors(options.mirrors);
  const mirror = mirrors.path(repositoryId);
  const empty = join(options.mirrors, 'empty');
  await mkdir(empty, { recursive: true, mode: 0o700 });
  await mirrors.prepare(repositoryId);
  // As git writes names that could be taken for something else.
  await writeFile(join(mirror, 'objects/info/alternates'), `"${objects.replaceAll(/["\\]/g, '\\$&')}"\n`);
  const isCutOff = await copyFile(shallow, join(mirror, 'shallow')).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw error;
    },
  );
  const { run } = createGitCommand({
    empty,
    scratch: options.mirrors,
    program: options.program,
    path: options.path,
  });
  const ours = async (args: readonly string[], more: Partial<GitOptions> = {}): Promise<string> =>
    (await run(args, { repository: mirror, ...more })).stdout.toString().trim();

  const staged = await told(['ls-files', '-z', '--stage', '--full-name'], top);
  if (/^\d+ \S+ [123]\t/m.test(staged.toString('latin1').replaceAll('\0', '\n')))
    throw refused(`There are conflicts in ${quoted(top)}.`, 'Resolve them first.');
  const touched = await told(
    ['ls-files', '-z', '--modified', '--others', '--exclude-standard', '--deduplicate'],
    top,
  );
  // A name with a slash at its end is a repository in the repository, which is no part of it.
  const names = touched
    .toString('latin1')
    .split('\0')
    .filter((name) => name !== '' && !name.endsWith('/'));
  const { there, gone } = await sortOut(top, names, submodulesIn(staged));
  const index = join(mirror, 'work-tree.index');
  const workTree = { folder: top, index };
  const removed = gone.map((name) => `0 ${'0'.repeat(40)}\t${name}\0`).join('');
  await ours(['update-index', '-z', '--index-info'], {
    workTree,
    input: Buffer.concat([staged, Buffer.from(removed, 'latin1')]),
  });
  if (there.length > 0)
    await ours(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], {
      workTree,
      input: Buffer.from(there.map((name) => `${name}\0`).join(''), 'latin1'),
    });
  const tree = await ours(['write-tree'], { workTree });
  await rm(index, { force: true });
  const isSame = tree === (await ours(['rev-parse', `${head}^{tree}`]));
  const whose: GitOptions['settings'] = [
    ['user.name', 'Tidegate'],
    ['user.email', 'tidegate@invalid'],
  ];
  const commit = isSame
    ? head
    : sha(
        await ours(['commit-tree', tree, '-p', head, '-m', 'what lies in the checkout'], { settings: whose }),
      );
  return {
    top,
    head,
    commit,
    isCutOff,
    branch: await words(['symbolic-ref', '--quiet', '--short', 'HEAD']),
    repository: ownerAndName((await words(['remote', 'get-url', 'origin'])) ?? ''),
    commitOf,
    baseRef: async () => {
      const known = await words(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
      for (const ref of [known, 'origin/main', 'origin/master', 'main', 'master'])
        if (ref !== null && (await commitOf(ref)) !== null) return ref;
      return null;
    },
  };
};
