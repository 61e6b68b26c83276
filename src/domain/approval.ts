import { type Actor, atLeast, type Permission, type Pull, type Review } from './pull.ts';
import type { Verdict } from './verdict.ts';

/** A person's standing review: their last one that says yes or no. Comments do not take a word back. */
const standing = (reviews: readonly Review[]): readonly Review[] => {
  const last = new Map<number, Review>();
  for (const review of [...reviews].sort((a, b) => a.submittedAt - b.submittedAt || a.id - b.id)) {
    if (review.state === 'commented' || review.state === 'pending') continue;
    last.set(review.author.id, review);
  }
  return [...last.values()];
};

/** People who approved exactly this head, the author and bots aside. */
export const approvers = (pull: Pull, reviews: readonly Review[]): readonly Actor[] =>
  standing(reviews)
    .filter(
      (review) =>
        review.state === 'approved' &&
        review.commit === pull.head.sha &&
        review.author.kind === 'user' &&
        review.author.id !== pull.author.id,
    )
    .map((review) => review.author);

/**
 * Requirement `approved`: one person other than the author, with write permission, on this head.
 * @param since Unix milliseconds; approvals given before do not count. Forges tell whole seconds, so those of that second do.
 */
export const approved = (
  pull: Pull,
  reviews: readonly Review[],
  permissionOf: ReadonlyMap<string, Permission>,
  since: number | null = null,
): Verdict => {
  const from = Math.floor((since ?? 0) / 1000) * 1000;
  const ever = approvers(pull, reviews);
  const all = approvers(
    pull,
    reviews.filter((review) => review.state !== 'approved' || review.submittedAt >= from),
  );
  const counted = all.filter((actor) => atLeast(permissionOf.get(actor.login) ?? 'none', 'write'));
  const names = counted.map((actor) => actor.login).join(', ');
  if (counted.length > 0) {
    const because = `approved by ${names} on ${pull.head.sha.slice(0, 7)}`;
    return { name: 'approved', holds: true, because, problem: null, parts: [] };
  }
  const uncounted = all.map((actor) => actor.login).join(', ');
  const early = ever.map((actor) => actor.login).join(', ');
  const because =
    uncounted === '' && early !== ''
      ? `only that of ${early}, given before this plan was made`
      : uncounted === ''
        ? `no approval of ${pull.head.sha.slice(0, 7)}`
        : `only that of ${uncounted}, who may not write to the repository`;
  return {
    name: 'approved',
    holds: false,
    because,
    problem: {
      code: 'not-approved',
      sentence: `The project asks for an approval and there is ${because}.`,
      advice: `Ask somebody with write permission, other than \`${pull.author.login}\`, to approve this commit; then comment \`/apply\` again.`,
    },
    parts: [],
  };
};
