/** Decision 59: an environment that follows tags. Git and the store are real. */
import { describe, expect, it, vi } from 'vitest';
import { type Sha, sha } from '../../src/domain/ids.ts';
import { standingOf } from '../../src/domain/tracked.ts';
import { minute, open, push } from '../support/base-branch.ts';
import { people, refOf, repo } from '../support/memory-world.ts';
import { followsTags, type TagWorld, tellOfTags } from '../support/tag-world.ts';

const plain = (body: string): string => body.replaceAll(/<!--.*?-->\n*/gs, '').trim();

/** Why tags are not followed now, of each project. */
const refusals = async ({ ports }: TagWorld): Promise<readonly string[]> =>
  (await ports.store.tags.ofRepository(repo.id)).flatMap(({ refused }) =>
    refused === null ? [] : [typeof refused === 'string' ? refused : refused.kind],
  );

describe('a tag that is pushed', () => {
  it('is told on the issue of its project, planned there, and applied by a command; a higher one is next', async () => {
    await tellOfTags(async (world) => {
      await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', world.at);
      const { title, body, state } = world.issue();
      expect([title, state]).toEqual(['v1.0.0 is waiting to be applied: network (production)', 'open']);
      expect(plain(body)).toContain('**`v1.0.0` is waiting for `production`.**');
      expect(world.runs('plan')).toEqual(['plan network']);
      expect(world.board()).toContain('`network`');
      expect(world.runs('apply')).toEqual([]);
      await world.say('/apply', people.grace);
      expect(world.runs('apply')).toEqual(['apply network']);
      expect(world.tool.state.get('network')).toBe('large');
      expect(await world.row()).toMatchObject({
        applied: { ref: 'refs/tags/v1.0.0', sha: world.at, sure: true },
      });
      expect(standingOf(await world.row())).toBe('same');
      expect(world.issue().state).toBe('closed');
      expect(await world.ports.store.locks.all()).toEqual([]);
      await push(world, { 'network/main.tf': 'huge' });
      expect([world.issue().state, world.runs('plan').length]).toEqual(['closed', 1]);
      await world.tag('v1.1.0', world.at);
      expect(world.issue()).toMatchObject({ state: 'open', title: expect.stringContaining('v1.1.0') });
      await world.say('/apply', people.grace);
      expect(world.tool.state.get('network')).toBe('huge');
      expect(world.issue().state).toBe('closed');
      expect(world.complaints).toEqual([]);
    });
  });
});

describe('a tag that was moved', () => {
  it('stops its project, is told once, and is not followed until it is put back or a higher one comes', {
    tags: ['long'],
  }, async () => {
    await tellOfTags(async (world) => {
      const first = await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', first);
      await world.say('/apply', people.grace);
      const next = await push(world, { 'network/main.tf': 'evil' });
      await world.tag('v1.0.0', next);
      expect(world.issue()).toMatchObject({
        state: 'open',
        title: 'Its tags are not followed: network (production)',
      });
      expect(plain(world.issue().body)).toContain(
        `was moved from \`${first.slice(0, 12)}\` to \`${next.slice(0, 12)}\``,
      );
      const writes = world.forge.writes();
      await push(world, { 'readme.md': 'two' });
      await world.tag('v0.9.0', next);
      expect(world.forge.writes()).toBe(writes);
      await world.say('/plan');
      expect(world.board()).toContain('was moved from');
      await world.say('/apply', people.grace);
      expect([world.runs('plan').length, world.runs('apply').length]).toEqual([1, 1]);
      expect(await refusals(world)).toEqual(['tag-moved']);
      await world.tag('v1.0.0', first);
      expect(world.issue().state).toBe('closed');
      await world.tag('v1.0.0', next);
      expect(world.issue().state).toBe('open');
      await world.tag('v1.0.1', world.at);
      expect(world.issue()).toMatchObject({ state: 'open', title: expect.stringContaining('v1.0.1') });
      await world.say('/apply', people.grace);
      expect(world.tool.state.get('network')).toBe('evil');
    });
  });

  it('between its plan and its apply is not applied', async () => {
    await tellOfTags(async (world) => {
      const first = await push(world, { 'network/main.tf': 'large' });
      const next = await push(world, { 'network/main.tf': 'evil' });
      await world.tag('v1.0.0', first);
      await world.tag('v1.0.0', next, { lost: true });
      await world.say('/apply', people.grace);
      expect([world.runs('apply'), world.tool.state.get('network')]).toEqual([[], undefined]);
    });
  });
});

describe('a tag that nobody asks about again', () => {
  it('is applied as it was, wherever it leads by then: the twin of one that moves after its plan', async () => {
    let then: ReadonlyMap<string, Sha> | null = null;
    await tellOfTags(
      async (world) => {
        const first = await push(world, { 'network/main.tf': 'large' });
        const next = await push(world, { 'network/main.tf': 'evil' });
        await world.tag('v1.0.0', first);
        then = new Map([['v1.0.0', first]]);
        await world.tag('v1.0.0', next, { lost: true });
        await world.say('/apply', people.grace);
        expect([world.runs('apply').length, world.tool.state.get('network')]).toEqual([1, 'large']);
      },
      { git: (git) => ({ tags: async (...asked) => then ?? git.tags(...asked) }) },
    );
  });
});

