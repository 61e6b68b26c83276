import { appendFile } from 'node:fs/promises';
import { git, gitResult } from './run.ts';

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Unix milliseconds. */
  readonly at: number;
}

const stamp = (who: Signature): string => `${who.name} <${who.email}> ${Math.floor(who.at / 1000)} +0000`;

const environment = (author: Signature, committer: Signature): Record<string, string> => ({
  GIT_AUTHOR_NAME: author.name,
  GIT_AUTHOR_EMAIL: author.email,
  GIT_AUTHOR_DATE: `${Math.floor(author.at / 1000)} +0000`,
  GIT_COMMITTER_NAME: committer.name,
  GIT_COMMITTER_EMAIL: committer.email,
  GIT_COMMITTER_DATE: `${Math.floor(committer.at / 1000)} +0000`,
});

const settings: readonly (readonly [name: string, value: string])[] = [
  ['http.receivepack', 'true'],
  // Refs of pull requests and of merge queues are ours to write, as on GitHub.
  ['receive.hideRefs', 'refs/pull'],
  ['receive.hideRefs', 'refs/heads/gh-readonly-queue'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['core.logAllRefUpdates', 'false'],
  // Tests make thousands of short-lived repositories; nothing in them outlives the process.
  ['gc.auto', '0'],
  ['receive.autogc', 'false'],
  ['core.fsync', 'none'],
];

/** A new bare repository in a folder that does not exist yet. */
export const createBare = async (
  folder: string,
  defaultBranch: string,
  { partialClone }: { readonly partialClone: boolean },
): Promise<void> => {
  await git('/', ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, folder]);
  const filters = ['uploadpack.allowFilter', String(partialClone)] as const;
  const lines = [...settings, filters].map(([name, value]) => {
    const [section, key] = name.split('.');
    return `[${section}]\n\t${key} = ${value}\n`;
  });
  await appendFile(`${folder}/config`, lines.join(''));
};

/** Copies everything but pull request refs; how a fork starts. */
export const cloneBare = async (
  from: string,
  folder: string,
  defaultBranch: string,
  options: { readonly partialClone: boolean },
): Promise<void> => {
  await createBare(folder, defaultBranch, options);
  await git(folder, ['fetch', '--quiet', from, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
};

/** Text, bytes, or one of them with a mode: an executable or a symbolic link. */
export type FileContent =
  | string
  | Buffer
  | { readonly content: string | Buffer; readonly mode: '100644' | '100755' | '120000' };

export interface CommitWish {
  readonly branch: string;
  /** Commit it grows from; null starts a history of its own. */
  readonly parent: string | null;
  readonly files: Readonly<Record<string, FileContent>>;
  readonly deletes: readonly string[];
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

const quoted = (path: string): string =>
  `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** Puts a commit on a branch, moving the branch there whatever it was; returns the commit. */
export const writeCommit = async (folder: string, wish: CommitWish): Promise<string> => {
  const parts: Buffer[] = [];
  const say = (text: string): number => parts.push(Buffer.from(text));
  const message = Buffer.from(wish.message);
  say(`commit refs/heads/${wish.branch}\nmark :1\nauthor ${stamp(wish.author)}\n`);
  say(`committer ${stamp(wish.committer)}\ndata ${message.length}\n`);
  parts.push(message);
  say(`\n${wish.parent === null ? '' : `from ${wish.parent}\n`}`);
  for (const path of wish.deletes) say(`D ${quoted(path)}\n`);
  for (const [path, file] of Object.entries(wish.files)) {
    const plain = typeof file === 'string' || Buffer.isBuffer(file);
    const bytes = Buffer.from(plain ? file : file.content);
    say(`M ${plain ? '100644' : file.mode} inline ${quoted(path)}\ndata ${bytes.length}\n`);
    parts.push(bytes);
    say('\n');
  }
  say('\nget-mark :1\n');
  const input = Buffer.concat(parts);
  return (await git(folder, ['fast-import', '--quiet', '--force', '--date-format=raw'], { input })).trim();
};

/** Moves a ref, only if it is still at `before` when that is given; an empty `before` wants it absent. */
export const setRef = async (
  folder: string,
  ref: string,
  sha: string,
  before?: string | null,
): Promise<boolean> => {
  const expected = before === undefined ? [] : [before ?? ''];
  return (await gitResult(folder, ['update-ref', ref, sha, ...expected])).code === 0;
};

export const deleteRef = async (folder: string, ref: string): Promise<void> => {
  await gitResult(folder, ['update-ref', '-d', ref]);
};

/** Brings one ref of another repository here; how a fork's head gets into `refs/pull/N/head`. */
export const copyRef = async (folder: string, from: string, source: string, ref: string): Promise<void> => {
  await git(folder, ['fetch', '--quiet', '--no-tags', from, `+${source}:${ref}`]);
};

/** The tree of a three-way merge, or the paths in conflict. */
export const mergeTree = async (
  folder: string,
  ours: string,
  theirs: string,
): Promise<{ readonly tree: string } | { readonly conflicts: readonly string[] }> => {
  const done = await gitResult(folder, [
    'merge-tree',
    '--write-tree',
    '--name-only',
    '--no-messages',
    '-z',
    '--allow-unrelated-histories',
    ours,
    theirs,
  ]);
  const [tree = '', ...paths] = done.out.split('\0');
  if (done.code === 0) return { tree: tree.trim() };
  if (done.code === 1) return { conflicts: paths.filter((path) => path !== '') };
  throw new Error(`git merge-tree ended with ${done.code}: ${done.err.trim()}`);
};

export const commitTree = async (
  folder: string,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Signature;
    readonly committer: Signature;
  },
): Promise<string> => {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  const out = await git(folder, ['commit-tree', commit.tree, ...parents], {
    input: commit.message,
    env: environment(commit.author, commit.committer),
  });
  return out.trim();
};
