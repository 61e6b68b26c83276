import type { RepoRef } from '../../domain/pull.ts';
import type { CheckUpsert, Forge } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { pages } from './pages.ts';

/** What a create and an update have in common. */
const contentOf = (check: CheckUpsert) => ({
  name: check.name,
  // An empty text clears what an earlier update said.
  output: { title: check.title, summary: check.summary, text: check.text ?? '' },
  ...(check.detailsUrl === null ? {} : { details_url: check.detailsUrl }),
});

/** GitHub takes a conclusion for the end of a check, whatever the status beside it says. */
const stateOf = (check: CheckUpsert) => {
  if (check.status !== 'completed') return { status: check.status };
  if (check.conclusion === null) throw new TypeError('a completed check needs a conclusion');
  return { status: check.status, conclusion: check.conclusion };
};

/** Check runs: https://docs.github.com/en/rest/checks/runs */
export const createChecks = (connection: Connection, appId: number): Pick<Forge, 'upsertCheck'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });

  /** Null: it is gone, or it would not go back from completed, and a new one must take its place. */
  const update = async (repo: RepoRef, id: number, check: CheckUpsert): Promise<number | null> => {
    const call = connection
      .api(repo)
      .rest.checks.update({ ...at(repo), check_run_id: id, ...contentOf(check), ...stateOf(check) });
    const answer = await orGone(call);
    return answer !== null && answer.data.status === check.status ? answer.data.id : null;
  };

  const find = async (repo: RepoRef, { headSha, name }: CheckUpsert): Promise<number | null> => {
    const api = connection.api(repo);
    const list = (page: number) =>
      api.rest.checks.listForRef({
        ...at(repo),
        ref: headSha,
        check_name: name,
        app_id: appId,
        filter: 'latest',
        per_page: 100,
        page,
      });
    for await (const { check_runs: runs } of pages(list)) {
      const ours = runs.find((run) => run.app?.id === appId && run.name === name && run.head_sha === headSha);
      if (ours !== undefined) return ours.id;
    }
    return null;
  };

  const create = async (repo: RepoRef, check: CheckUpsert): Promise<number> => {
    const call = connection
      .api(repo)
      .rest.checks.create({ ...at(repo), head_sha: check.headSha, ...contentOf(check), ...stateOf(check) });
    return (await call).data.id;
  };

  return {
    async upsertCheck(repo, check) {
      const stored = check.id === null ? null : await update(repo, check.id, check);
      if (stored !== null) return stored;
      const found = await find(repo, check);
      const updated = found === null || found === check.id ? null : await update(repo, found, check);
      return updated ?? (await create(repo, check));
    },
  };
};
