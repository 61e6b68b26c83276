import { z } from 'zod';
import { interpretComment } from '../domain/grammar.ts';
import { ourselves, type RepoRef } from '../domain/pull.ts';
import type { PullFacts, Sighting } from '../domain/sighting.ts';
import { cursorNameOf, type Gap, gapsBetween } from '../domain/sweep.ts';
import { terraformArguments } from '../domain/tool-arguments.ts';
import type { Delivery, Trigger } from '../domain/trigger.ts';
import type { ListedComment } from '../forge/port.ts';
import { compareBases } from './compare-bases.ts';
import { openDues } from './dues.ts';
import { knownBefore } from './known-before.ts';
import type { FlowPorts } from './ports.ts';
import { receive } from './receive.ts';
import { wantReply } from './report.ts';
import { compareTags } from './tags/compare.ts';

type Ports = Pick<FlowPorts, 'forge' | 'git' | 'store' | 'clock' | 'log' | 'operator' | 'sign'>;

/** How far one repository was compared. */
const cursorSchema = z
  .object({
    /** By our clock, Unix milliseconds. */
    comparedAt: z.number(),
    pullsSeen: z.string().nullable(),
    /** By the forge's clock. Nothing that was written before is ever looked at. */
    commentsSince: z.number(),
    commentsSeen: z.string().nullable(),
    /** Pull requests that were open when we came, and whose comments were not looked at yet. */
    unread: z.array(z.number()).default([]),
  })
  .nullable()
  .catch(null);

export type RepositoryCursor = z.infer<typeof cursorSchema>;

export const readCursor = async (
  { store }: Pick<Ports, 'store'>,
  repo: Pick<RepoRef, 'id'>,
): Promise<RepositoryCursor> => cursorSchema.parse(await store.cursors.get(cursorNameOf(repo)));

export interface Compared {
  /** Requests that counted. */
  readonly spent: number;
  /** Deliveries that were made of what was missing. */
  readonly made: number;
}

/** A pull request that cannot be followed is tried this often; then it waits for a person or a push. */
const mostTries = 5;
/** The forge's lists lag a little behind what it has. */
const lagMs = 2 * 60_000;

/**
 * Compares one repository with our journal. What is missing becomes deliveries of our own, received as webhooks are; their
 * ids are made from what is missing, so that the same gap found twice is one delivery. A repository that is new to us is only
 * taken note of: nobody asked for plans of what was open before we came, and old comments are not for us. But what a comment of
 * ours says was planned is planned anew: then it is the store that is new.
 *
 * @param isFull ask for everything, whatever was seen before
 * @throws {ForgeError} with the cursor left where it was.
 */
export const compareRepository = async (ports: Ports, repo: RepoRef, isFull: boolean): Promise<Compared> => {
  const { forge, store, clock } = ports;
  const cursor = await readCursor(ports, repo);
  const startedAt = clock.now();
  const pulls = await forge.openPulls(repo, isFull ? null : (cursor?.pullsSeen ?? null));
  if (cursor === null) {
    for (const facts of pulls.items ?? []) await store.sightings.meet(repo.id, facts, startedAt);
    const met = {
      comparedAt: startedAt,
      pullsSeen: null,
      commentsSince: pulls.at,
      commentsSeen: null,
      unread: (pulls.items ?? []).map(({ number }) => number),
    };
    await store.cursors.set(cursorNameOf(repo), met);
    const before = await mendKnown(ports, repo, met);
    return { spent: pulls.spent + before.spent, made: before.made };
  }
  const mended =
    pulls.items === null ? { made: 0, agrees: true } : await mendPulls(ports, repo, pulls.items, startedAt);
  const since = cursor.commentsSince;
  const comments = await forge.comments(repo, since, cursor.commentsSeen);
  const made = await mendComments(ports, repo, comments.items ?? [], since);
  const newest = (comments.items ?? []).reduce((latest, one) => Math.max(latest, one.updatedAt), 0);
  const commentsSince = Math.max(since, newest - lagMs);
  const next = {
    comparedAt: startedAt,
    // What was put off is to be seen again, also where nothing changes until then.
    pullsSeen: mended.agrees ? pulls.seen : null,
    commentsSince,
    commentsSeen: commentsSince === since ? comments.seen : null,
    unread: cursor.unread,
  };
  await store.cursors.set(cursorNameOf(repo), next);
  const bases = await compareBases(ports, repo);
  const tags = await compareTags(ports, repo);
  const before = await mendKnown(ports, repo, next);
  const issues = await mendIssues(ports, repo);
  return {
    spent: pulls.spent + comments.spent + bases.spent + before.spent + issues.spent,
    made: mended.made + made + bases.made + tags + before.made + issues.made,
  };
};

/** Some of what was open when we came; the rest is for the next time. */
const mendKnown = async (
  ports: Ports,
  repo: RepoRef,
  cursor: NonNullable<RepositoryCursor>,
): Promise<Compared> => {
  if (cursor.unread.length === 0) return { spent: 0, made: 0 };
  const { planned, left, spent } = await knownBefore(ports, repo, cursor.unread);
  let made = 0;
  for (const number of planned) {
    const id = `tidegate-sweep-known-${repo.id}-${number}`;
    if ((await receive(ports, pullDelivery(ports, repo, { number, reason: 'opened', id }))) === 'new')
      made += 1;
  }
  await ports.store.cursors.set(cursorNameOf(repo), { ...cursor, unread: left });
  return { spent, made };
};

