import type { DriftIssue } from '../../domain/drift/issue.ts';
import { branchOf } from '../../domain/drift/standing.ts';
import type { Sha } from '../../domain/ids.ts';
import { ourselves, type Pull, type PullRef, type RepoRef } from '../../domain/pull.ts';
import type { Authorship, MergeFacts } from '../../domain/rules/merge-facts.ts';
import { tagOf } from '../../domain/tags/ref.ts';
import type { Tracked } from '../../domain/tracked.ts';
import { type Forge, ForgeError } from '../../forge/port.ts';
import type { Store } from '../../store/port.ts';

type Rows = Pick<Store, 'driftIssues' | 'tracked'>;

const keyOf = ({ repo, number }: PullRef) => ({ repositoryId: repo.id, pullNumber: number });

const ours: Authorship = { pusher: ourselves, movers: [ourselves], authors: [], bots: [], complete: true };

/** Nothing of it is merged, so whatever a merge would have to show is not known. */
const noMerge = ({ head }: Pull): MergeFacts => ({
  headSha: head.sha,
  draft: false,
  mergeable: null,
  state: null,
  reviews: null,
  required: [],
  strict: false,
  behindBy: null,
  checks: [],
  unsigned: null,
  unresolved: null,
  unknown: ['checks'],
});

/**
 * The issue that tells of a project's drift, as a pull request: what is planned on it is the branch as it is, and nobody can approve it.
 * Put in once, below everything that asks, as `flow/whose.ts` is. Only an issue that we have a row of, and that our own App opened, is
 * one; any other number is asked of the forge.
 */
export const asThreads = (forge: Forge, rows: Rows): Forge => {
  const known = (ref: PullRef): Promise<DriftIssue | null> => rows.driftIssues.ofNumber(keyOf(ref));

  const asPull = async (ref: PullRef, { project }: DriftIssue): Promise<Pull> => {
    const issue = await forge.issue(ref);
    const tracked = await rows.tracked.get(project);
    if (issue === null || !issue.isOurs || tracked === null)
      throw new ForgeError('gone', `issue ${ref.number} tells of no drift any more`);
    const { repo } = issue.ref;
    const { defaultBranch } = await forge.repository(repo);
    return {
      ...(await placeOf(repo, tracked, defaultBranch)),
      ref: issue.ref,
      title: issue.title,
      url: issue.url,
      state: issue.state,
      merged: null,
      draft: false,
      author: ourselves,
      drift: project,
    };
  };

  /** A tag is asked about by whoever discovers what is to be planned: here it is the one that was chosen. */
  const placeOf = async (
    repo: RepoRef,
    tracked: Tracked,
    defaultBranch: string,
  ): Promise<Pick<Pull, 'head' | 'base' | 'isOfTag'>> => {
    const of = (sha: Sha, head: string, base: string) => ({
      head: { sha, ref: head, repoId: repo.id },
      base: { sha, ref: base, isDefault: base === defaultBranch },
    });
    const branch = branchOf(tracked);
    if (branch !== null) {
      const tip = await forge.tipOf(repo, branch);
      if (tip === null) throw new ForgeError('gone', `there is no branch ${branch}`);
      return of(tip, branch, branch);
    }
    const tip = tracked.desired?.sha ?? (await forge.tipOf(repo, defaultBranch));
    if (tip === null) throw new ForgeError('gone', `there is no branch ${defaultBranch}`);
    return { ...of(tip, tagOf(tracked.desired?.ref ?? null) ?? defaultBranch, defaultBranch), isOfTag: true };
  };

  /** What is answered of a thread in the forge's place. */
  const instead =
    <A extends readonly unknown[], T>(
      ask: (ref: PullRef, ...rest: A) => Promise<T>,
      answer: (ref: PullRef, issue: DriftIssue) => Promise<T>,
    ) =>
    async (ref: PullRef, ...rest: A): Promise<T> => {
      const issue = await known(ref);
      return issue === null ? ask(ref, ...rest) : answer(ref, issue);
    };

  return {
    ...forge,
    pull: instead(forge.pull, asPull),
    reviews: instead(forge.reviews, async () => []),
    authorship: instead(forge.authorship, async () => ours),
    mergeFacts: instead(forge.mergeFacts, async (ref, issue) => noMerge(await asPull(ref, issue))),
    mergeWay: instead(forge.mergeWay, () => {
      throw new ForgeError('refused', 'an issue is not merged');
    }),
    merge: instead(forge.merge, async () => ({ kind: 'refused', reason: 'An issue is not merged.' })),
  };
};
