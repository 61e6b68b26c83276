import type {
  CheckRunEvent,
  IssueCommentEvent,
  MergeGroupEvent,
  PullRequestEvent,
  PullRequestReviewEvent,
} from '@octokit/webhooks-types';
import { pressId, type Sha, sha } from '../../domain/ids.ts';
import { type Actor, ofRepository, type PullRef, type RepoRef } from '../../domain/pull.ts';
import type { Delivery, Trigger } from '../../domain/trigger.ts';
import { absent, type Fields, fieldsOf, namesOf, positive, text } from './fields.ts';

type ButtonTrigger = Extract<Trigger, { kind: 'button' }>;
type PullReason = Extract<Trigger, { kind: 'pull' }>['reason'];

/** `edited` is missing on purpose: it wakes us only when the base branch was changed. */
const pullReasons: ReadonlyMap<string, PullReason> = new Map([
  ['opened', 'opened'],
  ['reopened', 'reopened'],
  ['synchronize', 'synchronize'],
  ['ready_for_review', 'ready_for_review'],
  ['closed', 'closed'],
] satisfies [PullRequestEvent['action'], PullReason][]);

const baseEdited: PullRequestEvent['action'] = 'edited';
const rerequested: CheckRunEvent['action'] = 'rerequested';
const pressedAction: CheckRunEvent['action'] = 'requested_action';
const shaShape = /^[0-9a-f]{40}$/;
const commentCreated: IssueCommentEvent['action'] = 'created';
const commentChanges: ReadonlySet<string> = new Set([
  'edited',
  'deleted',
] satisfies IssueCommentEvent['action'][]);
const reviewActions: ReadonlySet<string> = new Set([
  'submitted',
  'edited',
  'dismissed',
] satisfies PullRequestReviewEvent['action'][]);

type GroupReason = Extract<Trigger, { kind: 'group' }>['reason'];
const groupActions: ReadonlyMap<string, GroupReason> = new Map([
  ['checks_requested', 'checks_requested'],
  ['destroyed', 'destroyed'],
] satisfies [MergeGroupEvent['action'], GroupReason][]);

const repositoryNames = (payload: Fields) => namesOf(fieldsOf(payload['repository'])?.['full_name']);

/**
 * Owner and name come from `full_name`, the same text the operator's allow-list is asked about, so
 * that what was allowed and what is called cannot be two repositories.
 */
const repoOf = (payload: Fields): RepoRef | null => {
  const names = repositoryNames(payload);
  const id = positive(fieldsOf(payload['repository'])?.['id']);
  const installationId = positive(fieldsOf(payload['installation'])?.['id']);
  return names === null || id === null || installationId === null ? null : { id, ...names, installationId };
};

/** Anything that does not say it is a person is taken for a bot: bots' words never count. */
const actorOf = (value: unknown): Actor | null => {
  const user = fieldsOf(value);
  const id = positive(user?.['id']);
  const login = text(user?.['login']);
  if (user === null || id === null || login === null || login === '') return null;
  return { id, login, kind: user['type'] === 'User' ? 'user' : 'bot' };
};

const pullOf = (payload: Fields, number: unknown): PullRef | null => {
  const repo = repoOf(payload);
  const n = positive(number);
  return repo === null || n === null ? null : { repo, number: n };
};

const pullTrigger = (payload: Fields, action: string): Trigger | null => {
  const baseChanged = action === baseEdited && fieldsOf(fieldsOf(payload['changes'])?.['base']) !== null;
  const reason = baseChanged ? 'base_edited' : pullReasons.get(action);
  const pull = pullOf(payload, fieldsOf(payload['pull_request'])?.['number']);
  const sender = actorOf(payload['sender']);
  if (reason === undefined || pull === null || sender === null) return null;
  return { kind: 'pull', reason, pull, sender };
};

const commentTrigger = (payload: Fields, action: string): Trigger | null => {
  const issue = fieldsOf(payload['issue']);
  const comment = fieldsOf(payload['comment']);
  if (issue === null || comment === null) return null;
  // Without `pull_request` it is a comment on an issue.
  const onIssue = fieldsOf(issue['pull_request']) === null ? { onIssue: true as const } : {};
  const pull = pullOf(payload, issue['number']);
  const sender = actorOf(payload['sender']);
  const commentId = positive(comment['id']);
  if (pull === null || sender === null || commentId === null) return null;
  const via = comment['performed_via_github_app'];
  const viaAppId = absent(via) ? null : positive(fieldsOf(via)?.['id']);
  const author = actorOf(comment['user']);
  if (commentChanges.has(action)) {
    // An App that edits what it wrote says nothing new; what people do to their own comments changes nothing either.
    if (viaAppId === null || author === null || author.id === sender.id) return null;
    return { kind: 'rules', reason: 'comment_edited', pull, ...onIssue, sender, commentId, viaAppId };
  }
  const body = text(comment['body']);
  if (action !== commentCreated || body === null) return null;
  // Whoever sent the event must be whose words these are, or we would run one person's words with
  // another one's rights.
  if (author?.id !== sender.id) return null;
  // An app that cannot be read is not "no app": that would let a bot pass for a person.
  if (!absent(via) && viaAppId === null) return null;
  return { kind: 'comment', pull, ...onIssue, sender, commentId, body, viaAppId };
};

const reviewTrigger = (payload: Fields, action: string): Trigger | null => {
  const pull = pullOf(payload, fieldsOf(payload['pull_request'])?.['number']);
  const sender = actorOf(payload['sender']);
  if (!reviewActions.has(action) || pull === null || sender === null) return null;
  return { kind: 'rules', reason: 'review', pull, sender, commentId: null, viaAppId: null };
};

