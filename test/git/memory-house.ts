import path from 'node:path';
import { type Sha, sha } from '../../src/domain/ids.ts';
import { createDiskFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type House, repo } from './house.ts';

/** What the contract suite needs of a house. */
export type ContractHouse = Pick<House, 'root' | 'wish' | 'tree' | 'commit' | 'place' | 'close'> & {
  readonly git: Omit<House['git'], 'settled'>;
  readonly author: Pick<House['author'], 'branch' | 'pull' | 'tag'> & {
    /** Only `rev-parse refs/heads/NAME`. */
    git(args: readonly string[]): string;
  };
};

/** The same house without Git: commits are at the forge and in the mirror at once. Checkouts are real folders. */
export const createMemoryHouse = async (): Promise<ContractHouse> => {
  const root = temporaryFolder('git');
  const memory = createMemoryGit({ folders: createDiskFolders() });
  const branches = new Map<string, string>();
  const branch = (name: string, commit: string): void => {
    branches.set(`refs/heads/${name}`, commit);
    memory.branch(repo.id, name, sha(commit));
  };
  const commit: House['commit'] = (files, ...parents: readonly Sha[]) =>
    memory.commit(repo.id, files, parents);
  branch('main', commit({}));
  let pulls = 100;
  let places = 0;
  const wish: House['wish'] = (more = {}) => ({
    url: 'http://127.0.0.1/infra.git',
    token: '',
    pullNumber: 1,
    baseRef: 'main',
    ...more,
  });
  return {
    root,
    git: memory.git,
    author: {
      branch,
      pull: (number, head) => memory.pull(repo.id, number, sha(head)),
      tag: (name, to) => memory.tag(repo.id, name, to === null ? null : sha(to)),
      git: ([, name = '']) => branches.get(name) ?? '',
    },
    wish,
    commit,
    tree: async (files) => {
      pulls += 1;
      memory.pull(repo.id, pulls, commit(files));
      const { head } = await memory.git.fetch(repo, wish({ pullNumber: pulls }));
      return memory.git.treeOf(repo.id, head);
    },
    place: (name = 'tree') => {
      places += 1;
      return path.join(root, `${name}-${places}`);
    },
    close: async () => {},
  };
};
