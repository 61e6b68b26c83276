import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a path of a commit holds: text, or something a text can not say. */
export type Content =
  | string
  | Buffer
  | { readonly run: string }
  | { readonly link: string }
  | { readonly submodule: string };

/** Somebody who makes commits in a bare repository, as the forge has it. */
export interface Author {
  readonly repository: string;
  git(args: readonly string[], input?: string | Buffer): string;
  /** A commit that holds exactly these files; nothing else. Any path that git can be made to store. */
  commit(files: Readonly<Record<string, Content>>, parents?: readonly string[]): string;
  branch(name: string, commit: string): void;
  pull(number: number, commit: string): void;
}

const environment = (home: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  LC_ALL: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.invalid',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.invalid',
  GIT_AUTHOR_DATE: '2026-11-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-11-01T00:00:00Z',
});

/** Makes a bare repository. Trees are made object by object, so that hostile ones can be made too. */
export const createAuthor = (repository: string): Author => {
  mkdirSync(repository, { recursive: true });
  const env = environment(repository);
  const git = (args: readonly string[], input: string | Buffer = ''): string =>
    execFileSync('git', ['--git-dir', repository, ...args], {
      env,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    }).trim();
  git(['init', '--quiet', '--bare', '--initial-branch=main']);

  const blob = (bytes: string | Buffer): string => git(['hash-object', '-w', '--stdin'], bytes);
  const entry = (content: Content): readonly [mode: string, type: string, id: string] => {
    if (typeof content === 'string' || Buffer.isBuffer(content)) return ['100644', 'blob', blob(content)];
    if ('run' in content) return ['100755', 'blob', blob(content.run)];
    if ('link' in content) return ['120000', 'blob', blob(content.link)];
    return ['160000', 'commit', content.submodule];
  };
  const tree = (files: readonly (readonly [path: string, content: Content])[]): string => {
    const folders = new Map<string, [string, Content][]>();
    let listing = '';
    for (const [name, content] of files) {
      const slash = name.indexOf('/');
      if (slash < 0) listing += `${entry(content).join(' ')}\t${name}\0`;
      else {
        const inside = folders.get(name.slice(0, slash)) ?? [];
        inside.push([name.slice(slash + 1), content]);
        folders.set(name.slice(0, slash), inside);
      }
    }
    for (const [name, inside] of folders) listing += `040000 tree ${tree(inside)}\t${name}\0`;
    return git(['mktree', '-z', '--missing'], listing);
  };
  return {
    repository,
    git,
    commit: (files, parents = []) =>
      git(
        ['commit-tree', tree(Object.entries(files)), ...parents.flatMap((parent) => ['-p', parent])],
        'a commit\n',
      ),
    branch: (name, commit) => {
      git(['update-ref', `refs/heads/${name}`, commit]);
    },
    pull: (number, commit) => {
      git(['update-ref', `refs/pull/${number}/head`, commit]);
    },
  };
};

/** Writes a file into a folder the way a tool would, making the folders on the way. */
export const put = (folder: string, name: string, content: Content): void => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { recursive: true, force: true });
  if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(file, content);
  else if ('link' in content) symlinkSync(content.link, file);
  else if ('run' in content) {
    writeFileSync(file, content.run);
    chmodSync(file, 0o755);
  }
};
