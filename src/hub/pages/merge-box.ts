import { atLeast, isSelf, permissionOf } from '../access.ts';
import { queueRuleOf, requirementsOf } from '../branch-rules.ts';
import { behindOf, obstaclesOf } from '../mergeability.ts';
import { placeOf } from '../queue/entries.ts';
import type { Pull, Review } from '../state.ts';
import { type Html, markup } from './html.ts';
import { formFields, pullPath, sha, time, who } from './layout.ts';
import { healthOf, healthWords, lookOf } from './lists.ts';
import type { Visitor } from './session.ts';
import { counts, type Item } from './thread.ts';

const methods = [
  { method: 'merge', words: 'Create a merge commit' },
  { method: 'squash', words: 'Squash into one commit' },
  { method: 'rebase', words: 'Rebase its commits' },
] as const;

/** The newest verdict of each reviewer; comments do not take an approval back. */
const verdicts = (pull: Pull): readonly Review[] => {
  const newest = new Map<number, Review>();
  for (const review of pull.reviews)
    if (review.state !== 'COMMENTED' && review.state !== 'PENDING') newest.set(review.author.id, review);
  return [...newest.values()].filter(({ state }) => state !== 'DISMISSED');
};

const reviewLines = (pull: Pull): Html => {
  const given = verdicts(pull);
  if (given.length === 0)
    return markup`<li><span class="dot none" aria-hidden="true"></span>No review has decided yet</li>`;
  return markup`${given.map((review) => {
    const old = review.commit === pull.head.sha ? null : markup` (an older commit, ${sha(review.commit)})`;
    const approved = review.state === 'APPROVED';
    const words = approved ? 'approved' : 'asked for changes';
    if (!counts(pull, review))
      return markup`<li><span class="dot none" aria-hidden="true"></span><span>${who(review.author)} (${permissionOf(pull.repo, review.author)}) ${words}${old}, which does not count</span></li>`;
    return markup`<li><span class="dot ${approved ? 'good' : 'bad'}" aria-hidden="true"></span><span>${who(review.author)} ${words}${old}</span></li>`;
  })}`;
};

const mergeLine = (pull: Pull): Html => {
  if (pull.facts === null)
    return markup`<li><span class="dot busy" aria-hidden="true"></span>Looking whether it merges …</li>`;
  return pull.facts.mergeable
    ? markup`<li><span class="dot good" aria-hidden="true"></span>No conflicts with <code>${pull.base.ref}</code></li>`
    : markup`<li><span class="dot bad" aria-hidden="true"></span>It conflicts with <code>${pull.base.ref}</code>. Merge that branch into yours and push.</li>`;
};

/** What the base branch asks for and does not have yet. */
const obstacleLines = (pull: Pull): readonly Html[] =>
  [...obstaclesOf(pull), ...behindOf(pull)].map(
    ({ words }) => markup`<li><span class="dot bad" aria-hidden="true"></span>${words}</li>`,
  );

const button = (pull: Pull, visitor: Visitor, action: string, words: string, look = 'quiet'): Html =>
  markup`<form method="post" action="${pullPath(pull)}/${action}">${formFields(visitor)}<button class="${look}">${words}</button></form>`;

const mergeForm = (pull: Pull, visitor: Visitor): Html => {
  const named = requirementsOf(pull.repo, pull.base.ref).ruleset.methods;
  const allowed = methods.filter(
    ({ method }) => pull.repo.mergeMethods[method] && (named.length === 0 || named.includes(method)),
  );
  return markup`<form class="merge" method="post" action="${pullPath(pull)}/merge">${formFields(visitor)}<input type="hidden" name="sha" value="${pull.head.sha}">
<label class="hidden" for="merge-method">How to merge</label><select id="merge-method" name="method">${allowed.map(
    ({ method, words }) => markup`<option value="${method}">${words}</option>`,
  )}</select><button class="go">Merge pull request</button></form>`;
};

