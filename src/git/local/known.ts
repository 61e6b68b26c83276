import { type Sha, sha, type TreeId, treeId } from '../../domain/ids.ts';
import type { Change, Git } from '../port.ts';
import { GitFailed, type RunGit } from './command.ts';
import { readNameStatus } from './listing.ts';

/** What mirrors said of their commits. An id says what is in it, so no answer grows old; it goes with its mirror. */
export interface Known {
  /** Of commits and trees, in their order. */
  treesOf(
    repositoryId: number,
    repository: string,
    of: readonly (Sha | TreeId)[],
  ): Promise<readonly TreeId[]>;
  /** As `Git.mergeOf`. The tree is in the mirror. */
  mergeOf(
    repositoryId: number,
    repository: string,
    base: Sha,
    head: Sha,
  ): Promise<Awaited<ReturnType<Git['mergeOf']>>>;
  /** As `Git.mergeBase`. */
  mergeBase(repositoryId: number, repository: string, base: Sha, head: Sha): Promise<Sha | null>;
  /** As `Git.changed`. */
  changed(
    repositoryId: number,
    repository: string,
    from: Sha | TreeId,
    to: Sha | TreeId,
  ): Promise<readonly Change[]>;
  /** As `Git.hasCommit`. Only that it is there is kept, for the next fetch may bring one that is not. */
  hasCommit(
    repositoryId: number,
    repository: string,
    commit: Sha,
  ): Promise<{ readonly isThere: boolean; readonly stderr: string }>;
  /** For a mirror that is removed, built anew, or did not answer. */
  forget(repositoryId: number): void;
}

/** Answers of one kind for one mirror; the oldest go first. */
const kept = 64;
/** A change of more paths than these is asked for again: each of the kept ones stays in memory. */
const mostPaths = 1_000;
const objectId = /^[0-9a-f]{40}$/;

const keep = <T>(answers: Map<string, T>, name: string, answer: T): T => {
  answers.delete(name);
  answers.set(name, answer);
  for (const [oldest] of answers) {
    if (answers.size <= kept) break;
    answers.delete(oldest);
  }
  return answer;
};

interface Answers {
  readonly trees: Map<string, TreeId>;
  readonly merges: Map<string, Awaited<ReturnType<Git['mergeOf']>>>;
  readonly bases: Map<string, Sha | null>;
  readonly changes: Map<string, readonly Change[]>;
  readonly commits: Map<string, true>;
}

const noAnswers = (): Answers => ({
  trees: new Map(),
  merges: new Map(),
  bases: new Map(),
  changes: new Map(),
  commits: new Map(),
});

export const createKnown = (run: RunGit): Known => {
  const mirrors = new Map<number, Answers>();
  const of = (repositoryId: number): Answers => {
    const answers = mirrors.get(repositoryId) ?? noAnswers();
    mirrors.set(repositoryId, answers);
    return answers;
  };

  // Each with the answers of the mirror that is asked, which may be another one when it has answered.
  const treesIn = async (
    { trees }: Answers,
    repository: string,
    all: readonly (Sha | TreeId)[],
  ): Promise<readonly TreeId[]> => {
    const found = new Map(all.map((id) => [id, trees.get(id)]));
    const asked = [...found].flatMap(([id, tree]) => (tree === undefined ? [id] : []));
    if (asked.length > 0) {
      const names = asked.map((id) => `${treeId(id)}^{tree}`);
      const { stdout, stderr } = await run(['rev-parse', '--end-of-options', ...names], { repository });
      // It repeats the option that ends options.
      const lines = stdout
        .toString()
        .split('\n')
        .filter((line) => objectId.test(line));
      if (lines.length !== asked.length) throw new GitFailed('rev-parse', stderr, false);
      for (const [at, id] of asked.entries()) {
        const tree = treeId(lines[at] ?? '');
        found.set(id, keep(trees, id, tree));
        keep(trees, tree, tree);
      }
    }
    return all.flatMap((id) => found.get(id) ?? []);
  };

  const baseIn = async ({ bases }: Answers, repository: string, base: Sha, head: Sha) => {
    const name = `${sha(base)} ${sha(head)}`;
    const before = bases.get(name);
    if (before !== undefined) return before;
    const { code, stdout } = await run(['merge-base', base, head], { repository, answers: [0, 1] });
    return keep(bases, name, code === 0 ? sha(stdout.toString().trim()) : null);
  };

  return {
    treesOf: (repositoryId, repository, all) => treesIn(of(repositoryId), repository, all),
    mergeOf: async (repositoryId, repository, base, head) => {
      const answers = of(repositoryId);
      const { merges, trees } = answers;
      const name = `${sha(base)} ${sha(head)}`;
      const before = merges.get(name);
      if (before !== undefined) return before;
      // Where one goes on from the other, as a branch that is up to date does, there is nothing to merge.
      const from = await baseIn(answers, repository, base, head);
      if (from === base || from === head) {
        const [tree] = await treesIn(answers, repository, [from === base ? head : base]);
        if (tree !== undefined) return keep(merges, name, { tree });
      }
      const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head];
      const { code, stdout, stderr } = await run(args, { repository, answers: [0, 1] });
      const [id = '', ...conflicts] = stdout.toString().split('\0').filter(Boolean);
      // It also ends with 1, and no tree, when it does not know a commit: that is no conflict.
      if (!objectId.test(id)) throw new GitFailed('merge-tree', stderr, false);
      if (code !== 0) return keep(merges, name, { conflicts: [...new Set(conflicts)].sort() });
      const tree = treeId(id);
      keep(trees, tree, tree);
      return keep(merges, name, { tree });
    },
    mergeBase: (repositoryId, repository, base, head) => baseIn(of(repositoryId), repository, base, head),
    changed: async (repositoryId, repository, from, to) => {
      const { changes } = of(repositoryId);
      const name = `${treeId(from)} ${treeId(to)}`;
      const before = changes.get(name);
      if (before !== undefined) return before;
      const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', '--ignore-submodules=none'];
      const found = readNameStatus((await run([...args, from, to], { repository })).stdout);
      return found.length > mostPaths ? found : keep(changes, name, found);
    },
    hasCommit: async (repositoryId, repository, commit) => {
      const { commits } = of(repositoryId);
      if (commits.has(commit)) return { isThere: true, stderr: '' };
      const args = ['cat-file', '-e', `${sha(commit)}^{commit}`];
      const { code, stderr } = await run(args, { repository, answers: [0, 1, 128] });
      const isThere = code === 0;
      if (isThere) keep(commits, commit, true);
      return { isThere, stderr };
    },
    forget: (repositoryId) => {
      mirrors.delete(repositoryId);
    },
  };
};
