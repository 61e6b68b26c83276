import { describe, expect, it } from 'vitest';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf } from '../support/memory-world.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};

const told = async (rule: string, work: (world: MemoryWorld) => Promise<void>): Promise<void> => {
  const world = await createMemoryWorld({ main, operator: `rules: [{match: "**", ${rule}}]\n` });
  try {
    world.open(1, { 'network/main.tf': 'large' });
    await work(world);
  } finally {
    await world.close();
  }
};

const planned = async (world: MemoryWorld): Promise<void> => {
  await world.event(1, 'opened');
  await world.settled();
  await world.advance(2_000);
};
const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await world.settled();
  await world.advance(2_000);
};
const blocked = (world: MemoryWorld, more: object): void =>
  world.forge.facts.setMerge(refOf(1), { mergeable: true, state: 'blocked', ...more });

describe('what GitHub asks of a merge, where a rule asks for it before the apply', () => {
  it('is said in the table and in the title, and not that it is ready', async () => {
    await told('requirements: [mergeable]', async (world) => {
      const required = [{ name: 'lint', appId: null }];
      blocked(world, { required });
      await planned(world);
      const waits = 'the required check `lint` to pass, then `/apply -p network`';
      expect(rowOf(world, 'network')).toContain(`| ${waits} |`);
      expect(titleOf(world)).toBe(`action_required: Waits for ${waits.replaceAll('`', '')} (1 to add)`);
      await says(world, '/why');
      expect(answersOf(world)).toContain('waits for the required check `lint` to pass');
      await says(world, '/apply');
      expect(answersOf(world)).toContain('the required check `lint` was not reported');
      expect(boardOf(world)).toContain('the required check `lint` was not reported');
      // Somebody approves, for example: it is looked at again.
      world.forge.facts.setMerge(refOf(1), {});
      await says(world, '/apply');
      expect(titleOf(world)).toBe('success: 1 project applied: 1 added');
    });
  });

  it('is looked at again by itself when a check of somebody else passes, of which no webhook tells', async () => {
    await told('requirements: [mergeable]', async (world) => {
      blocked(world, { required: [{ name: 'lint', appId: null }] });
      await planned(world);
      expect(titleOf(world)).toContain('the required check lint');
      world.forge.facts.setMerge(refOf(1), {});
      await world.until(() => titleOf(world) === 'action_required: Waits for /apply -p network (1 to add)');
      // What nothing happens to is looked at ever more seldom, and written no more.
      await world.advance(3 * 3_600_000);
      await world.settled();
      expect(titleOf(world)).toBe('action_required: Waits for /apply -p network (1 to add)');
    });
  });

  it('is never our own check, which waits for the apply', async () => {
    for (const rule of ['requirements: [mergeable]', 'apply: auto, requirements: [mergeable, approved]'])
      await told(rule, async (world) => {
        blocked(world, {
          required: ['tidegate/plan', 'tidegate/apply'].map((name) => ({ name, appId: 99 })),
        });
        await planned(world);
        expect(titleOf(world)).not.toMatch(/required check|GitHub/);
        if (rule.includes('auto'))
          world.forge.addReview(refOf(1), {
            author: people.grace,
            state: 'approved',
            commit: world.ask(1).head.sha,
            submittedAt: world.ports.clock.now(),
          });
        await says(world, '/apply');
        expect(titleOf(world)).toBe('success: 1 project applied: 1 added');
      });
  });

  it('is said once of a draft', async () => {
    await told('requirements: [mergeable]', async (world) => {
      world.edit(1, { draft: true });
      await planned(world);
      await says(world, '/plan');
      expect(rowOf(world, 'network')).toContain(
        '| somebody to mark it as ready for review, then `/apply -p network` |',
      );
    });
  });

  it('is left to GitHub where the apply comes after the merge', async () => {
    await told('apply: merge, requirements: [mergeable]', async (world) => {
      blocked(world, { required: [{ name: 'lint', appId: null }] });
      await planned(world);
      expect(titleOf(world)).toBe('success: Applies after the merge: 1 to add');
    });
  });
});

describe('what takes reading the repository', () => {
  it('is said as well', async () => {
    await told('requirements: [up_to_date]', async (world) => {
      await planned(world);
      expect(rowOf(world, 'network')).toContain('| `/apply -p network` |');
      world.main({ 'network/other.tf': 'more' });
      await says(world, '/plan');
      expect(rowOf(world, 'network')).toContain('the base branch to be merged into this one, then');
    });
    await told('requirements: [{approved: {code_owners: true}}]', async (world) => {
      world.main({ '.github/CODEOWNERS': '/network/ @grace\n' });
      world.open(1, { 'network/main.tf': 'large' });
      await planned(world);
      expect(titleOf(world)).toMatch(/^action_required: Waits for .*grace.*, then \/apply -p network/);
    });
  });
});