/** Into the queue, to its front, or out of it. */
const queueForm = (pull: Pull, visitor: Visitor): Html =>
  placeOf(pull) === null
    ? markup`<form class="merge" method="post" action="${pullPath(pull)}/enqueue">${formFields(visitor)}<input type="hidden" name="sha" value="${pull.head.sha}">
<button class="go">Merge when ready</button><button class="quiet" name="jump" value="yes">Jump to the front</button></form>`
    : button(pull, visitor, 'dequeue', 'Remove from the queue');

const placeWords = {
  QUEUED: 'waits for its turn',
  AWAITING_CHECKS: 'its checks are awaited',
  MERGEABLE: 'ready to be merged',
  UNMERGEABLE: 'a required check failed',
} as const;

const queueLine = (pull: Pull): Html | null => {
  const place = placeOf(pull);
  if (place !== null)
    return markup`<li><span class="dot busy" aria-hidden="true"></span>In the merge queue of <code>${pull.base.ref}</code> as number ${place.position}: ${placeWords[place.state]}</li>`;
  return queueRuleOf(pull.repo, pull.base.ref) === null
    ? null
    : markup`<li><span class="dot none" aria-hidden="true"></span><code>${pull.base.ref}</code> is merged into by its merge queue</li>`;
};

const actions = (pull: Pull, visitor: Visitor): Html => {
  const { account } = visitor.actor;
  const permission = permissionOf(pull.repo, account);
  const mayWrite = atLeast(permission, 'write');
  const mayManage = isSelf(visitor.actor, pull.author) || atLeast(permission, 'triage');
  const mayDraft = isSelf(visitor.actor, pull.author) || mayWrite;
  const parts: (Html | null)[] = [];
  if (pull.state === 'open') {
    if (pull.draft) {
      parts.push(mayDraft ? button(pull, visitor, 'ready', 'Ready for review', 'go') : null);
    } else if (pull.facts?.mergeable === true) {
      parts.push(
        mayWrite
          ? queueRuleOf(pull.repo, pull.base.ref) === null
            ? mergeForm(pull, visitor)
            : queueForm(pull, visitor)
          : markup`<p class="empty">${account.login} may not merge: that needs write access.</p>`,
      );
    }
    if (mayManage) parts.push(button(pull, visitor, 'close', 'Close'));
    if (mayDraft && !pull.draft) parts.push(button(pull, visitor, 'draft', 'Back to draft'));
  } else if (pull.mergedAt === null && mayManage) parts.push(button(pull, visitor, 'reopen', 'Reopen'));
  return markup`<div class="actions">${parts}</div>`;
};

/** What stands between the pull request and its merge, and the buttons the visitor may press. */
export const mergeBox = (pull: Pull, visitor: Visitor): Item => {
  const look = lookOf(pull);
  const health = healthOf(pull.repo, pull.head.sha);
  const sentence =
    look === 'merged'
      ? markup`Merged${pull.mergedBy === null ? null : markup` by ${who(pull.mergedBy)}`}${pull.mergedAt === null ? null : markup` ${time(pull.mergedAt)}`}${pull.mergeCommit === null ? null : markup` as ${sha(pull.mergeCommit)}`}.`
      : look === 'closed'
        ? markup`Closed without a merge.`
        : look === 'draft'
          ? markup`This is a draft; it cannot be merged yet.`
          : markup`Open, into <code>${pull.base.ref}</code>.`;
  const facts = look === 'open' || look === 'draft';
  return {
    id: 'merge-box',
    html: markup`<section class="card merge-box ${look}"><h2>Merge <small>${sentence}</small></h2>
${
  facts
    ? markup`<ul class="facts">${reviewLines(pull)}<li><span class="dot ${health}" aria-hidden="true"></span>${healthWords[health].slice(0, 1).toUpperCase()}${healthWords[health].slice(1)}</li>${mergeLine(pull)}${obstacleLines(pull)}${queueLine(pull)}</ul>`
    : null
}${actions(pull, visitor)}</section>`,
  };
};
