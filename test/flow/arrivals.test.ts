import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issueToken } from '../../src/hub/identity.ts';
import { ask, close, eventually, open, push, reopen, row, stateOf } from '../support/acts.ts';
import {
  askAsApp,
  deliver,
  type InspectedStory,
  signature,
  storedDeliveries,
  storedRuns,
  tellInspected,
  webhookUrl,
} from '../support/deliver.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

interface Recording {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}
// Spelled so that the check for unused packages sees it.
const require = createRequire(import.meta.url);
const recordings: readonly Recording[] = require('@octokit/webhooks-examples');

const network = (input: string) => ({
  'network/main.tf': `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`,
});
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  ...network('small'),
});

const ours = (told: InspectedStory) =>
  storedDeliveries(told.story).filter(({ id }) => !id.startsWith('tidegate-'));

describe('at the door', () => {
  it('takes every event GitHub was ever recorded with, once each, and leaves other repositories alone', async () => {
    const told = await tellInspected({ files });
    await using story = told.story;
    const letters = recordings.flatMap(({ name, examples }) =>
      examples.map((payload, index) => ({
        event: name,
        id: `${name.replaceAll('_', '-')}-${index}`,
        payload,
      })),
    );
    await story.settled();
    const before = ours(told).length;
    for (const round of [1, 2]) {
      const refused: string[] = [];
      for (const { event, id, payload } of letters) {
        const status = await deliver(told, event, id, payload);
        if (status !== 202) refused.push(`round ${round}, ${id}: ${status}`);
      }
      expect(refused).toEqual([]);
    }
    await story.settled();
    const stored = ours(told).slice(before);
    expect(stored).toHaveLength(letters.length);
    expect(letters.length).toBeGreaterThan(300);
    expect(new Set(stored.map(({ state }) => state))).toEqual(new Set(['ignored']));
    const refused = stored.filter(({ reason }) => reason?.includes('does not allow this repository'));
    expect(new Set(refused.map(({ event }) => event))).toEqual(
      new Set(['check_suite', 'issue_comment', 'merge_group', 'pull_request', 'pull_request_review', 'push']),
    );
  });

  it('refuses what is not signed right or too large, stores nothing of it, and logs why', async () => {
    const lines: string[] = [];
    const app = { logDestination: { write: (line: string) => void lines.push(line) } };
    const told = await tellInspected({ files, app });
    await using story = told.story;
    await story.settled();
    const before = ours(told).length;
    const payload = { action: 'opened', zen: 'Keep it logically awesome.' };
    const body = JSON.stringify(payload);
    const secret = told.environment['WEBHOOK_SECRET'] ?? '';
    const sha1 = signature(body, secret, 'sha1');
    const bad: readonly Readonly<Record<string, string | null>>[] = [
      { 'x-hub-signature-256': null },
      { 'x-hub-signature-256': null, 'x-hub-signature': sha1 },
      { 'x-hub-signature-256': sha1 },
      { 'x-hub-signature-256': '' },
      { 'x-hub-signature-256': signature(body, 'another secret, long enough') },
      { 'x-hub-signature-256': signature(`${body} `, secret) },
      { 'x-hub-signature-256': signature(body, secret).toUpperCase() },
      { 'x-github-delivery': null },
      { 'x-github-event': null },
    ];
    const statuses: number[] = [];
    for (const headers of bad) statuses.push(await deliver(told, 'ping', 'bad', payload, headers));
    expect(statuses).toEqual([401, 401, 401, 401, 400, 400, 401, 400, 400]);
    const huge = JSON.stringify({ text: 'x'.repeat(27 * 1024 * 1024) });
    // The server may hang up before it has read what it will not take.
    const answer = await deliver(told, 'ping', 'huge', huge).catch(() => 413);
    expect(answer).toBe(413);
    expect((await fetch(webhookUrl(story))).status).toBe(405);
    expect(ours(told)).toHaveLength(before);
    expect(await deliver(told, 'ping', 'good', payload)).toBe(202);
    expect(ours(told)).toHaveLength(before + 1);
    expect(lines.filter((line) => line.includes('"why":'))).toHaveLength(bad.length + 2);
    expect(lines.join('')).not.toContain(sha1.slice(5));
  });
});

/** The board at the end of one and the same story, whatever happens to its webhooks. */
const boardAfter = async (arm: (story: Story) => void): Promise<string> => {
  await using story = await tellStory({ files });
  arm(story);
  await open(story, 'change', network('medium'));
  await push(story, 'change', network('large'));
  await story.ada.comment(1, '/apply -p netwrok');
  await close(story, 1);
  await reopen(story, 1);
  await story.ada.comment(1, '/status');
  await story.settled();
  const replies = await story.replies(1);
  expect(replies).toHaveLength(2);
  expect(await stateOf(story, 'network')).toBe('');
  const all = `${await story.board(1)}\n${(await story.checks(1)).join('\n')}`;
  // Whether an earlier commit was on the board in the meantime is a question of time.
  return all.replaceAll(/ · before it `[0-9a-f]{12}`/g, '').replaceAll(/`[0-9a-f]{12}`/g, 'COMMIT');
};

