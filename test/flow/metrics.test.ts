import { describe, expect, it } from 'vitest';
import { eventually } from '../support/acts.ts';
import { deliver, tellInspected } from '../support/deliver.ts';
import { type Exposition, seriesOf } from '../support/exposition.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "small"\n}\n',
});
const bigger = { 'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "large"\n}\n' };

const scrape = async (story: Story): Promise<Exposition> => {
  const answer = await fetch(`${story.world.app.pagesUrl}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return seriesOf(await answer.text());
};

describe('metrics', () => {
  it('say what a story came to, and what stands in the store is there after a restart', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    await story.ada.push('one', bigger, 'Bigger');
    await story.ada.openPull('one', 'Bigger');
    await story.settled();
    await story.ada.push('two', bigger, 'Bigger as well');
    await story.ada.openPull('two', 'Bigger as well');
    await story.settled();

    const planned = (await scrape(story)).series;
    expect(planned.get('tidegate_ready')).toBe(1);
    expect(planned.get('tidegate_runs_ended_total{verb="plan",result="planned"}')).toBe(1);
    expect(planned.get('tidegate_run_seconds_count{verb="plan",runner="terraform"}')).toBe(1);
    expect(planned.get('tidegate_tool_seconds_count{verb="plan",runner="terraform",step="plan"}')).toBe(1);
    expect(planned.get('tidegate_locks_held')).toBe(1);
    expect(planned.get('tidegate_lock_waiters')).toBe(1);
    expect(planned.get('tidegate_runs{verb="plan",state="running"}')).toBe(0);
    expect(planned.get('tidegate_reports_waiting')).toBe(0);
    expect(planned.get('tidegate_deliveries_pending')).toBe(0);
    expect(planned.get('tidegate_webhooks_total{status="202"}')).toBeGreaterThan(2);
    expect(planned.get('tidegate_deliveries_finished_total{outcome="done"}')).toBeGreaterThan(1);
    expect(planned.get('tidegate_free_bytes')).toBeGreaterThan(0);
    const installations = [...planned.keys()].filter((name) => name.startsWith('tidegate_github_requests'));
    expect(installations).toHaveLength(1);
    expect(planned.get(installations[0] ?? '')).toBeGreaterThan(0);

    await story.world.restart();
    const again = (await scrape(story)).series;
    expect(again.get('tidegate_locks_held')).toBe(1);
    expect(again.get('tidegate_lock_waiters')).toBe(1);
    expect(again.get('tidegate_runs_ended_total{verb="plan",result="planned"}')).toBeUndefined();

    await story.ada.comment(1, '/apply');
    await story.settled();
    const applied = (await scrape(story)).series;
    expect(applied.get('tidegate_runs_ended_total{verb="apply",result="applied"}')).toBe(1);
    expect(
      applied.get('tidegate_tools_ended_total{verb="apply",runner="terraform",ended="exit"}'),
    ).toBeGreaterThan(2);
  });

  it('see what waits while GitHub is down', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files, logLevel: 'silent' });
    story.world.hub.faults.route(
      { method: 'POST', path: /comments$|check-runs$/ },
      { kind: 'status', status: 503 },
    );
    await story.ada.push('one', bigger, 'Bigger');
    await story.ada.openPull('one', 'Bigger');
    await eventually(async () => {
      const { series } = await scrape(story);
      expect(series.get('tidegate_runs_ended_total{verb="plan",result="planned"}')).toBe(1);
      expect(series.get('tidegate_reports_waiting')).toBeGreaterThan(0);
      expect(series.get('tidegate_reports_overdue_seconds')).toBeGreaterThan(0);
    });
    story.world.hub.faults.clear();
    await story.settled();
    expect((await scrape(story)).series.get('tidegate_reports_waiting')).toBe(0);
  });

  it('have as many lines after a thousand strange repositories as before, and name none of them', {
    tags: ['long'],
  }, async () => {
    const told = await tellInspected({ files, logLevel: 'silent' });
    await using story = told.story;
    await story.ada.push('one', bigger, 'Bigger');
    await story.ada.openPull('one', 'Bigger');
    await story.settled();
    // Each kind of answer once, so that what follows can add nothing but strange names.
    expect(await deliver(told, 'push', 'first', { repository: { full_name: 'other/one', id: 1 } })).toBe(202);
    expect(await deliver(told, 'push', 'refused', {}, { 'x-hub-signature-256': null })).toBe(401);
    const before = await scrape(story);
    for (let n = 0; n < 1_000; n += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          deliver(told, 'issue_comment', `strange-${n + index}`, {
            action: 'created',
            repository: { full_name: `stranger-${n + index}/repository-${n + index}`, id: 100 + n + index },
            installation: { id: 100 + n + index },
            sender: { id: 100 + n + index, login: `login-${n + index}`, type: 'User' },
          }),
        ),
      );
    await story.settled();
    const after = await scrape(story);
    expect([...after.series.keys()].sort()).toEqual([...before.series.keys()].sort());
    expect([...after.labels.keys()].sort()).toEqual([
      'ended',
      'installation',
      'le',
      'node',
      'outcome',
      'result',
      'runner',
      'state',
      'status',
      'step',
      'verb',
      'version',
    ]);
    expect([...after.labels.values()].flatMap((values) => [...values]).join()).not.toMatch(
      /strange|login|acme|infrastructure|network/,
    );
    expect(after.series.get('tidegate_webhooks_total{status="202"}')).toBe(
      (before.series.get('tidegate_webhooks_total{status="202"}') ?? 0) + 1_000,
    );
    expect(after.series.get('tidegate_webhooks_total{status="401"}')).toBe(1);
  });
});

describe('readiness', () => {
  it('is yes once the server is up, and no while its disk is below the floor', async () => {
    const ready = async (story: Story) => {
      const answer = await fetch(`${story.world.app.url}/readyz`);
      return `${answer.status} ${await answer.text()}`;
    };
    await using fine = await tellStory({ files });
    expect(await ready(fine)).toBe('200 ready');
    await using full = await tellStory({
      files,
      operator: 'free_space_floor: 900000GB\n',
      logLevel: 'silent',
    });
    expect(await ready(full)).toBe('503 not ready: the disk of the data folder is full');
    expect((await fetch(`${full.world.app.url}/healthz`)).status).toBe(200);
    expect((await scrape(full)).series.get('tidegate_ready')).toBe(0);
  });
});
