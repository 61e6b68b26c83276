import { createHash } from 'node:crypto';
import type { PullRef } from '../../domain/pull.ts';
import {
  altered,
  type BoardHistory,
  type FoundText,
  isOurs,
  noHistory,
  type ShownPlans,
  writing,
  written,
} from '../../domain/rules/board-history.ts';
import type { CommentUpsert } from '../../forge/port.ts';
import type { PullKey } from '../../store/port.ts';
import { wakeWaiting } from '../dues.ts';
import type { FlowPorts } from '../ports.ts';
import { wantBoard } from '../report.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock'>;

export type WritingPorts = Ports &
  Pick<FlowPorts, 'newId'> & {
    /** There is a delivery of our own. */
    readonly woken?: () => void;
  };

/** How a text is known again. */
const textDigest = (text: string): string => createHash('sha256').update(text).digest('base64url');

const keyOf = ({ repo, number }: PullRef): PullKey => ({ repositoryId: repo.id, pullNumber: number });

/**
 * Writes the comment, and down what it shows from when on: approvals are held against that. What somebody else had
 * made of it is found before, and approvals given meanwhile do not count.
 */
export const writeBoard = async (
  ports: WritingPorts,
  pull: PullRef,
  plans: ShownPlans,
  comment: CommentUpsert,
): Promise<number> => {
  const { forge, store, clock } = ports;
  const key = keyOf(pull);
  const before = comment.id === null ? 'ours' : await findAltered(ports, pull, comment.id);
  await store.transact(async ({ boardHistories }) => {
    const history = (await boardHistories.get(key)) ?? noHistory;
    await boardHistories.put(key, writing(history, plans, textDigest(comment.body), clock.now()));
  });
  const { id, body, at } = await forge.upsertComment(pull, comment);
  await store.transact(async (tables) => {
    const history = (await tables.boardHistories.get(key)) ?? noHistory;
    await tables.boardHistories.put(key, written(history, plans, textDigest(body), at));
    // These words were chosen before it was found: they do not say it, and may count approvals that do not.
    if (before === 'ours') return;
    await wantBoard({ store: tables, clock }, pull);
    // While it was not ours no apply began, and whoever wrote our words again is nobody that anything hears of.
    await wakeWaiting(tables, ports, pull);
  });
  if (before !== 'ours') ports.woken?.();
  return id;
};

/**
 * Looks how the comment stands. Where it does not hold what we wrote, was edited since, or is gone, that is written down, once;
 * the board says so from then on, and is written anew for it.
 *
 * @param by who is said to have changed it, if anybody. What is said to be changed was, whatever it holds by now: somebody may
 *   have approved what it said in between.
 */
export const findAltered = async (
  { forge, store, clock }: Ports,
  pull: PullRef,
  commentId: number,
  by: string | null = null,
): Promise<'ours' | 'altered' | 'gone'> => {
  const key = keyOf(pull);
  const look = async () => {
    // Before and after: it may be written at this very moment.
    const history = await store.boardHistories.get(key);
    const now = history === null ? null : await forge.comment(pull, commentId);
    return { history, found: now === null ? null : { body: textDigest(now.body), at: now.updatedAt } };
  };
  const isGood = (history: BoardHistory, found: FoundText | null): boolean =>
    by === null && isOurs(history, found);
  const first = await look();
  if (first.history === null || isGood(first.history, first.found)) return 'ours';
  // What was read may be older than what we know of: a decision asks for everything ahead.
  const { history: before, found } = await look();
  if (before === null || isGood(before, found)) return 'ours';
  const answer = found === null ? 'gone' : 'altered';
  return store.transact(async ({ boardHistories, audit }) => {
    const after = (await boardHistories.get(key)) ?? noHistory;
    if (isGood(after, found)) return 'ours';
    const noted = altered(after);
    if (noted === after) return answer;
    await boardHistories.put(key, noted);
    await audit.append({
      at: clock.now(),
      kind: 'board.altered',
      actor: by,
      ...key,
      runId: null,
      facts: {
        comment: commentId,
        found: found?.body ?? null,
        editedAt: found?.at ?? null,
        ours: after.body,
        since: after.writtenAt,
      },
    });
    return answer;
  });
};