/** Those of ours are; a name that is not cannot be one that we gave. */
const identifierShape = /^[0-9a-z]{1,20}$/;
const numberShape = /^[1-9]\d{0,14}$/;

/** What we wrote into the check ourselves; else the first that GitHub names, which knows none from forks. */
const pullOfCheck = (payload: Fields, check: Fields): PullRef | null => {
  const external = text(check['external_id']) ?? '';
  const listed = Array.isArray(check['pull_requests']) ? fieldsOf(check['pull_requests'][0]) : null;
  return pullOf(payload, numberShape.test(external) ? Number(external) : listed?.['number']);
};

/** A check, or all checks of a commit: what both have in common. `press` names it beside who did it. */
const buttonTrigger = (
  payload: Fields,
  of: Fields,
  pressed: Pick<ButtonTrigger, 'check' | 'identifier'> & { readonly press: string },
): Trigger | null => {
  const { check, identifier, press } = pressed;
  const pull = pullOfCheck(payload, of);
  const sender = actorOf(payload['sender']);
  const appId = positive(fieldsOf(of['app'])?.['id']);
  const headSha = text(of['head_sha']) ?? '';
  if (pull === null || sender === null || appId === null || !shaShape.test(headSha)) return null;
  const id = pressId(`${press}-${sender.id}`);
  return { kind: 'button', pull, sender, pressId: id, appId, check, headSha: sha(headSha), identifier };
};

/** Each webhook asks once more; a name of its own is all that it needs. */
const again = (delivery: string): string =>
  ['again', ...delivery.slice(0, 100).split(/[^0-9A-Za-z]+/)].filter((part) => part !== '').join('-');

const checkTrigger = (payload: Fields, action: string, delivery: string): Trigger | null => {
  const run = fieldsOf(payload['check_run']);
  const check = text(run?.['name']);
  if (run === null || check === null) return null;
  if (action === rerequested)
    return buttonTrigger(payload, run, { check, identifier: null, press: again(delivery) });
  const identifier = text(fieldsOf(payload['requested_action'])?.['identifier']);
  if (action !== pressedAction || identifier === null || !identifierShape.test(identifier)) return null;
  return buttonTrigger(payload, run, { check, identifier, press: identifier });
};

const suiteTrigger = (payload: Fields, action: string, delivery: string): Trigger | null => {
  const suite = fieldsOf(payload['check_suite']);
  if (suite === null || action !== rerequested) return null;
  return buttonTrigger(payload, suite, { check: null, identifier: null, press: again(delivery) });
};

/** The branch of a group names the pull request whose turn it is. */
const groupBranch = /^refs\/heads\/(gh-readonly-queue\/.+\/pr-(\d{1,15})-[0-9a-f]{40})$/;

const groupTrigger = (payload: Fields, action: string): Trigger | null => {
  const group = fieldsOf(payload['merge_group']);
  const commit = text(group?.['head_sha']);
  const [, branch, number] = groupBranch.exec(text(group?.['head_ref']) ?? '') ?? [];
  const reason = groupActions.get(action);
  const pull = pullOf(payload, Number(number));
  if (reason === undefined || pull === null || branch === undefined || !shaShape.test(commit ?? ''))
    return null;
  return { kind: 'group', reason, pull, commit: sha(commit ?? ''), branch };
};

const branchShape = /^refs\/heads\/(.{1,250})$/s;
const noCommit = /^0{40}$/;

/** Null: no commit, as of a branch that is new or gone; undefined: not to be read. */
const commitOrNone = (value: unknown): Sha | null | undefined => {
  const commit = text(value) ?? '';
  if (!shaShape.test(commit)) return undefined;
  return noCommit.test(commit) ? null : sha(commit);
};

const isTag = /^refs\/tags\/./s;

const pushTrigger = (payload: Fields): Trigger | null => {
  const repo = repoOf(payload);
  if (repo !== null && isTag.test(text(payload['ref']) ?? ''))
    return { kind: 'tags', pull: ofRepository(repo) };
  const [, branch] = branchShape.exec(text(payload['ref']) ?? '') ?? [];
  const before = commitOrNone(payload['before']);
  const after = commitOrNone(payload['after']);
  if (repo === null || branch === undefined || before === undefined || after === undefined) return null;
  const known = text(fieldsOf(payload['repository'])?.['default_branch']);
  return {
    kind: 'push',
    pull: ofRepository(repo),
    branch,
    before,
    after,
    isDefault: known === null ? null : known === branch,
    sender: actorOf(payload['sender']),
  };
};

type Reader = (payload: Fields, action: string, delivery: string) => Trigger | null;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['check_run', checkTrigger],
  ['check_suite', suiteTrigger],
  ['pull_request', pullTrigger],
  ['issue_comment', commentTrigger],
  ['pull_request_review', reviewTrigger],
  ['merge_group', groupTrigger],
  ['push', pushTrigger],
]);

/**
 * What a webhook says, as it is stored before it is answered.
 *
 * @param received `id` and `event` from the headers, the parsed body, and when it came (Unix ms).
 * @returns a delivery; its trigger is null for events that ask nothing of us and for payloads that
 * miss what a trigger needs. Never throws.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
export const toDelivery = (received: {
  readonly id: string;
  readonly event: string;
  readonly payload: unknown;
  readonly receivedAt: number;
}): Delivery => {
  const { id, event, receivedAt } = received;
  const payload = fieldsOf(received.payload) ?? {};
  const action = text(payload['action']);
  const names = repositoryNames(payload);
  const repository = names === null ? null : `${names.owner}/${names.name}`;
  // Of those that we read, a push alone has none.
  const trigger = readers.get(event)?.(payload, action ?? '', id) ?? null;
  return { id, event, action, repository, trigger, receivedAt };
};
