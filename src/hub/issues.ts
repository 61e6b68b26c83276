import { isSelf, requirePermission } from './access.ts';
import { HubError, invalid } from './errors.ts';
import { emit } from './events.ts';
import { issueJson } from './shape/issue.ts';
import type { Account, Actor, HubState, Issue, Repo } from './state.ts';

/** An `issues` event; `more` holds what belongs to its action. */
const say = (
  state: HubState,
  issue: Issue,
  action: string,
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): void =>
  emit(state, {
    repo: issue.repo,
    event: 'issues',
    needs: 'issues:read',
    action,
    sender,
    payload: { issue: issueJson(state, issue), ...more },
  });

const checkTitle = (title: string): string => {
  if (title.trim() === '') throw invalid('Issue', 'title', 'missing_field');
  if ([...title].length > 256)
    throw invalid('Issue', 'title', 'custom', 'title is too long (maximum is 256 characters)');
  return title;
};

const checkText = (body: string | null): string | null => {
  if (body !== null && [...body].length > 65_536)
    throw invalid('Issue', 'body', 'custom', 'body is too long (maximum is 65536 characters)');
  return body;
};

/** Whoever may read may open one. */
export const openIssue = (
  state: HubState,
  repo: Repo,
  actor: Actor,
  wish: { readonly title: string; readonly body?: string | null },
): Issue => {
  requirePermission(repo, actor, 'read');
  const at = state.clock.now();
  const issue: Issue = {
    id: state.nextId(),
    number: repo.nextNumber,
    repo,
    title: checkTitle(wish.title),
    body: checkText(wish.body ?? null),
    state: 'open',
    stateReason: null,
    author: actor.account,
    app: actor.app,
    labels: new Set(),
    timeline: [],
    createdAt: at,
    updatedAt: at,
    closedAt: null,
  };
  repo.nextNumber += 1;
  repo.issues.set(issue.number, issue);
  say(state, issue, 'opened', actor.account);
  return issue;
};

export interface IssueChange {
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  /** Of a state that is given along. */
  readonly reason?: 'completed' | 'not_planned' | 'reopened';
}

/** Changes title, body or state. Its author may, and whoever may triage; words only whoever may write. */
export const updateIssue = (state: HubState, issue: Issue, actor: Actor, change: IssueChange): void => {
  const isWords = change.title !== undefined || change.body !== undefined;
  if (!isSelf(actor, issue.author)) requirePermission(issue.repo, actor, isWords ? 'write' : 'triage');
  const at = state.clock.now();
  const { account } = actor;
  const changes: Record<string, unknown> = {};
  if (change.title !== undefined && change.title !== issue.title) {
    checkTitle(change.title);
    changes['title'] = { from: issue.title };
    issue.timeline.push({ at, actor: account, kind: 'renamed', from: issue.title, to: change.title });
    issue.title = change.title;
  }
  if (change.body !== undefined && change.body !== issue.body) {
    changes['body'] = { from: issue.body ?? '' };
    issue.body = checkText(change.body);
  }
  if (Object.keys(changes).length > 0) {
    issue.updatedAt = at;
    say(state, issue, 'edited', account, { changes });
  }
  if (change.state === undefined || change.state === issue.state) return;
  const isClosed = change.state === 'closed';
  if (isClosed && change.reason === 'reopened')
    throw new HubError(422, 'Validation Failed', [
      { resource: 'Issue', field: 'state_reason', code: 'invalid' },
    ]);
  issue.state = change.state;
  issue.stateReason = isClosed ? (change.reason ?? 'completed') : 'reopened';
  issue.closedAt = isClosed ? at : null;
  issue.updatedAt = at;
  const kind = isClosed ? 'closed' : 'reopened';
  issue.timeline.push({ at, actor: account, kind });
  say(state, issue, kind, account);
};
