import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { routes } from '../../src/hub/api.ts';
import { queueRule } from '../../src/hub/branch-rules.ts';
import { describedRoutes, faultsOf } from './schema.ts';
import { signedIn } from './signed-in.ts';
import { createWorld, infra, octokitFor } from './world.ts';

const one = { ...infra, pull_number: 1 };
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

const issue = { ...infra, issue_number: 1 };

describe('GitHub’s own description', () => {
  it('has every route of the hub, and every route’s answer fits it', async () => {
    const seen = new Set<string>();
    const { hub, as, jwt, bot, installationId, open } = await createWorld({
      observe: ({ method, template }) => {
        seen.add(`${method} ${template}`);
      },
    });
    const pull = await open();
    const spare = await jwt.apps.createInstallationAccessToken({ installation_id: installationId });
    await octokitFor(hub, spare.data.token).apps.revokeInstallationAccessToken();
    const [alice, bob, carol] = [as('alice'), as('bob'), as('carol')];
    // A token's answer is only seen where one is asked for with a wish.
    await jwt.apps.createInstallationAccessToken({
      installation_id: installationId,
      repositories: ['infra'],
    });
    await jwt.apps.getAuthenticated();
    await jwt.apps.listInstallations();
    await jwt.apps.getInstallation({ installation_id: installationId });
    await jwt.apps.getWebhookConfigForApp();
    await jwt.request('PATCH /app/hook/config', { data: {} });
    await jwt.apps.getRepoInstallation(infra);
    await bot.apps.listReposAccessibleToInstallation();
    const person = await signedIn(hub, 'bob');
    await person.octokit.apps.listInstallationsForAuthenticatedUser();
    await person.octokit.apps.listInstallationReposForAuthenticatedUser({ installation_id: installationId });
    await person.client.request('DELETE /applications/{client_id}/token', {
      client_id: person.app.clientId,
      access_token: person.token,
    });
    await bob.users.getAuthenticated();
    await bob.users.getByUsername({ username: 'acme' });
    await bob.rateLimit.get();
    await bob.meta.get();
    await bob.repos.get(infra);
    await bob.repos.listActivities(infra);
    hub.addTeam('acme', 'database', { members: ['bob'] });
    hub.addTeam('acme', 'restore', { parent: 'database', pending: ['carol'] });
    await bob.teams.getByName({ org: 'acme', team_slug: 'restore' });
    for (const username of ['bob', 'carol'])
      await bob.teams.getMembershipForUserInOrg({ org: 'acme', team_slug: 'database', username });
    await bob.repos.listCollaborators(infra);
    await alice.repos.addCollaborator({ ...infra, username: 'dave', permission: 'triage' });
    await bob.repos.getCollaboratorPermissionLevel({ ...infra, username: 'dave' });
    await bob.repos.listBranches(infra);
    for (const where of ['protection', 'ruleset'] as const)
      hub.protect('acme/infra', 'main', where, {
        checks: [
          { name: 'plan', appId: 7 },
          { name: 'apply', appId: null },
        ],
        strict: true,
        approvals: 1,
        signatures: true,
        conversations: true,
        linearHistory: true,
        methods: where === 'ruleset' ? ['squash', 'rebase'] : [],
        queue: where === 'ruleset' ? queueRule() : null,
        others: where === 'ruleset' ? ['creation', 'deletion', 'non_fast_forward'] : [],
      });
    await bob.repos.getBranch({ ...infra, branch: 'main' });
    await bob.repos.getBranchRules({ ...infra, branch: 'main' });
    for (const where of ['protection', 'ruleset'] as const) hub.protect('acme/infra', 'main', where, {});
    const { data: main } = await bob.git.getRef({ ...infra, ref: 'heads/main' });
    const { data: tip } = await bob.git.getCommit({ ...infra, commit_sha: main.object.sha });
    const empty = { message: 'Nothing', tree: tip.tree.sha, parents: [tip.sha] };
    const { data: nothing } = await bob.git.createCommit({ ...infra, ...empty });
    await bob.git.createRef({ ...infra, ref: 'refs/heads/nothing', sha: nothing.sha });
    await bob.git.deleteRef({ ...infra, ref: 'heads/nothing' });
    await bob.git.createRef({ ...infra, ref: 'refs/tidegate/production/a', sha: nothing.sha });
    await bob.git.updateRef({ ...infra, ref: 'tidegate/production/a', sha: nothing.sha, force: true });
    await bob.repos.getCommit({ ...infra, ref: 'main' });
    await bob.repos.listPullRequestsAssociatedWithCommit({ ...infra, commit_sha: 'greeting' });
    await bob.repos.compareCommitsWithBasehead({ ...infra, basehead: 'main...greeting' });
    await bob.repos.getContent({ ...infra, path: '' });
    await bob.repos.getContent({ ...infra, path: 'README.md' });
    const content = Buffer.from('x').toString('base64');
    await bob.repos.createOrUpdateFileContents({ ...infra, path: 'x', message: 'x', content });

    await hub.pushFiles('acme/infra', 'second', { files: { second: '2' }, as: 'bob', from: 'main' });
    await bob.pulls.create({ ...infra, title: 'Second', head: 'second', base: 'main' });
    await bob.pulls.list(infra);
    await bob.pulls.get(one);
    await bob.pulls.update({ ...one, title: 'Hello' });
    await bob.issues.addLabels({ ...issue, labels: ['a', 'b'] });
    await bob.issues.listLabelsOnIssue(issue);
    await bob.issues.removeLabel({ ...issue, name: 'a' });
    await bob.pulls.listFiles(one);
    await bob.pulls.listCommits(one);
    const { data: review } = await carol.pulls.createReview({ ...one, event: 'APPROVE', body: 'yes' });
    await bob.pulls.listReviews(one);
    await bob.pulls.getReview({ ...one, review_id: review.id });
    await carol.pulls.dismissReview({ ...one, review_id: review.id, message: 'no' });

    const { data: comment } = await bot.issues.createComment({ ...issue, body: 'planned' });
    const at = { ...infra, comment_id: comment.id };
    await bob.issues.listComments(issue);
    await bob.issues.listCommentsForRepo(infra);
    await bob.issues.getComment(at);
    await bot.issues.updateComment({ ...at, body: 'applied' });
    const { data: reaction } = await bot.reactions.createForIssueComment({ ...at, content: 'eyes' });
    await bob.reactions.listForIssueComment(at);
    await bot.reactions.deleteForIssueComment({ ...at, reaction_id: reaction.id });
    const { data: told } = await bot.issues.create({ ...infra, title: 'Drift', body: 'of network' });
    const drift = { ...infra, issue_number: told.number };
    await bob.issues.get(drift);
    await bob.issues.get(issue);
    await bot.issues.update({ ...drift, state: 'closed', state_reason: 'completed' });
    await bob.issues.listForRepo({ ...infra, state: 'all' });
    await bot.issues.deleteComment(at);

    const head_sha = pull.head.sha;
    const annotations = [
      { path: 'x', start_line: 1, end_line: 1, annotation_level: 'notice' as const, message: 'm' },
    ];
    const output = { title: 't', summary: 's', annotations };
    const { data: run } = await bot.checks.create({ ...infra, name: 'plan', head_sha, output });
    await bot.checks.update({ ...infra, check_run_id: run.id, conclusion: 'success' });
    await bob.checks.get({ ...infra, check_run_id: run.id });
    await bob.checks.listAnnotations({ ...infra, check_run_id: run.id });
    await bob.checks.rerequestRun({ ...infra, check_run_id: run.id });
    await bob.checks.listForRef({ ...infra, ref: head_sha });
    const { data: suites } = await bob.checks.listSuitesForRef({ ...infra, ref: head_sha });
    await bob.checks.listForSuite({ ...infra, check_suite_id: suites.check_suites[0]?.id ?? 0 });
    await bot.repos.createCommitStatus({ ...infra, sha: head_sha, state: 'success' });
    await bob.repos.getCombinedStatusForRef({ ...infra, ref: head_sha });
    await bob.repos.listCommitStatusesForRef({ ...infra, ref: head_sha });

    hub.environment('acme/infra', 'production', {
      users: ['alice'],
      teams: ['database'],
      preventSelfReview: true,
      waitTimer: 5,
      branches: ['main', { tag: 'v*' }],
    });
    await bob.repos.getAllEnvironments(infra);
    const place = { ...infra, environment_name: 'production' };
    await bob.repos.getEnvironment(place);
    await bob.repos.listDeploymentBranchPolicies(place);
    const wish = { ref: head_sha, auto_merge: false, required_contexts: [], payload: { run: 'x' } };
    const { data: deployment } = await bot.repos.createDeployment({ ...infra, ...wish });
    if (!('id' in deployment)) throw new Error('it was merged');
    const deployed = { ...infra, deployment_id: deployment.id };
    const { data: status } = await bot.repos.createDeploymentStatus({ ...deployed, state: 'success' });
    await bob.repos.listDeployments(infra);
    await bob.repos.getDeployment(deployed);
    await bob.repos.listDeploymentStatuses(deployed);
    await bob.repos.getDeploymentStatus({ ...deployed, status_id: status.id });

    await bob.pulls.updateBranch(one);
    await bob.pulls.merge(one);
    await bob.pulls.checkIfMerged(one);
    await bob.pulls.get(one);

    await hub.settled();
    const { data: deliveries } = await jwt.apps.listWebhookDeliveries();
    const delivery_id = deliveries[0]?.id ?? 0;
    await jwt.apps.getWebhookDelivery({ delivery_id });
    await jwt.apps.redeliverWebhookDelivery({ delivery_id });

    expect([...seen].sort()).toEqual([...describedRoutes].sort());
    expect(describedRoutes).toHaveLength(routes.length);
  });

  it('is named for every route in the hub’s README', async () => {
    const readme = await readFile(new URL('../../src/hub/README.md', import.meta.url), 'utf8');
    for (const { method, path, doc } of routes)
      expect(readme).toMatch(
        new RegExp(`^\\| \`${escaped(`${method} ${path}`)}\` \\|.*/${escaped(doc)}\\)`, 'm'),
      );
  });

  it('catches a name that is missing and a type that is wrong', () => {
    const ask = (body: unknown) =>
      faultsOf({ method: 'PUT', template: '/repos/{}/{}/pulls/{}/merge', status: 200, body });
    expect(ask({ sha: 'x', merged: true, message: 'm' })).toEqual([]);
    expect(ask({ sha: 'x', merged: true })).toEqual([expect.stringContaining("'message'")]);
    expect(ask({ sha: 7, merged: true, message: 'm' })).toEqual([expect.stringContaining('/sha')]);
    expect(faultsOf({ method: 'GET', template: '/nowhere', status: 200, body: {} })).toHaveLength(1);
    expect(faultsOf({ method: 'GET', template: '/meta', status: 202, body: {} })).toHaveLength(1);
  });
});
