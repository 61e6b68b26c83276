import { forgeSignature } from './access.ts';
import { codeOwnersAt } from './code-owners.ts';
import { type Commit, commitsOf, diffFiles, mergeBase, resolve } from './git/read.ts';
import { commitTree, mergeTree, setRef } from './git/write.ts';
import type { HubState, Pull, PullFile } from './state.ts';

/**
 * Asks git again what a pull request amounts to and keeps `refs/pull/N/merge`. Where there are
 * conflicts the ref stays at the last test merge that worked, as on GitHub.
 */
export const refreshFacts = async (state: HubState, pull: Pull): Promise<void> => {
  const { folder } = pull.repo;
  const baseTip = (await resolve(folder, `refs/heads/${pull.base.ref}`)) ?? pull.base.sha;
  const headSha = pull.head.sha;
  const [start, merged] = await Promise.all([
    mergeBase(folder, baseTip, headSha),
    mergeTree(folder, baseTip, headSha),
  ]);
  const [commits, files, testMerge] = await Promise.all([
    commitsOf(folder, [`${start ?? baseTip}..${headSha}`]),
    diffFiles(folder, start ?? baseTip, headSha, { patches: false }),
    'tree' in merged
      ? commitTree(folder, {
          tree: merged.tree,
          parents: [baseTip, headSha],
          message: `Merge ${headSha} into ${baseTip}`,
          author: forgeSignature(state),
          committer: forgeSignature(state),
        })
      : null,
  ]);
  if (testMerge !== null) await setRef(folder, `refs/pull/${pull.number}/merge`, testMerge);
  pull.facts = {
    baseTip,
    headSha,
    mergeBase: start,
    mergeable: testMerge !== null,
    testMerge,
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    codeOwners: await codeOwnersAt(
      state,
      pull.repo,
      baseTip,
      files.flatMap(({ path, previousPath }) => [path, ...(previousPath === null ? [] : [previousPath])]),
    ),
  };
  pull.mergeableKnown = state.mergeability === 'at-once';
};

const rangeStart = (pull: Pull): string => pull.facts?.mergeBase ?? pull.base.sha;

/** What the pull request changes, against the merge base, with patches. */
export const pullFiles = (pull: Pull): Promise<PullFile[]> =>
  diffFiles(pull.repo.folder, rangeStart(pull), pull.head.sha, { patches: true });

/** Its commits, oldest first. */
export const pullCommits = (pull: Pull): Promise<Commit[]> =>
  commitsOf(pull.repo.folder, [`${rangeStart(pull)}..${pull.head.sha}`]);
