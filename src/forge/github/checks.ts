import type { CheckAnnotation, CheckUpsert } from '../../domain/check.ts';
import type { RepoRef } from '../../domain/pull.ts';
import { missingAnnotations } from '../annotations.ts';
import type { Forge } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { pages } from './pages.ts';

const levels = ['warning', 'failure'] as const;

/** What a create and an update have in common. `annotations` are added to those that are there. */
const contentOf = (check: CheckUpsert, annotations: readonly CheckAnnotation[]) => ({
  name: check.name,
  output: {
    title: check.title,
    summary: check.summary,
    // An empty text clears what an earlier update said.
    text: check.text ?? '',
    ...(annotations.length === 0
      ? {}
      : {
          annotations: annotations.map(({ path, startLine, endLine, level, title, message }) => ({
            path,
            start_line: startLine,
            end_line: endLine,
            annotation_level: level,
            title,
            message,
          })),
        }),
  },
  ...(check.detailsUrl === null ? {} : { details_url: check.detailsUrl }),
  // Without the list an update leaves the buttons of before.
  actions: [...(check.actions ?? [])],
  ...(check.pullNumber === undefined ? {} : { external_id: String(check.pullNumber) }),
});

/** GitHub takes a conclusion for the end of a check, whatever the status beside it says. */
const stateOf = (check: CheckUpsert) => {
  if (check.status !== 'completed') return { status: check.status };
  if (check.conclusion === null) throw new TypeError('a completed check needs a conclusion');
  return { status: check.status, conclusion: check.conclusion };
};

/**
 * Check runs: https://docs.github.com/en/rest/checks/runs
 *
 * A completed run stays completed on GitHub, whatever an update asks for and although the update is
 * answered with 200 (https://github.com/orgs/community/discussions/24761). What begins again is a new
 * run of the same name: GitHub shows, and requires, the newest.
 */
export const createChecks = (connection: Connection, appId: number): Pick<Forge, 'upsertCheck'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });

  /** What the run has; null where it is gone. */
  const annotationsOf = async (repo: RepoRef, id: number): Promise<readonly CheckAnnotation[] | null> => {
    const { listAnnotations } = connection.api(repo).rest.checks;
    // Nothing of ours has more than one page; more is not what it shall have in any case.
    const answer = await orGone(listAnnotations({ ...at(repo), check_run_id: id, per_page: 100 }));
    return (
      answer?.data.map((one) => ({
        path: one.path,
        startLine: one.start_line,
        endLine: one.end_line,
        level: levels.find((level) => level === one.annotation_level) ?? 'warning',
        title: one.title ?? '',
        message: one.message ?? '',
      })) ?? null
    );
  };

  /** Null: the run is gone, or has annotations that it shall not have. */
  const update = async (repo: RepoRef, id: number, check: CheckUpsert): Promise<number | null> => {
    const { annotations } = check;
    const there = annotations === undefined ? [] : await annotationsOf(repo, id);
    const missing = there === null ? null : missingAnnotations(there, annotations ?? []);
    if (missing === null) return null;
    const call = connection
      .api(repo)
      .rest.checks.update({ ...at(repo), check_run_id: id, ...contentOf(check, missing), ...stateOf(check) });
    return (await orGone(call))?.data.id ?? null;
  };

  /** The stored id, unless that check is gone or ended for good. */
  const usable = async (repo: RepoRef, { id, status }: CheckUpsert): Promise<number | null> => {
    if (id === null || status === 'completed') return id;
    const answer = await orGone(connection.api(repo).rest.checks.get({ ...at(repo), check_run_id: id }));
    return answer === null || answer.data.status === 'completed' ? null : id;
  };

  const find = async (repo: RepoRef, { headSha, name, status }: CheckUpsert): Promise<number | null> => {
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
    const ours: number[] = [];
    for await (const { check_runs: runs } of pages(list)) {
      const found = runs.filter(
        (run) =>
          run.app?.id === appId &&
          run.name === name &&
          run.head_sha === headSha &&
          (status === 'completed' || run.status !== 'completed'),
      );
      ours.push(...found.map(({ id }) => id));
    }
    return ours.length === 0 ? null : Math.max(...ours);
  };

  const create = async (repo: RepoRef, check: CheckUpsert): Promise<number> => {
    const content = contentOf(check, check.annotations ?? []);
    const call = connection
      .api(repo)
      .rest.checks.create({ ...at(repo), head_sha: check.headSha, ...content, ...stateOf(check) });
    return (await call).data.id;
  };

  return {
    async upsertCheck(repo, check) {
      const stored = await usable(repo, check);
      const kept = stored === null ? null : await update(repo, stored, check);
      if (kept !== null) return kept;
      const found = await find(repo, check);
      const updated = found === null ? null : await update(repo, found, check);
      return updated ?? (await create(repo, check));
    },
  };
};
