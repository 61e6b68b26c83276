import path from 'node:path';
import { type Sha, sha, type TreeId } from '../../src/domain/ids.ts';
import type { RepoRef } from '../../src/domain/pull.ts';
import { createLocalGit, type LocalGit, type LocalGitOptions } from '../../src/git/local/git.ts';
import type { FetchWish } from '../../src/git/port.ts';
import { type Author, type Content, createAuthor } from '../support/git-author.ts';
import { type GitServer, type GitServerOptions, startGitServer } from '../support/git-server.ts';
import { temporaryFolder } from '../support/leftovers.ts';

export type Files = Readonly<Record<string, Content>>;

export const repo: RepoRef = { id: 41, owner: 'acme', name: 'infra', installationId: 3 };

/** A repository on a server, a bot's Git that fetches from it, and places to lay trees out. */
export interface House {
  readonly root: string;
  readonly author: Author;
  readonly server: GitServer;
  readonly git: LocalGit;
  readonly mirror: string;
  wish(more?: Partial<FetchWish>): FetchWish;
  /** Commits the files as head of a pull request, fetches it and gives its tree. */
  tree(files: Files): Promise<TreeId>;
  /** A commit that holds these files. */
  commit(files: Files, ...parents: readonly Sha[]): Sha;
  /** A new absolute path with nothing there. */
  place(name?: string): string;
  close(): Promise<void>;
}

export const noRescue = async (file: string): Promise<void> => {
  throw new Error(`nothing here is worth a rescue: ${file}`);
};

export const createHouse = async (
  options: Partial<LocalGitOptions> = {},
  serving: Partial<GitServerOptions> & { readonly filters?: boolean } = {},
): Promise<House> => {
  const root = temporaryFolder('git');
  const author = createAuthor(path.join(root, 'served/infra.git'));
  author.git(['config', 'http.receivepack', 'true']);
  if (serving.filters) author.git(['config', 'uploadpack.allowFilter', 'true']);
  const server = await startGitServer({ root: path.join(root, 'served'), ...serving });
  const git = createLocalGit({ folder: path.join(root, 'mirrors'), ...options });
  const commit = (files: Files, ...parents: readonly Sha[]): Sha => sha(author.commit(files, parents));
  author.branch('main', commit({}));
  let pulls = 100;
  let places = 0;
  const wish = (more: Partial<FetchWish> = {}): FetchWish => ({
    url: `${server.origin}/infra.git`,
    token: serving.token ?? '',
    pullNumber: 1,
    baseRef: 'main',
    ...more,
  });
  return {
    root,
    author,
    server,
    git,
    mirror: path.join(root, 'mirrors', `${repo.id}.git`),
    wish,
    commit,
    tree: async (files) => {
      pulls += 1;
      author.pull(pulls, commit(files));
      const { head } = await git.fetch(repo, wish({ pullNumber: pulls }));
      return await git.treeOf(repo.id, head);
    },
    place: (name = 'tree') => {
      places += 1;
      return path.join(root, `${name}-${places}`);
    },
    close: async () => {
      await git.settled();
      await server.close();
    },
  };
};
