import { createHash } from 'node:crypto';
import { findAccount } from '../access.ts';
import type { Conversation, HubState, Pull } from '../state.ts';
import { checksBox } from './checks-box.ts';
import { deploymentsBox } from './deployments-box.ts';
import { type Html, markup } from './html.ts';
import { avatar, conversationPath, formFields, pullPath, repoPath, who } from './layout.ts';
import { pill } from './lists.ts';
import type { MarkdownContext } from './markdown.ts';
import { mergeBox } from './merge-box.ts';
import type { Visitor } from './session.ts';
import { type Item, type Render, thread } from './thread.ts';

/** What somebody typed into a form that was refused: nothing is lost. */
export interface Draft {
  readonly comment: string;
  readonly review: string;
}

export const noDraft: Draft = { comment: '', review: '' };

export const markdownContext = (state: HubState, { repo }: Conversation): MarkdownContext => ({
  pullPath: `${repoPath(repo)}/pull/`,
  hasPull: (number) => repo.pulls.has(number) || repo.issues.has(number),
  hasAccount: (login) => findAccount(state, login) !== null,
});

const heading = (pull: Pull, tab: 'thread' | 'files'): Item => {
  const { facts } = pull;
  const path = pullPath(pull);
  const current = (one: typeof tab): Html | null => (one === tab ? markup` aria-current="page"` : null);
  const from =
    pull.head.repo === pull.repo ? pull.head.ref : `${pull.head.repo.owner.login}:${pull.head.ref}`;
  return {
    id: 'heading',
    html: markup`<header class="pull"><h1>${pull.title} <span class="number">#${pull.number}</span></h1>
<p>${pill(pull)} ${who(pull.author, pull.app)} wants <code>${from}</code> in <code>${pull.base.ref}</code></p>
<nav class="tabs" aria-label="Parts of the pull request"><a href="${path}"${current('thread')}>Conversation</a><a href="${path}/files"${current('files')}>Files changed${facts === null ? null : markup` <span class="tag">${facts.changedFiles}</span>`}</a>${
      facts === null
        ? null
        : markup`<span class="counts">${facts.commits} ${facts.commits === 1 ? 'commit' : 'commits'} <b class="plus">+${facts.additions}</b> <b class="minus">−${facts.deletions}</b></span>`
    }</nav></header>`,
  };
};

export const pullHeading = (pull: Pull, tab: 'thread' | 'files'): Html => heading(pull, tab).html;

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);

/** Pieces with a version each, and the version of them all. */
export const liveItems = (items: readonly Item[]): { readonly version: string; readonly html: Html } => {
  const hashed = items.map((item) => ({ ...item, version: hash(item.html.html) }));
  return {
    version: hash(hashed.map(({ id, version }) => `${id}:${version}`).join('\n')),
    html: markup`${hashed.map(({ id, version, html }) => markup`<div class="item" id="${id}" data-version="${version}">${html}</div>\n`)}`,
  };
};

/** Everything on the page that changes by itself, in pieces, and the version of it all. */
export const livePart = (
  state: HubState,
  pull: Pull,
  visitor: Visitor,
  render: Render,
): { readonly version: string; readonly html: Html } => {
  const deployments = deploymentsBox(pull);
  const items = [
    heading(pull, 'thread'),
    ...thread(state, pull, render),
    checksBox(pull, visitor, render),
    ...(deployments === null ? [] : [deployments]),
    mergeBox(pull, visitor),
  ];
  return liveItems(items);
};

export const commentForm = (on: Conversation, visitor: Visitor, draft: Draft): Html => markup`
<form class="card write" method="post" action="${conversationPath(on)}/comments">
<h2>${avatar(visitor.actor.account)} Comment <small>as ${visitor.actor.account.login}</small></h2>
${formFields(visitor)}
<label class="hidden" for="comment-body">Comment</label>
<textarea id="comment-body" name="body" rows="4" required maxlength="65536" placeholder="Markdown works here. A bot may listen to /help.">${draft.comment}</textarea>
<div class="actions"><button class="go">Comment</button></div>
</form>`;

const reviewForm = (pull: Pull, visitor: Visitor, draft: Draft): Html | null => {
  if (pull.state !== 'open') return null;
  const own = visitor.actor.account === pull.author;
  return markup`
<details class="card write"${own && draft.review === '' ? null : markup` open`}><summary>Review <small>${own ? 'your own pull request: comments only' : `as ${visitor.actor.account.login}`}</small></summary>
<form method="post" action="${pullPath(pull)}/reviews">
${formFields(visitor)}<input type="hidden" name="commit" value="${pull.head.sha}">
<label class="hidden" for="review-body">Review</label>
<textarea id="review-body" name="body" rows="3" maxlength="65536" placeholder="What you think of it">${draft.review}</textarea>
<div class="actions">${own ? null : markup`<button class="go" name="event" value="APPROVE">Approve</button><button class="stop" name="event" value="REQUEST_CHANGES">Request changes</button>`}<button class="quiet" name="event" value="COMMENT">Comment only</button></div>
</form></details>`;
};

/** The part of a page that follows what happens, and says so where it cannot. */
export const followed = (on: Conversation, visitor: Visitor, live: ReturnType<typeof liveItems>): Html => {
  const path = conversationPath(on);
  return markup`<div id="live" data-source="${path}/live?as=${visitor.actor.account.login}" data-version="${live.version}">
${live.html}</div>
<noscript><p class="empty">Without scripts this page does not follow what happens. <a href="${path}">Load it again</a> to see.</p></noscript>`;
};

/** The conversation page: thread, checks, merge box, forms. */
export const pullPage = (
  state: HubState,
  pull: Pull,
  visitor: Visitor,
  render: Render,
  draft: Draft,
): Html => {
  return markup`${followed(pull, visitor, livePart(state, pull, visitor, render))}
${reviewForm(pull, visitor, draft)}
${commentForm(pull, visitor, draft)}`;
};
