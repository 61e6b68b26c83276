import type { Clock } from '../../clock/port.ts';
import type { PullRef, RepoRef } from '../../domain/pull.ts';
import { type CommentUpsert, type Forge, ForgeError, type WrittenComment } from '../port.ts';
import type { Connection } from './connection.ts';
import { pages } from './pages.ts';
import { actorFrom, answeredAt } from './read.ts';

const isGone = (error: unknown): boolean => error instanceof ForgeError && error.failure === 'gone';

/** The call's result, or null where GitHub says that the thing is gone. */
export const orGone = async <T>(call: Promise<T>): Promise<T | null> => {
  try {
    return await call;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
};

/** @throws {TypeError} for a body that could not be found again: it would be posted once more each time. */
const assertMarked = ({ marker, body }: CommentUpsert): void => {
  if (marker === '' || !body.includes(marker)) throw new TypeError('the comment does not hold its marker');
};

const writtenFrom = (data: {
  readonly id: number;
  readonly body?: string;
  readonly updated_at: string;
}): WrittenComment => ({ id: data.id, body: data.body ?? '', at: Date.parse(data.updated_at) });

/**
 * Comments on pull requests. https://docs.github.com/en/rest/issues/comments
 *
 * A comment is looked for by its marker whenever its id is not known: a create whose answer was
 * lost may have had its effect. Only comments written through our own App count, since anybody can
 * copy the marker.
 */
export const createComments = (
  connection: Connection,
  appId: number,
  clock: Pick<Clock, 'now'>,
): Pick<Forge, 'comment' | 'ourComment' | 'upsertComment' | 'react'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });

  const edit = async (repo: RepoRef, id: number, body: string): Promise<WrittenComment | null> => {
    const call = connection.api(repo).rest.issues.updateComment({ ...at(repo), comment_id: id, body });
    const answer = await orGone(call);
    return answer === null ? null : writtenFrom(answer.data);
  };

  const find = async (
    { repo, number }: PullRef,
    marker: string,
  ): Promise<{ readonly id: number | null; readonly body: string | null; readonly spent: number }> => {
    const api = connection.api(repo);
    let spent = 0;
    const list = (page: number) => {
      spent += 1;
      return api.rest.issues.listComments({ ...at(repo), issue_number: number, per_page: 100, page });
    };
    for await (const comments of pages(list)) {
      const ours = comments.find(
        (comment) => comment.performed_via_github_app?.id === appId && comment.body?.includes(marker),
      );
      if (ours !== undefined) return { id: ours.id, body: ours.body ?? null, spent };
    }
    return { id: null, body: null, spent };
  };

  const create = async ({ repo, number }: PullRef, body: string): Promise<WrittenComment> => {
    const call = connection.api(repo).rest.issues.createComment({ ...at(repo), issue_number: number, body });
    return writtenFrom((await call).data);
  };

  return {
    async comment({ repo, number }, commentId) {
      const call = connection.api(repo).rest.issues.getComment({ ...at(repo), comment_id: commentId });
      const answer = await orGone(call);
      if (answer === null || !answer.data.issue_url.endsWith(`/issues/${number}`)) return null;
      const { user, body, created_at, updated_at } = answer.data;
      const ageMs = Math.max(answeredAt(answer.headers, clock) - Date.parse(created_at), 0);
      const [createdAt, updatedAt] = [Date.parse(created_at), Date.parse(updated_at)];
      return { author: actorFrom(user), body: body ?? '', createdAt, updatedAt, ageMs };
    },
    async ourComment(pull, marker) {
      const found = await orGone(find(pull, marker));
      return { body: found?.body ?? null, spent: found?.spent ?? 1 };
    },
    async upsertComment(pull, comment) {
      assertMarked(comment);
      const stored = comment.id === null ? null : await edit(pull.repo, comment.id, comment.body);
      if (stored !== null) return stored;
      const { id: found } = await find(pull, comment.marker);
      const edited = found === null ? null : await edit(pull.repo, found, comment.body);
      return edited ?? (await create(pull, comment.body));
    },
    async react(repo, commentId, content) {
      const api = connection.api(repo);
      // GitHub answers 200 with the reaction that is there already.
      await orGone(api.rest.reactions.createForIssueComment({ ...at(repo), comment_id: commentId, content }));
    },
  };
};
