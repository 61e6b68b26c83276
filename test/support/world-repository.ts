import path from 'node:path';
import { type Sha, sha } from '../../src/domain/ids.ts';
import type { RepoRef } from '../../src/domain/pull.ts';
import { createLocalGit, type LocalGit } from '../../src/git/local/git.ts';
import { createDiskFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import type { Git } from '../../src/git/port.ts';
import { type Content, createAuthor } from './git-author.ts';
import { startGitServer } from './git-server.ts';

/** The repository of a memory world as its forge has it, and the git that a server of that world uses. */
export interface WorldRepository {
  readonly url: string;
  /** A commit that holds exactly these files; nothing else. */
  commit(files: Readonly<Record<string, Content>>, parents?: readonly string[]): Sha;
  /** Null removes the branch. */
  branch(name: string, commit: string | null): void;
  pull(number: number, commit: string): void;
  /** Null removes the tag. */
  tag(name: string, commit: string | null): void;
  /** Each server gets its own: what a dead server waits for may never end. */
  newGit(): Git;
  close(): Promise<void>;
}

/** Git in this process, with checkouts on disk. It meets the contract suite of real git (`test/contract/git.test.ts`). */
export const createRepositoryInMemory = ({ id }: RepoRef): WorldRepository => {
  const memory = createMemoryGit({ folders: createDiskFolders() });
  return {
    url: 'http://127.0.0.1/infrastructure',
    commit: (files, parents = []) => memory.commit(id, files, [...new Set(parents)].map(sha)),
    branch: (name, commit) => memory.branch(id, name, commit === null ? null : sha(commit)),
    pull: (number, commit) => memory.pull(id, number, sha(commit)),
    tag: (name, commit) => memory.tag(id, name, commit === null ? null : sha(commit)),
    newGit: () => memory.git,
    close: async () => {},
  };
};

/** Real git: a bare repository behind smart HTTP, mirrors and work trees below `folder`. */
export const createRepositoryOnDisk = async (folder: string): Promise<WorldRepository> => {
  const author = createAuthor(path.join(folder, 'hub', 'infrastructure'));
  author.git(['config', 'http.receivepack', 'true']);
  const server = await startGitServer({ root: path.join(folder, 'hub') });
  let newest: LocalGit | null = null;
  return {
    url: `${server.origin}/infrastructure`,
    commit: (files, parents) => sha(author.commit(files, parents)),
    branch: (name, commit) => {
      if (commit === null) author.git(['update-ref', '-d', `refs/heads/${name}`]);
      else author.branch(name, commit);
    },
    pull: author.pull,
    tag: author.tag,
    newGit: () => {
      newest = createLocalGit({
        folder: path.join(folder, 'mirrors'),
        path: process.env['PATH'] ?? '',
        spareFrom: Number.POSITIVE_INFINITY,
      });
      return newest;
    },
    close: async () => {
      await newest?.settled();
      await server.close();
    },
  };
};

/** The text of a file in a commit of a mirror. */
export const fileAt = async (
  git: Git,
  repositoryId: number,
  commit: string,
  file: string,
): Promise<string> => {
  const entries = await git.entries(repositoryId, await git.treeOf(repositoryId, sha(commit)));
  const entry = entries.find((one) => one.path === file);
  if (entry === undefined) throw new Error(`${commit} has no file ${file}`);
  const bytes = (await git.blobs(repositoryId, [entry.id])).get(entry.id);
  if (bytes === undefined) throw new Error(`${file} of ${commit} cannot be read`);
  return bytes.toString();
};
