import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';

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
  /** A tag that is no object of its own. Null: there is none of that name any more. */
  tag(name: string, commit: string | null): void;
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

const emptyRepository: Readonly<Record<string, string>> = {
  HEAD: 'ref: refs/heads/main\n',
  config: '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n',
};
const emptyFolders = ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info'];
const ada = `Ada <ada@example.invalid> ${Date.parse('2026-11-01T00:00:00Z') / 1000} +0000`;
const objectId = /^[0-9a-f]{40}$/;

interface Entry {
  readonly mode: string;
  readonly name: Buffer;
  readonly id: string;
}

/** As git sorts them: a folder as if its name ended with a slash. */
const inOrder = (one: Entry, other: Entry): number => {
  const [a, b] = [one, other].map(({ mode, name }) =>
    mode === '40000' ? Buffer.concat([name, Buffer.from('/')]) : name,
  );
  return a === undefined || b === undefined ? 0 : Buffer.compare(a, b);
};

/**
 * Makes a bare repository. Trees are made object by object, so that hostile ones can be made too; and without git, which
 * nearly every test would start a dozen times for it.
 */
export const createAuthor = (repository: string): Author => {
  for (const folder of emptyFolders) mkdirSync(path.join(repository, folder), { recursive: true });
  for (const [name, text] of Object.entries(emptyRepository))
    writeFileSync(path.join(repository, name), text);
  const env = environment(repository);
  const git = (args: readonly string[], input: string | Buffer = ''): string =>
    execFileSync('git', ['--git-dir', repository, ...args], {
      env,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    }).trim();

  let made = 0;
  /** Whole when it is seen: somebody may fetch meanwhile. */
  const write = (name: string, bytes: string | Buffer): void => {
    const file = path.join(repository, name);
    made += 1;
    const beside = path.join(repository, `made-${made}`);
    writeFileSync(beside, bytes);
    mkdirSync(path.dirname(file), { recursive: true });
    renameSync(beside, file);
  };
  const object = (type: string, content: Buffer): string => {
    const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const id = createHash('sha1').update(bytes).digest('hex');
    const name = `objects/${id.slice(0, 2)}/${id.slice(2)}`;
    if (!existsSync(path.join(repository, name))) write(name, deflateSync(bytes, { level: 1 }));
    return id;
  };
  const idOf = (name: string): string => (objectId.test(name) ? name : git(['rev-parse', name]));

  const blob = (bytes: string | Buffer): string => object('blob', Buffer.from(bytes));
  const entry = (content: Content): readonly [mode: string, id: string] => {
    if (typeof content === 'string' || Buffer.isBuffer(content)) return ['100644', blob(content)];
    if ('run' in content) return ['100755', blob(content.run)];
    if ('link' in content) return ['120000', blob(content.link)];
    return ['160000', content.submodule];
  };
  const tree = (files: readonly (readonly [path: string, content: Content])[]): string => {
    const folders = new Map<string, [string, Content][]>();
    const entries: Entry[] = [];
    for (const [name, content] of files) {
      const slash = name.indexOf('/');
      if (slash < 0) {
        const [mode, id] = entry(content);
        entries.push({ mode, name: Buffer.from(name), id });
      } else {
        const inside = folders.get(name.slice(0, slash)) ?? [];
        inside.push([name.slice(slash + 1), content]);
        folders.set(name.slice(0, slash), inside);
      }
    }
    for (const [name, inside] of folders)
      entries.push({ mode: '40000', name: Buffer.from(name), id: tree(inside) });
    const lines = entries
      .sort(inOrder)
      .map(({ mode, name, id }) =>
        Buffer.concat([Buffer.from(`${mode} `), name, Buffer.from('\0'), Buffer.from(id, 'hex')]),
      );
    return object('tree', Buffer.concat(lines));
  };
  return {
    repository,
    git,
    commit: (files, parents = []) => {
      const above = [...new Set(parents.map(idOf))].map((parent) => `parent ${parent}\n`).join('');
      const text = `tree ${tree(Object.entries(files))}\n${above}author ${ada}\ncommitter ${ada}\n\na commit\n`;
      return object('commit', Buffer.from(text));
    },
    branch: (name, commit) => write(`refs/heads/${name}`, `${idOf(commit)}\n`),
    pull: (number, commit) => write(`refs/pull/${number}/head`, `${idOf(commit)}\n`),
    tag: (name, commit) => {
      if (commit === null) rmSync(path.join(repository, `refs/tags/${name}`));
      else write(`refs/tags/${name}`, `${idOf(commit)}\n`);
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
