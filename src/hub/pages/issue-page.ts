import { atLeast, isSelf, permissionOf } from '../access.ts';
import { createComment } from '../comments.ts';
import { updateIssue } from '../issues.ts';
import type { HubState, Issue } from '../state.ts';
import type { Fields } from './actions.ts';
import { type Html, markup } from './html.ts';
import { conversationPath, formFields, who } from './layout.ts';
import { issuePill } from './lists.ts';
import { commentForm, type Draft, followed, liveItems } from './pull-page.ts';
import type { Visitor } from './session.ts';
import { type Item, type Render, thread } from './thread.ts';

const heading = (issue: Issue): Item => ({
  id: 'heading',
  html: markup`<header class="pull"><h1>${issue.title} <span class="number">#${issue.number}</span></h1>
<p>${issuePill(issue)} ${who(issue.author, issue.app)} opened this issue</p></header>`,
});

const stateBox = (issue: Issue, visitor: Visitor): Item => {
  const { actor } = visitor;
  const may = isSelf(actor, issue.author) || atLeast(permissionOf(issue.repo, actor.account), 'triage');
  const [action, words] = issue.state === 'open' ? ['close', 'Close issue'] : ['reopen', 'Reopen issue'];
  return {
    id: 'state-box',
    html: may
      ? markup`<div class="actions"><form method="post" action="${conversationPath(issue)}/${action}">${formFields(visitor)}<button class="quiet">${words}</button></form></div>`
      : markup``,
  };
};

/** Everything on the page that changes by itself. */
export const liveIssue = (state: HubState, issue: Issue, visitor: Visitor, render: Render) =>
  liveItems([heading(issue), ...thread(state, issue, render), stateBox(issue, visitor)]);

export const issuePage = (
  state: HubState,
  issue: Issue,
  visitor: Visitor,
  render: Render,
  draft: Draft,
): Html =>
  markup`${followed(issue, visitor, liveIssue(state, issue, visitor, render))}
${commentForm(issue, visitor, draft)}`;

/** What a form below an issue's address does; returns the anchor to show afterwards, null for an address that does nothing. */
export const actOnIssue = (
  state: HubState,
  issue: Issue,
  { actor }: Visitor,
  action: string,
  fields: Fields,
): string | null => {
  switch (action) {
    case 'comments':
      return `issuecomment-${createComment(state, issue, actor, (fields['body'] ?? '').replaceAll('\r\n', '\n')).id}`;
    case 'close':
    case 'reopen':
      updateIssue(state, issue, actor, { state: action === 'close' ? 'closed' : 'open' });
      return 'state-box';
    default:
      return null;
  }
};