describe('webhooks on their way', () => {
  it('doubled, late or out of order: the same board at the end, and no second answer', {
    tags: ['long'],
  }, async () => {
    const plain = await boardAfter(() => {});
    expect(plain).toContain('+     input = "large"');
    const doubled = await boardAfter(({ world }) => world.hub.faults.webhook({}, { kind: 'double' }));
    expect(doubled).toBe(plain);
    const late = await boardAfter(({ world }) => {
      world.hub.faults.webhook({ action: 'opened' }, { kind: 'delay', ms: 700 });
      world.hub.faults.webhook({ action: 'closed' }, { kind: 'delay', ms: 900 });
    });
    expect(late).toBe(plain);
    const reordered = await boardAfter(({ world }) => world.hub.faults.webhook({}, { kind: 'reorder' }));
    expect(reordered).toBe(plain);
  });

  it('lost while the server is down: asked for again by the next one, and planned as if nothing had been', {
    tags: ['long'],
  }, async () => {
    const told = await tellInspected({ files });
    await using story = told.story;
    const { world } = story;
    await world.app.stop();
    await open(story, 'change', network('large'));
    await world.hub.settled();
    await world.restart();
    await eventually(async () => {
      await story.settled();
      expect(await row(story, 1, 'network')).toContain('| planned |');
    });
    const list = z.array(
      z.object({ id: z.number(), event: z.string(), action: z.string().nullable(), status: z.string() }),
    );
    const failed = list
      .parse(await askAsApp(told, 'GET', '/app/hook/deliveries?per_page=100'))
      .filter(({ status }) => status !== 'OK');
    expect(failed.map(({ event, action }) => `${event}.${action}`)).toContain('pull_request.opened');
    // Once more is once too often, and changes nothing.
    const opened = () => ours(told).filter(({ event }) => event === 'pull_request');
    expect(opened()).toHaveLength(1);
    const runs = storedRuns(story);
    for (const { id } of failed) await askAsApp(told, 'POST', `/app/hook/deliveries/${id}/attempts`);
    await story.settled();
    expect(opened()).toHaveLength(1);
    expect(storedRuns(story)).toEqual(runs);
  });
});

describe('webhooks that never come', () => {
  it('and leave no trace, are made good by the next server: a push, a command and a close', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { world } = story;
    await open(story, 'change', network('medium'));
    await story.settled();
    // It gets to know the repository: what was before that is not for it.
    await world.restart();
    await story.settled();
    world.hub.faults.webhook({}, { kind: 'lose' });
    await push(story, 'change', network('large'));
    await story.settled();
    expect(await story.board(1)).toContain('input = "medium"');
    await world.restart();
    await eventually(async () => expect(await story.board(1)).toContain('input = "large"'));
    await story.settled();
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toBe('');
    await world.restart();
    await eventually(async () => expect(await stateOf(story, 'network')).toContain('large'));
    await story.settled();
    await close(story, 1);
    await world.restart();
    await eventually(async () => expect((await story.board(1))?.split('\n')[0]).toContain('Closed'));
    expect(storedRuns(story)).toEqual(['plan superseded', 'plan superseded', 'apply applied']);
  });
});

describe('comments', () => {
  it('count as they were posted, by people, and only while they stand', async () => {
    await using story = await tellStory({ files });
    const { ada, grace, world } = story;
    const { hub } = world;
    await open(story, 'change', network('large'));
    await story.settled();

    // Edited or deleted before anybody looked: nobody knows what was meant.
    hub.faults.webhook({ event: 'issue_comment', times: 2 }, { kind: 'delay', ms: 400 });
    const edited = await ada.comment(1, '/apply');
    await ask(story, 'ada', 'PATCH', `/issues/comments/${edited.id}`, { body: 'Never mind.' });
    const deleted = await ada.comment(1, '/apply');
    await ask(story, 'ada', 'DELETE', `/issues/comments/${deleted.id}`);
    // Words that become a command later are none.
    const words = await grace.comment(1, 'Shall we?');
    await ask(story, 'grace', 'PATCH', `/issues/comments/${words.id}`, { body: '/apply' });
    await story.settled();
    expect(await stateOf(story, 'network')).toBe('');
    expect(await ada.reactions(edited.id)).toEqual([]);

    // Another App, and our own, may say what they like.
    const other = await hub.registerApp({
      slug: 'other',
      name: 'Other',
      events: [],
      permissions: { issues: 'write', pull_requests: 'write' },
      webhookSecret: 'never used, for it listens nowhere',
    });
    hub.installApp(other.appId, 'acme', [world.repository]);
    for (const installation of hub.state.installations.values()) {
      const response = await fetch(`${hub.apiUrl}/repos/${world.repository}/issues/1/comments`, {
        method: 'POST',
        headers: { authorization: `token ${issueToken(hub.state, installation, {}).text}` },
        body: JSON.stringify({ body: '/apply' }),
      });
      expect(response.status).toBe(201);
    }
    await story.settled();
    expect(hub.state.installations.size).toBe(2);
    expect(await stateOf(story, 'network')).toBe('');
    expect(await story.replies(1)).toEqual([]);
    expect(await row(story, 1, 'network')).toContain('| planned |');
  });
});

describe('pull requests', () => {
  it('plans anew when the base branch is another one, and when it is open again', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { hub, repository } = story.world;
    await hub.pushFiles(repository, 'release', {
      as: 'grace',
      from: 'main',
      files: { 'network/more.tf': 'resource "terraform_data" "more" {\n  input = "release"\n}\n' },
    });
    await open(story, 'change', network('large'));
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
    await ask(story, 'ada', 'PATCH', '/pulls/1', { title: 'Another title' });
    await ask(story, 'ada', 'PATCH', '/pulls/1', { base: 'release' });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| 2 | 0 | 0 | 0 | planned |');
    expect(await story.board(1)).toContain('into `release`');
    await close(story, 1);
    await story.settled();
    expect((await story.board(1))?.split('\n')[0]).toContain('Closed');
    await story.ada.comment(1, '/apply');
    await reopen(story, 1);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| 2 | 0 | 0 | 0 | planned |');
    expect(await stateOf(story, 'network')).toBe('');
  });
});
