import { describe, expect, it } from 'vitest';
import {
  boardOf,
  both,
  checksOn,
  endings,
  merge,
  minute,
  open,
  pendings,
  push,
  say,
  tell,
  tellOfPush,
} from '../support/base-branch.ts';
import { repo } from '../support/memory-world.ts';

const isPending = (projects: string) => `Pushed without a pull request: ${projects} pending`;
const isOver = 'Pushed without a pull request: nothing is pending any more';

describe('a push to the base branch', () => {
  it('is pending for the projects that it concerns, says so on its commit, and begins nothing', {
    tags: ['long'],
  }, async () => {
    const operator = "rules: [{match: '**', apply: {mode: auto, when: 'true'}}]\n";
    await tell(
      async (world) => {
        await push(world, { 'readme.md': 'two' });
        expect(await pendings(world)).toEqual([]);
        expect(world.forge.checks(repo)).toEqual([]);
        const commit = await push(world, { 'network/main.tf': 'large', 'app/main.tf': 'large' });
        expect(await pendings(world)).toEqual([
          `app: 1 of ${commit.slice(0, 7)} by grace`,
          `network: 1 of ${commit.slice(0, 7)} by grace`,
        ]);
        expect(checksOn(world, commit)).toEqual(both('action_required', isPending('2 projects are')));
        const [check] = world.forge.checks(repo);
        expect(check?.summary).toContain('- `network`: pending, 1 commit');
        // Nobody is called by it.
        expect(check?.summary).not.toContain('@grace');
        await world.advance(20 * minute);
        await world.settled();
        expect(world.tool.journal).toEqual([]);
        expect(await pendings(world)).toHaveLength(2);
        // By a pull request the same change begins at once, so that would be seen above.
        await open(world, 1, { 'network/main.tf': 'huge' });
        expect(world.tool.journal).toEqual(['plan network', 'apply network']);
      },
      { operator },
    );
  });

  it('is on the board of a plan that holds it, and ends with the apply of that plan', {
    tags: ['long'],
  }, async () => {
    await tell(async (world) => {
      await open(world, 1, { 'network/more.tf': 'one' });
      const first = await push(world, { 'network/main.tf': 'large' });
      const second = await push(world, { 'network/main.tf': 'huge' }, { by: null });
      expect(boardOf(world, 1)).toContain(
        `\`main\` has 2 commits of a push without a pull request (\`${second.slice(0, 12)}\`) that concern \`network\` and are not applied; the plan here is from before them.`,
      );
      await say(world, 1, '/plan');
      expect(boardOf(world, 1)).toContain('and are not applied; this plan contains them.');
      // So that no second look of the pushes is still to come.
      await world.advance(3 * 60_000);
      await world.settled();
      await say(world, 1, '/apply');
      expect(world.tool.state.get('network')).toBe('huge');
      expect(await pendings(world)).toEqual([]);
      expect(await endings(world, first)).toEqual(['network: applied']);
      expect(boardOf(world, 1)).not.toContain('without a pull request');
      expect(await endings(world, second)).toEqual(['network: applied']);
      // At once, by the end of its run, and not when somebody looks by chance.
      const settled = (await world.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 })).filter(
        ({ kind }) => kind === 'push.settled',
      );
      expect(settled.map(({ facts }) => [facts['commit'], facts['ended']])).toEqual([
        [first, 'applied'],
        [second, 'applied'],
      ]);
      for (const commit of [first, second]) expect(checksOn(world, commit)).toEqual(both('success', isOver));
    });
  });

  it('is done along by a pull request that changes nothing of the project, where somebody asks for its plan', async () => {
    await tell(async (world) => {
      const commit = await push(world, { 'network/main.tf': 'large' });
      await open(world, 1, { 'readme.md': 'two' });
      await say(world, 1, '/plan -p network');
      expect(boardOf(world, 1)).toContain('and is not applied; this plan contains it.');
      await say(world, 1, '/apply');
      expect(world.tool.state.get('network')).toBe('large');
      expect(await endings(world, commit)).toEqual(['network: applied']);
    });
  });

  it('is not done by an apply that was planned without it, though the merge holds it', {
    tags: ['long'],
  }, async () => {
    await tell(async (world) => {
      await open(world, 1, { 'network/more.tf': 'one' });
      await say(world, 1, '/apply');
      const commit = await push(world, { 'network/main.tf': 'large' });
      await merge(world, 1, { 'network/more.tf': 'one' });
      expect(world.tool.state.get('network')).toBe('small');
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
    });
  });

  it('ends where a merge that holds it was planned and had nothing to change', {
    tags: ['long'],
  }, async () => {
    await tell(async (world) => {
      world.tool.state.set('network', 'small');
      const commit = await push(world, { 'network/notes.md': 'one', 'network/extra.tf': '# one' });
      await open(world, 1, { 'network/notes.tf': '# two' });
      expect(await pendings(world)).toHaveLength(1);
      await merge(world, 1, { 'network/notes.tf': '# two' });
      expect(await endings(world, commit)).toEqual(['network: unchanged']);
      expect(checksOn(world, commit)).toEqual(both('success', isOver));
    });
  });

  it('ends with an apply after the merge, which holds all that was there before', {
    tags: ['long'],
  }, async () => {
    await tell(
      async (world) => {
        await open(world, 1, { 'network/more.tf': 'one' });
        const commit = await push(world, { 'network/main.tf': 'large' });
        await merge(world, 1, { 'network/more.tf': 'one' });
        // It is more than anybody agreed to.
        expect(world.tool.state.get('network')).toBeUndefined();
        expect(boardOf(world, 1)).toContain('this plan contains it');
        await say(world, 1, '/apply');
        expect(world.tool.state.get('network')).toBe('large');
        expect(await endings(world, commit)).toEqual(['network: applied']);
      },
      { operator: "rules: [{match: '**', apply: merge}]\n" },
    );
  });
});

