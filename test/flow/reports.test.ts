import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createSystemClock } from '../../src/clock/system.ts';
import type { RouteFault } from '../../src/hub/faults.ts';
import { ask, eventually, open, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;

/** A project per fault, and a pull request for each, so that none waits for another. */
const faults: readonly RouteFault[] = [
  { kind: 'status', status: 502 },
  { kind: 'status', status: 429, retryAfter: 1 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 422 },
  { kind: 'close', when: 'after-work' },
  { kind: 'close', when: 'before-work' },
];
const projectOf = (index: number) => `p${index + 1}`;
const files = (state: string) =>
  Object.assign(
    {},
    ...faults.map((_, index) => ({
      [`${projectOf(index)}/backend.tf`]: localBackend(state, projectOf(index)),
      [`${projectOf(index)}/main.tf`]: resource('small'),
    })),
  );

const runs = z.object({
  check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable() })),
});
/** Every check run there ever was on the head, replaced ones too. */
const allChecks = async (story: Story, number: number) => {
  const { head } = await story.ada.pull(number);
  const answer = await ask(story, 'ada', 'GET', `/commits/${head.sha}/check-runs?filter=all&per_page=100`);
  return runs.parse(answer).check_runs;
};

describe('when GitHub does not take a report', () => {
  it('tries again where that may help: one board, one check of a name, every result there, nothing run twice', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, logLevel: 'silent' });
    const { hub } = story.world;
    for (const [index, fault] of faults.entries()) {
      hub.faults.route(
        { method: 'POST', path: new RegExp(`/issues/${index + 1}/comments$`), times: 2 },
        fault,
      );
      hub.faults.route({ method: 'POST', path: /\/check-runs$/, times: 1 }, fault);
      await open(story, projectOf(index), { [`${projectOf(index)}/main.tf`]: resource('large') });
    }
    await story.settled();
    for (const [index] of faults.entries()) {
      expect(await row(story, index + 1, projectOf(index))).toContain('| 1 | 0 | 0 | 0 | planned |');
      const names = (await allChecks(story, index + 1)).map(({ name }) => name).sort();
      expect(names).toEqual(['tidegate/apply', 'tidegate/plan', `tidegate: ${projectOf(index)}`]);
    }

    hub.faults.clear();
    for (const [index, fault] of faults.entries()) {
      hub.faults.route({ method: 'PATCH', path: /\/issues\/comments\/\d+$/, times: 1 }, fault);
      hub.faults.route({ method: 'PATCH', path: /\/check-runs\/\d+$/, times: 1 }, fault);
      await story.ada.comment(index + 1, '/apply');
    }
    // The board of the first is taken away altogether.
    const board = (await story.ada.comments(1)).find(({ body }) => body.includes('tidegate:board'));
    await ask(story, 'margaret', 'DELETE', `/issues/comments/${board?.id}`);
    await story.settled();
    for (const [index] of faults.entries()) {
      expect(await row(story, index + 1, projectOf(index))).toContain('| ✓ applied |');
      expect(JSON.parse(await stateOf(story, projectOf(index)))).toMatchObject({ serial: 1 });
      const checks = await allChecks(story, index + 1);
      const last = checks.filter(({ name }) => name === 'tidegate/apply').at(0);
      expect(last).toMatchObject({ status: 'completed', conclusion: 'success' });
    }
  });

  it('writes nothing until a limit on what an apply came to is over, and then all of it', {
    tags: ['long'],
  }, async () => {
    const clock = createSystemClock();
    let writes: number[] = [];
    await using story = await tellStory({
      files,
      logLevel: 'silent',
      hub: {
        observe: ({ method, template }) => {
          if (method !== 'GET' && template.startsWith('/repos/')) writes.push(clock.monotonic());
        },
      },
    });
    const { hub } = story.world;
    const words = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    for (const [index, status] of [403, 429].entries()) {
      const [number, project] = [index + 1, projectOf(index)];
      await open(story, project, { [`${project}/main.tf`]: resource('large') });
      await story.settled();
      const { id } = await story.ada.comment(number, '/apply');
      await eventually(async () => expect(await story.ada.reactions(id)).toContain('eyes'));
      writes = [clock.monotonic()];
      const match = { method: 'PATCH', path: /\/check-runs\/\d+$/, times: 1 };
      hub.faults.route(match, { kind: 'status', status, message: words, retryAfter: 6 });
      await story.settled();
      const silences = writes.map((at, place) => at - (writes[place - 1] ?? at));
      expect(Math.max(...silences)).toBeGreaterThan(5_900);
      expect(await row(story, number, project)).toContain('| ✓ applied |');
      expect(await story.checks(number)).toContain('tidegate/apply: success, 1 project applied: 1 added');
      expect(await story.ada.reactions(id)).toContain('rocket');
      expect(JSON.parse(await stateOf(story, project))).toMatchObject({ serial: 1 });
    }
  });

  it('gives up one thing in the end, and not the others; the next wish brings it back', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, logLevel: 'silent' });
    const { hub } = story.world;
    const locked: RouteFault = {
      kind: 'status',
      status: 403,
      message: 'Unable to create comment because issue is locked.',
    };
    hub.faults.route({ method: 'POST', path: /\/issues\/1\/comments$/ }, locked);
    await open(story, 'change', { 'p1/main.tf': resource('large') });
    await story.settled();
    expect(await story.board(1)).toBeNull();
    expect(await story.checks(1)).toContain('tidegate: p1: success, Planned: 1 to add');
    hub.faults.clear();
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await row(story, 1, 'p1')).toContain('| ✓ applied |');
    expect(JSON.parse(await stateOf(story, 'p1'))).toMatchObject({ serial: 1 });
  });

  it('waits as long as GitHub asks, and keeps what it has to say until then', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, logLevel: 'silent' });
    const { hub } = story.world;
    hub.faults.route({ method: 'GET', times: 4 }, { kind: 'status', status: 429, retryAfter: 1 });
    await story.ada.push('change', { 'p1/main.tf': resource('large') }, 'A change');
    await hub.openPull(story.world.repository, {
      as: 'ada',
      head: 'change',
      base: 'main',
      title: 'A change',
    });
    await story.settled();
    hub.faults.route({ method: 'GET', times: 4 }, { kind: 'status', status: 503, retryAfter: 1 });
    await story.ada.comment(1, '/status');
    await story.settled();
    hub.faults.clear();
    expect(await story.replies(1)).toHaveLength(1);
    expect(await row(story, 1, 'p1')).toContain('| planned |');
  });
});