const mendPulls = async (
  ports: Ports,
  repo: RepoRef,
  open: readonly PullFacts[],
  startedAt: number,
): Promise<{ readonly made: number; readonly agrees: boolean }> => {
  const { store } = ports;
  const seen = new Map<number, Sighting>();
  for (const one of await store.sightings.open(repo.id)) seen.set(one.number, one);
  for (const { number } of open) {
    const one = await store.sightings.get({ repositoryId: repo.id, pullNumber: number });
    if (one !== null) seen.set(number, one);
  }
  const held = new Set<number>();
  for (const lock of await store.locks.all()) {
    if (lock.repositoryId !== repo.id) continue;
    // No list of pull requests has an issue.
    if ((await store.driftIssues.ofNumber(lock)) !== null) continue;
    // A merge that was followed keeps the lock of what it asks to be applied.
    const isFollowed = (await store.sightings.get(lock))?.state === 'closed';
    if (!isFollowed || (await openDues(store, lock)).length === 0) held.add(lock.pullNumber);
  }
  let made = 0;
  let agrees = true;
  for (const gap of gapsBetween(open, seen, held)) {
    const { pending, failed } = await store.deliveries.ofPull(
      { repositoryId: repo.id, pullNumber: gap.number },
      gap.since,
    );
    if (failed >= mostTries) continue;
    agrees = false;
    // Somebody is at it, or was after the list was made: the list may be the older of the two.
    if (pending > 0 || gap.since >= startedAt) continue;
    const id = `tidegate-sweep-pull-${repo.id}-${gap.number}-${gap.revision}-${failed}`;
    if ((await receive(ports, pullDelivery(ports, repo, { ...gap, id }))) === 'new') made += 1;
  }
  return { made, agrees };
};

/** Drift issues that somebody closed: nobody tells us of it, and what was planned on one may hold its project's lock. */
const mendIssues = async (ports: Ports, repo: RepoRef): Promise<Compared> => {
  const { store, forge } = ports;
  let [spent, made] = [0, 0];
  for (const lock of await store.locks.all()) {
    if (lock.repositoryId !== repo.id || (await store.driftIssues.ofNumber(lock)) === null) continue;
    spent += 1;
    const number = lock.pullNumber;
    if ((await forge.issue({ repo, number }))?.state === 'open') continue;
    const id = `tidegate-sweep-issue-${repo.id}-${number}-${lock.since}`;
    if ((await receive(ports, pullDelivery(ports, repo, { number, reason: 'closed', id }))) === 'new')
      made += 1;
  }
  return { spent, made };
};

const pullDelivery = (
  { clock }: Pick<Ports, 'clock'>,
  repo: RepoRef,
  { number, reason, id }: Pick<Gap, 'number' | 'reason'> & Pick<Delivery, 'id'>,
): Delivery => ({
  id,
  event: 'pull_request',
  action: reason,
  repository: `${repo.owner}/${repo.name}`,
  trigger: { kind: 'pull', reason, pull: { repo, number }, sender: ourselves },
  receivedAt: clock.now(),
});

/** Commands that nobody brought us. Words that are none are left alone: they were never asked of us. */
const mendComments = async (
  ports: Ports,
  repo: RepoRef,
  comments: readonly ListedComment[],
  since: number,
): Promise<number> => {
  const rules = { prefixes: ports.operator.prefixes, toolArguments: terraformArguments };
  let made = 0;
  for (const comment of comments.toReversed()) {
    // Written before and changed since: whatever it says now was not said when it counted.
    if (comment.createdAt < since || comment.author.kind === 'bot') continue;
    if (interpretComment(comment.body, rules).kind === 'none') continue;
    const issue = { repositoryId: repo.id, pullNumber: comment.pullNumber };
    if (comment.isOnIssue && (await ports.store.driftIssues.ofNumber(issue)) === null) continue;
    const delivery = commentDelivery(ports, repo, comment);
    if (comment.updatedAt > comment.createdAt) await refuseEdited(ports, delivery, comment);
    else if ((await receive(ports, delivery)) === 'new') made += 1;
  }
  return made;
};

const commentDelivery = (
  { clock }: Pick<Ports, 'clock'>,
  repo: RepoRef,
  { id, pullNumber, isOnIssue, author, body, viaAppId }: ListedComment,
): Delivery & { readonly trigger: Extract<Trigger, { kind: 'comment' }> } => ({
  id: `tidegate-sweep-comment-${repo.id}-${id}`,
  event: 'issue_comment',
  action: 'created',
  repository: `${repo.owner}/${repo.name}`,
  trigger: {
    kind: 'comment',
    pull: { repo, number: pullNumber },
    ...(isOnIssue ? { onIssue: true as const } : {}),
    sender: author,
    commentId: id,
    body,
    viaAppId,
  },
  receivedAt: clock.now(),
});

/** What counts is what was written when it was posted, and that cannot be known any more: an edit may be somebody else's. */
const refuseEdited = (
  { store, clock, operator }: Ports,
  delivery: ReturnType<typeof commentDelivery>,
  comment: ListedComment,
): Promise<void> =>
  store.transact(async (tables) => {
    if (delivery.repository === null || !operator.allows(delivery.repository)) return;
    const reason = 'the comment was edited before it was found';
    if ((await tables.deliveries.record(delivery, reason)) === 'known') return;
    await wantReply({ store: tables, clock }, delivery.trigger.pull, comment.id, {
      kind: 'problem',
      login: comment.author.login,
      command: comment.body.split('\n', 1)[0]?.slice(0, 80) ?? '',
      problem: {
        code: 'found-late',
        sentence: 'GitHub did not tell Tidegate of this comment, and it was edited before it was found.',
        advice: 'Comment it again: what counts is what a comment said when it was posted.',
      },
    });
  });
