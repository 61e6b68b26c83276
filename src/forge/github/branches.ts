import { sha } from '../../domain/ids.ts';
import { type BroughtBy, type Forge, ForgeError } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { namesOf } from './fields.ts';
import { pages } from './pages.ts';

/** What is on the branches of a repository, and what brought it there. */
export const createBranches = (connection: Connection): Pick<Forge, 'repository' | 'tipOf' | 'mergesOf'> => ({
  async repository(repo) {
    const { data } = await connection.api(repo).rest.repos.get({ owner: repo.owner, repo: repo.name });
    const names = namesOf(data.full_name);
    if (data.id !== repo.id || names === null)
      throw new ForgeError('gone', `${repo.owner}/${repo.name} is another repository by now`);
    return { repo: { ...repo, ...names }, defaultBranch: data.default_branch };
  },

  async tipOf(repo, branch) {
    const call = connection
      .api(repo)
      .rest.git.getRef({ owner: repo.owner, repo: repo.name, ref: `heads/${branch}` });
    const answer = await orGone(call);
    return answer === null ? null : sha(answer.data.object.sha);
  },

  async mergesOf(repo, commit) {
    const { listPullRequestsAssociatedWithCommit: list } = connection.api(repo).rest.repos;
    const found: BroughtBy[] = [];
    const of = { owner: repo.owner, repo: repo.name, commit_sha: commit, per_page: 100 };
    for await (const some of pages((page) => list({ ...of, page })))
      for (const { number, merged_at: at, merge_commit_sha: merged, head, base } of some)
        if (at !== null && merged !== null && base.repo.id === repo.id)
          found.push({ number, baseRef: base.ref, headSha: sha(head.sha), commit: sha(merged) });
    return found;
  },
});