describe('a higher tag that comes while one is being applied', () => {
  it('waits, and what was applied is known by the tag that it was of', { tags: ['long'] }, async () => {
    await tellOfTags(async (world) => {
      const first = await push(world, { 'network/main.tf': '# large' });
      await world.tag('v1.0.0', first);
      const next = await push(world, { 'network/main.tf': '# huge' });
      world.tool.hooks.set('apply', async () => {
        // Somebody's push is followed while the tool is at work.
        world.author.tag('v1.1.0', next);
        await world.road.receive({
          id: 'meanwhile',
          event: 'push',
          action: null,
          repository: 'acme/infrastructure',
          trigger: { kind: 'tags', pull: { repo, number: 0 } },
          receivedAt: world.ports.clock.now(),
        });
        await vi.waitUntil(async () => (await world.row()).desired?.ref === 'refs/tags/v1.1.0', 10_000);
        return undefined;
      });
      await world.say('/apply', people.grace);
      world.tool.hooks.delete('apply');
      expect(await world.row()).toMatchObject({
        desired: { ref: 'refs/tags/v1.1.0' },
        applied: { ref: 'refs/tags/v1.0.0', sha: first },
      });
      const reply = await world.say('/status production');
      expect(reply).toContain('v1.1.0 is waiting, v1.0.0 is applied');
    });
  });
});

describe('a tag that is not there any more', () => {
  it('takes nothing back: not to a lower one, and not what is applied', async () => {
    await tellOfTags(async (world) => {
      const first = await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', first);
      const second = await push(world, { 'network/main.tf': 'huge' });
      await world.tag('v1.1.0', second);
      await world.say('/apply', people.grace);
      await world.tag('v1.1.0', null);
      expect(plain(world.issue().body)).toContain('is not there any more');
      expect(await refusals(world)).toEqual(['tag-gone']);
      await world.say('/plan');
      expect([world.tool.state.get('network'), world.runs('apply').length]).toEqual(['huge', 1]);
      expect((await world.row()).applied).toMatchObject({ ref: 'refs/tags/v1.1.0' });
      await world.tag('v1.1.0', second);
      expect(world.issue().state).toBe('closed');
    });
  });
});

describe('a tag off the default branch', () => {
  it('is not followed before that has its commit, whoever pushed it', async () => {
    await tellOfTags(async (world) => {
      const base = world.at;
      const off = sha(world.author.commit({ 'network/backend.tf': 'x', 'network/main.tf': 'evil' }, [base]));
      await world.tag('v9.0.0', off);
      expect(plain(world.issue().body)).toContain('is not on the default branch');
      expect(await refusals(world)).toEqual(['tag-off-branch']);
      await world.say('/plan');
      await world.say('/apply', people.grace);
      expect(world.tool.journal).toEqual([]);
      await push(world, { 'network/main.tf': 'large' }, { on: [base, off] });
      expect(world.issue()).toMatchObject({ title: expect.stringContaining('v9.0.0 is waiting') });
    });
  });
});

describe('a tag off the default branch, where that is not asked', () => {
  it('is followed where nobody asks whether the branch has it: the twin of one that is off it', async () => {
    await tellOfTags(
      async (world) => {
        const off = sha(
          world.author.commit({ 'network/backend.tf': 'x', 'network/main.tf': 'evil' }, [world.at]),
        );
        world.author.branch('side', off);
        const { url, token } = await world.ports.forge.remote(repo);
        await world.ports.git.fetchBranch(repo, { url, token, baseRef: 'side' });
        world.forge.branches.setBranch(repo, 'side', off);
        await world.tag('v9.0.0', off);
        expect(world.issue()).toMatchObject({ title: expect.stringContaining('v9.0.0 is waiting') });
      },
      { git: () => ({ mergeBase: async (_, commit) => commit }) },
    );
  });
});

describe('the sweep', () => {
  it('finds a tag of which no webhook came, and one that was moved', { tags: ['long'] }, async () => {
    await tellOfTags(async (world) => {
      await open(world, 7, { 'app/main.tf': 'large' });
      await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', world.at, { lost: true });
      await world.advance(20 * minute);
      await world.settled();
      expect(world.issue()).toMatchObject({ title: expect.stringContaining('v1.0.0 is waiting') });
      const next = await push(world, { 'network/main.tf': 'huge' });
      await world.tag('v1.0.0', next, { lost: true });
      await world.advance(20 * minute);
      await world.settled();
      expect(await refusals(world)).toEqual(['tag-moved']);
    });
  });
});