describe('a merge', () => {
  it.each([
    ['before', ['push', 'closed']],
    ['after', ['closed', 'push']],
  ] as const)('whose push is heard of %s it is pending for nobody', async (_when, tells) => {
    await tell(async (world) => {
      await open(world, 1, { 'network/main.tf': 'large' });
      const commit = await merge(world, 1, { 'network/main.tf': 'large' }, tells);
      await world.advance(5 * minute);
      await world.settled();
      expect(await world.ports.store.pendings.ofCommit(repo.id, commit)).toEqual([]);
      expect(checksOn(world, commit)).toEqual([]);
    });
  });

  it.each([
    ['by its own webhook', ['push', 'closed']],
    ['a minute later', ['closed', 'push']],
  ] as const)('that the forge does not know yet is cleared %s', async (_when, tells) => {
    await tell(async (world) => {
      await open(world, 1, { 'network/main.tf': 'large' });
      world.forge.branches.forgetMerges(true);
      const [first, second] = tells;
      const commit = await merge(
        world,
        1,
        { 'network/main.tf': 'large' },
        first === 'push' ? ['push'] : tells,
      );
      expect(await pendings(world)).toHaveLength(1);
      world.forge.branches.forgetMerges(false);
      if (second === 'closed') await world.event(1, 'closed');
      else await world.advance(2 * minute);
      await world.settled();
      expect(await endings(world, commit)).toEqual(['network: merged']);
      expect(checksOn(world, commit)).toEqual(
        both('success', 'Part of a merged pull request: nothing is pending'),
      );
    });
  });

  it('beside a push in one move: only what was pushed counts', async () => {
    await tell(async (world) => {
      await open(world, 1, { 'network/main.tf': 'large' });
      const before = world.at;
      await merge(world, 1, { 'network/main.tf': 'large' }, []);
      const commit = await push(world, { 'app/main.tf': 'large' }, { lost: true });
      await tellOfPush(world, before, commit);
      expect(await pendings(world)).toEqual([`app: 1 of ${commit.slice(0, 7)} by grace`]);
    });
  });
});
