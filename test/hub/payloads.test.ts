import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { queueRule } from '../../src/hub/branch-rules.ts';
import { requestCheckAction, rerequestCheckSuite } from '../../src/hub/checks.ts';
import { enqueue } from './queue.ts';
import { createWorld, infra, type Received, type Sink } from './world.ts';

interface Recording {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const recordings: readonly Recording[] = createRequire(import.meta.url)('@octokit/webhooks-examples');

/** What recordings have and the hub leaves out on purpose, as `event.path`; see the hub's README. */
const left = [
  // Recorded from repository webhooks, not from an App's.
  /^ping\.(repository|sender|organization)\b/,
  /^ping\.hook\.(test_url|ping_url|last_response|url)$/,
  // Permissions and settings of the recorded App.
  /\.permissions\./,
];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Paths of every name in an object, `pull_request.head.repo.id`; lists are not entered. */
const namesIn = (value: unknown, path = ''): string[] =>
  isRecord(value)
    ? Object.entries(value).flatMap(([name, inner]) => [
        `${path}.${name}`,
        ...namesIn(inner, `${path}.${name}`),
      ])
    : [];

/** Names every recording of that event and action has; what only some have is not promised. */
const promised = (event: string, action: unknown): string[] => {
  const examples = recordings.find(({ name }) => name === event)?.examples ?? [];
  const fitting = examples.filter((example) => example['action'] === action);
  const [first, ...others] = (fitting.length > 0 ? fitting : examples).map(
    (example) => new Set(namesIn(example)),
  );
  return [...(first ?? [])].filter((name) => others.every((other) => other.has(name)));
};

const valueAt = (payload: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), payload);

/** Where ours has a null (nobody assigned, no licence) the names below it are not missing. */
const belowNull = (payload: unknown, path: string): boolean => {
  const above = path.slice(0, path.lastIndexOf('.'));
  return above !== '' && (valueAt(payload, above) === null || belowNull(payload, above));
};

const missing = ({ event, payload }: Received): string[] =>
  promised(event, payload['action'])
    .filter((name) => valueAt(payload, name) === undefined && !belowNull(payload, name))
    .map((name) => `${event}${name}`);

const everything = async (): Promise<Sink> => {
  const { hub, sink, as, app, bot, open } = await createWorld();
  // Ping and installation came before the sink was emptied.
  await hub.registerApp({
    slug: 'second',
    webhookUrl: sink.url,
    events: [],
    permissions: { contents: 'read' },
  });
  const [second] = [...hub.state.apps.values()].filter(({ slug }) => slug === 'second');
  hub.installApp(second?.id ?? 0, 'acme', ['acme/infra']);
  const pull = await open();
  const issue = { ...infra, issue_number: 1 };
  const one = { ...infra, pull_number: 1 };
  await hub.pushFiles('acme/infra', 'greeting', { files: { more: '1' }, as: 'bob' });
  const { data: comment } = await as('bob').issues.createComment({ ...issue, body: '/plan' });
  await as('bob').issues.updateComment({ ...infra, comment_id: comment.id, body: '/help' });
  await as('bob').issues.deleteComment({ ...infra, comment_id: comment.id });
  const { data: review } = await as('carol').pulls.createReview({ ...one, event: 'APPROVE' });
  await as('carol').pulls.dismissReview({ ...one, review_id: review.id, message: 'no' });
  const { data: run } = await bot.checks.create({ ...infra, name: 'plan', head_sha: pull.head.sha });
  const actions = [{ label: 'a', description: 'b', identifier: 'c' }];
  await bot.checks.update({ ...infra, check_run_id: run.id, conclusion: 'success', actions });
  await as('bob').checks.rerequestRun({ ...infra, check_run_id: run.id });
  const kept = hub.repo('acme/infra').checkRuns.get(run.id);
  if (kept === undefined) throw new Error('the run is gone');
  requestCheckAction(hub.state, kept, hub.actor('bob'), 'c');
  await rerequestCheckSuite(hub.state, kept.suite, hub.actor('bob'));
  const wish = { ref: 'greeting', auto_merge: false, required_contexts: [] };
  const { data: deployment } = await bot.repos.createDeployment({ ...infra, ...wish });
  if (!('id' in deployment)) throw new Error('it was merged');
  const deployed = { ...infra, deployment_id: deployment.id };
  await bot.repos.createDeploymentStatus({ ...deployed, state: 'in_progress' });
  await as('bob').issues.addLabels({ ...issue, labels: ['urgent'] });
  const { data: told } = await bot.issues.create({ ...infra, title: 'Drift', body: 'of network' });
  const its = { ...infra, issue_number: told.number };
  await bot.issues.createComment({ ...its, body: 'again' });
  await bot.issues.update({ ...its, title: 'Drift again' });
  await bot.issues.update({ ...its, state: 'closed' });
  await bot.issues.update({ ...its, state: 'open' });
  await as('bob').pulls.update({ ...one, title: 'New' });
  hub.setDraft('acme/infra', 1, 'bob', true);
  hub.setDraft('acme/infra', 1, 'bob', false);
  await as('bob').pulls.update({ ...one, state: 'closed' });
  await as('bob').pulls.update({ ...one, state: 'open' });
  const group = { name: 'plan', appId: app.appId };
  hub.protect('acme/infra', 'main', 'ruleset', { queue: queueRule(), checks: [group] });
  const head_sha = hub.repo('acme/infra').pulls.get(1)?.head.sha ?? '';
  await bot.checks.create({ ...infra, name: 'plan', head_sha, conclusion: 'success' });
  await enqueue(as('bob'), hub, 1);
  await hub.settled();
  hub.protect('acme/infra', 'main', 'ruleset', {});
  await hub.settled();
  await as('bob').pulls.merge(one);
  hub.renameRepository('acme/infra', 'platform');
  await hub.settled();
  return sink;
};

describe('payloads', () => {
  it('have every name that GitHub’s recorded ones have', async () => {
    const sink = await everything();
    expect([...new Set(sink.names())].sort()).toEqual(
      [
        'check_run.completed',
        'check_run.created',
        'check_run.requested_action',
        'check_run.rerequested',
        'check_suite.rerequested',
        'deployment.created',
        'deployment_status.created',
        'installation.created',
        'issue_comment.created',
        'issue_comment.deleted',
        'issue_comment.edited',
        'issues.closed',
        'issues.edited',
        'issues.opened',
        'issues.reopened',
        'merge_group.checks_requested',
        'merge_group.destroyed',
        'ping',
        'pull_request.closed',
        'pull_request.converted_to_draft',
        'pull_request.dequeued',
        'pull_request.edited',
        'pull_request.enqueued',
        'pull_request.labeled',
        'pull_request.opened',
        'pull_request.ready_for_review',
        'pull_request.reopened',
        'pull_request.synchronize',
        'pull_request_review.dismissed',
        'pull_request_review.submitted',
        'push',
        'repository.renamed',
      ].sort(),
    );
    const absent = [...new Set(sink.received.flatMap(missing))];
    expect(absent.filter((name) => !left.some((known) => known.test(name)))).toEqual([]);
    expect(left.filter((known) => !absent.some((name) => known.test(name)))).toEqual([]);
  });

  it('are really compared', () => {
    const bare: Received = {
      event: 'issue_comment',
      id: '',
      headers: {},
      raw: '',
      payload: { action: 'created' },
    };
    expect(missing(bare)).toContain('issue_comment.comment.body');
    expect(missing(bare)).toContain('issue_comment.repository.owner.login');
  });
});