describe('a project that follows tags', () => {
  it('is planned by no pull request, and moves along with a tag that changes nothing of it', async () => {
    await tellOfTags(async (world) => {
      const first = await push(world, { 'network/main.tf': '# large' });
      await world.tag('v1.0.0', first);
      await world.say('/apply', people.grace);
      await open(world, 7, { 'network/main.tf': '# huge' });
      expect(world.runs('plan')).toEqual(['plan network']);
      const next = await push(world, { 'readme.md': 'two' });
      await world.tag('v1.0.1', next);
      expect(world.runs('plan')).toEqual(['plan network']);
      expect((await world.row()).applied).toMatchObject({ ref: 'refs/tags/v1.0.1', sha: next });
      expect(world.issue().state).toBe('closed');
    });
  });

  it('is left alone where a tag suddenly has none of them, or cannot be read', {
    tags: ['long'],
  }, async () => {
    await tellOfTags(async (world) => {
      const first = await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', first);
      await world.say('/apply', people.grace);
      const file = {
        'tidegate.yaml': 'version: 1\ndiscovery: { mode: disabled }\nprojects: [{ dir: app }]\n',
      };
      const empty = await push(world, file);
      await push(world, { 'tidegate.yaml': followsTags() });
      await world.tag('v1.1.0', empty);
      expect(await refusals(world)).toEqual(['empty']);
      expect(standingOf(await world.row())).toBe('same');
      const torn = await push(world, { 'tidegate.yaml': 'version: [' });
      await push(world, { 'tidegate.yaml': followsTags() });
      await world.tag('v1.2.0', torn);
      expect(await refusals(world)).toEqual(['unread']);
      expect(world.runs('plan')).toEqual(['plan network']);
      expect(world.tool.state.get('network')).toBe('large');
    });
  });

  it('goes by its branch again when the base branch says so, and by tags when it says that', {
    tags: ['long'],
  }, async () => {
    await tellOfTags(async (world) => {
      await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', world.at);
      await world.say('/apply', people.grace);
      await push(world, { 'tidegate.yaml': 'version: 1\nprojects: [{ dir: network }, { dir: app }]\n' });
      expect(await world.row()).toMatchObject({ desired: { ref: 'refs/heads/main' }, goneAt: null });
      await push(world, { 'tidegate.yaml': followsTags() });
      expect(await world.row()).toMatchObject({ desired: { ref: 'refs/tags/v1.0.0' }, goneAt: null });
    });
  });
});

describe('/followup on the issue of a tag', () => {
  it('opens nothing: no pull request plans what follows tags', async () => {
    await tellOfTags(async (world) => {
      await push(world, { 'network/main.tf': 'large' });
      await world.tag('v1.0.0', world.at);
      expect(await world.say('/followup')).toContain('follows tags, and no pull request plans it');
      expect(world.forge.opening.branches(repo).size).toBe(0);
    });
  });
});

describe('drift of what follows tags', () => {
  it('is not told when the apply of a tag has put it right, before anybody has looked again', async () => {
    const watched = followsTags(
      '',
      ', drift: { mode: issue, threshold: 1, schedule: { cron: "0 * * * *" } }',
    );
    await tellOfTags(
      async (world) => {
        const said = (): string =>
          world.forge
            .comments(refOf(world.issue().number))
            .map(({ body }) => body)
            .join('\n');
        await push(world, { 'network/main.tf': 'large' });
        await world.tag('v1.0.0', world.at);
        await world.say('/apply', people.grace);
        await push(world, { 'network/main.tf': 'huge' });
        await world.tag('v1.1.0', world.at);
        world.tool.state.set('network', 'by hand');
        await world.advance(60 * minute);
        await world.settled();
        const [key] = (await world.ports.store.tags.ofRepository(repo.id)).map(({ project }) => project);
        if (key === undefined) throw new Error('nothing is kept of its tags');
        expect((await world.ports.store.drifts.get(key))?.status).toBe('drifted');
        expect(world.issue().title).toContain('v1.1.0');
        await world.say('/plan');
        await world.say('/apply', people.grace);
        expect(world.tool.state.get('network')).toBe('huge');
        expect(world.issue().state).toBe('closed');
        expect(said()).toContain('`v1.1.0` is waiting now.');
        expect(said()).not.toContain('drifts');
        expect((await world.ports.store.drifts.get(key))?.status).toBe('clean');
      },
      { file: watched, operator: 'drift: { jitter: 0m }\n' },
    );
  });

  it('is told on its issue where pull requests are wanted: none plans it, and the issue says so', async () => {
    const watched = followsTags('', ', drift: { mode: pr, threshold: 1, schedule: { cron: "0 * * * *" } }');
    await tellOfTags(
      async (world) => {
        await push(world, { 'network/main.tf': 'large' });
        await world.tag('v1.0.0', world.at);
        await world.say('/apply', people.grace);
        world.tool.state.set('network', 'by hand');
        await world.advance(60 * minute);
        await world.settled();
        await world.advance(2_000);
        expect(world.issue()).toMatchObject({
          state: 'open',
          title: expect.stringContaining('Drift: network'),
        });
        expect(world.issue().body).toContain('opens no pull request by itself');
        expect(world.issue().body).toContain('follows tags, and no pull request plans it');
        expect(world.issue().body).not.toContain('/followup');
        expect(world.forge.opening.branches(repo).size).toBe(0);
        await world.say('/plan');
        await world.say('/apply', people.grace);
        expect(world.tool.state.get('network')).toBe('large');
      },
      { file: watched, operator: 'drift: { jitter: 0m }\n' },
    );
  });
});
