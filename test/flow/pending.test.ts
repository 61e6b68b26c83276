import { describe, expect, it } from 'vitest';
import { type Sha, sha } from '../../src/domain/ids.ts';
import type { Actor } from '../../src/domain/pull.ts';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const files = {
  'network/backend.tf': backend,
  'network/main.tf': 'small',
  'app/backend.tf': backend,
  'app/main.tf': 'small',
  'readme.md': 'one',
};
const minute = 60_000;

interface Told extends MemoryWorld {
  /** Where `main` is. */
  at: Sha;
}

const tell = async (
  work: (world: Told) => Promise<void>,
  options: { readonly operator?: string } = {},
): Promise<void> => {
  const world = await createMemoryWorld({ main: { ...files, 'first.md': '0' }, ...options });
  const told: Told = Object.assign(Object.create(world), { at: world.main({}) });
  told.forge.branches.setBranch(repo, 'main', told.at);
  try {
    await work(told);
  } finally {
    await world.close();
  }
};

interface How {
  /** The commits that it goes on top of; absent: what is there. */
  readonly on?: readonly Sha[];
  readonly by?: Actor | null;
  /** No webhook comes. */
  readonly lost?: boolean;
  readonly branch?: string;
  /** False: nothing is waited for. */
  readonly settles?: boolean;
}

let webhooks = 0;

/** `main` is put there. */
const place = (world: Told, commit: Sha): void => {
  world.author.branch('main', commit);
  world.forge.branches.setBranch(repo, 'main', commit);
  world.at = commit;
};

/** What somebody does with `git push`. Resolves when everything is done. */
const push = async (world: Told, changed: Readonly<Record<string, string>>, how: How = {}): Promise<Sha> => {
  const before = world.at;
  world.at = world.main(changed, how.on ?? [before]);
  world.forge.branches.setBranch(repo, 'main', world.at);
  if (how.lost !== true) await tellOfPush(world, before, world.at, how);
  return world.at;
};

const tellOfPush = async (
  world: Told,
  before: Sha | null,
  after: Sha | null,
  { by = people.grace, branch = 'main', settles = true }: How = {},
): Promise<void> => {
  const pull = { repo, number: 0 };
  const isDefault = branch === 'main';
  webhooks += 1;
  await world.road.receive({
    id: `push-${webhooks}`,
    event: 'push',
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind: 'push', pull, branch, before, after, isDefault, sender: by },
    receivedAt: world.ports.clock.now(),
  });
  if (settles) await world.settled();
};

/** Merged with a commit that has both parents. `tells`: in which order the webhooks come. */
const merge = async (
  world: Told,
  number: number,
  changed: Readonly<Record<string, string>>,
  tells: readonly ('push' | 'closed')[] = ['closed', 'push'],
): Promise<Sha> => {
  const before = world.at;
  const { head } = world.ask(number);
  const commit = world.main(changed, [before, head.sha]);
  world.at = commit;
  world.forge.branches.setBranch(repo, 'main', commit);
  const merged = { commit, by: people.grace, at: world.ports.clock.now() };
  world.edit(number, { state: 'closed', merged });
  for (const one of tells) {
    if (one === 'push') await tellOfPush(world, before, commit);
    else await world.event(number, 'closed');
    await world.settled();
  }
  return commit;
};

const open = async (
  world: Told,
  number: number,
  changed: Readonly<Record<string, string>>,
): Promise<void> => {
  world.open(number, changed);
  await world.event(number, 'opened');
  await world.settled();
  // Nobody agreed to a plan in the second in which it appeared.
  await world.advance(2_000);
};

const say = async (world: Told, number: number, words: string): Promise<void> => {
  await world.advance(2_000);
  await world.comment(number, words);
  await world.settled();
};

const pendings = async ({ ports }: MemoryWorld): Promise<readonly string[]> =>
  (await ports.store.pendings.open(repo.id)).map(
    ({ name, commit, commits, by, forced }) =>
      `${name}: ${commits} of ${commit.slice(0, 7)} by ${by?.login ?? 'nobody'}${forced ? ', forced' : ''}`,
  );

/** The checks on a commit, `name: conclusion, title`. */
const checksOn = ({ forge }: MemoryWorld, commit: Sha): readonly string[] =>
  forge
    .checks(repo)
    .filter(({ headSha }) => headSha === commit)
    .map(({ name, conclusion, title }) => `${name}: ${conclusion}, ${title}`);

const both = (conclusion: string, title: string): readonly string[] => [
  `tidegate/plan: ${conclusion}, ${title}`,
  `tidegate/apply: ${conclusion}, ${title}`,
];

/** How each project of that push ended; `null` for what has not. */
const endings = async ({ ports }: MemoryWorld, commit: Sha): Promise<readonly string[]> =>
  (await ports.store.pendings.ofCommit(repo.id, commit)).map(({ name, ended }) => `${name}: ${ended}`);

const boardOf = ({ forge }: MemoryWorld, number: number): string =>
  forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const isPending = (projects: string) => `Pushed without a pull request: ${projects} pending`;
const isOver = 'Pushed without a pull request: nothing is pending any more';

describe('a push to the base branch', () => {
  it('is pending for the projects that it concerns, says so on its commit, and begins nothing', async () => {
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

  it('is on the board of a plan that holds it, and ends with the apply of that plan', async () => {
    await tell(async (world) => {
      await open(world, 1, { 'network/more.tf': 'one' });
      const first = await push(world, { 'network/main.tf': 'large' });
      const second = await push(world, { 'network/main.tf': 'huge' }, { by: null });
      expect(boardOf(world, 1)).toContain(
        `\`main\` has 2 commits of a push without a pull request (\`${second.slice(0, 12)}\`) that concern \`network\` and are not applied; the plan here is from before them.`,
      );
      await say(world, 1, '/plan');
      expect(boardOf(world, 1)).toContain('and are not applied; this plan contains them.');
      await say(world, 1, '/apply');
      expect(world.tool.state.get('network')).toBe('huge');
      expect(await pendings(world)).toEqual([]);
      expect(await endings(world, first)).toEqual(['network: applied']);
      expect(boardOf(world, 1)).not.toContain('without a pull request');
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

  it('is not done by an apply that was planned without it, though the merge holds it', async () => {
    await tell(async (world) => {
      await open(world, 1, { 'network/more.tf': 'one' });
      await say(world, 1, '/apply');
      const commit = await push(world, { 'network/main.tf': 'large' });
      await merge(world, 1, { 'network/more.tf': 'one' });
      expect(world.tool.state.get('network')).toBe('small');
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
    });
  });

  it('ends where a merge that holds it was planned and had nothing to change', async () => {
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

  it('ends with an apply after the merge, which holds all that was there before', async () => {
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

describe('a base branch that is pushed over', () => {
  it('back to where it was before a push: that is gone, and nothing is pending', async () => {
    await tell(async (world) => {
      const before = world.at;
      const commit = await push(world, { 'network/main.tf': 'large' });
      place(world, before);
      await tellOfPush(world, commit, before);
      expect(await pendings(world)).toEqual([]);
      expect(await endings(world, commit)).toEqual(['network: gone']);
      // And once more to what it was.
      place(world, commit);
      await tellOfPush(world, before, commit);
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
      expect(checksOn(world, commit).at(-1)).toContain('action_required');
    });
  });

  it('by other commits: all that differs is pending, whoever brought it', async () => {
    await tell(async (world) => {
      const before = world.at;
      await open(world, 1, { 'network/main.tf': 'large' });
      await merge(world, 1, { 'network/main.tf': 'large' });
      const over = await push(world, { 'network/main.tf': 'small', 'readme.md': 'over' }, { on: [before] });
      expect(await pendings(world)).toEqual([`network: 1 of ${over.slice(0, 7)} by grace, forced`]);
      expect(checksOn(world, over)).toEqual(
        both('action_required', 'Pushed over the branch without a pull request: 1 project is pending'),
      );
    });
  });

  it('from what nobody has any more: everything is', async () => {
    await tell(async (world) => {
      const commit = await push(world, { 'readme.md': 'two' }, { lost: true });
      await tellOfPush(world, sha('e'.repeat(40)), commit);
      expect(await pendings(world)).toEqual(
        ['app', 'network'].map((name) => `${name}: 0 of ${commit.slice(0, 7)} by grace, forced`),
      );
    });
  });
});

describe('webhooks of pushes', () => {
  it('are taken push by push, in whichever order they come, and twice is once', async () => {
    await tell(async (world) => {
      const start = world.at;
      const first = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      const second = await push(world, { 'network/main.tf': 'huge' }, { lost: true });
      await tellOfPush(world, start, first, { by: people.ada });
      await tellOfPush(world, first, second);
      await tellOfPush(world, start, first, { by: people.ada });
      expect(await pendings(world)).toEqual([
        `network: 1 of ${first.slice(0, 7)} by ada`,
        `network: 1 of ${second.slice(0, 7)} by grace`,
      ]);
    });
    await tell(async (world) => {
      const start = world.at;
      const first = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      const second = await push(world, { 'network/main.tf': 'huge' }, { lost: true });
      await tellOfPush(world, start, second);
      await tellOfPush(world, start, first, { by: people.ada });
      expect(await pendings(world)).toEqual([`network: 2 of ${second.slice(0, 7)} by grace`]);
    });
  });

  it('that are lost are found by the sweep, once', async () => {
    await tell(async (world) => {
      await open(world, 1, { 'app/main.tf': 'large' });
      // It is taken note of where the branch is.
      await world.advance(16 * minute);
      await world.settled();
      const commit = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      await world.advance(16 * minute);
      await world.settled();
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by nobody`]);
      const { repaired } = world.road.sweep();
      await world.advance(31 * minute);
      await world.settled();
      expect(world.road.sweep().repaired).toBe(repaired);
    });
  });

  it('of branches that nothing is applied from ask nothing of the forge', async () => {
    const operator = 'base_branches: [release/*]\n';
    await tell(
      async (world) => {
        world.forge.failNext('repository', new ForgeError('refused', 'it was asked'));
        await push(world, { 'network/main.tf': 'large' });
        expect(world.complaints).toEqual([]);
        expect(await pendings(world)).toEqual([]);
      },
      { operator },
    );
  });

  it('of a branch that is new, or gone, make nothing pending', async () => {
    await tell(async (world) => {
      await tellOfPush(world, null, world.at);
      expect(await pendings(world)).toEqual([]);
      const commit = await push(world, { 'network/main.tf': 'large' });
      world.author.git(['update-ref', '-d', 'refs/heads/main']);
      await tellOfPush(world, commit, null);
      expect(await endings(world, commit)).toEqual(['network: gone']);
      expect(world.complaints).toEqual([]);
    });
  });

  it('while `tidegate.yaml` cannot be read wait for it', async () => {
    await tell(async (world) => {
      await push(world, { 'tidegate.yaml': 'version: nine\n' });
      await push(world, { 'network/main.tf': 'large' });
      expect(await pendings(world)).toEqual([]);
      expect(world.complaints.join()).toContain('what was pushed cannot be told');
      const commit = await push(world, { 'tidegate.yaml': 'version: 1\n' });
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
    });
  });

  it('that failed half way are worked on again after the start', async () => {
    await tell(async (world) => {
      const before = world.at;
      const commit = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      // With each of its writes: the webhook, the row, and that it is done.
      for (const dieAfter of [1, 2, 1]) {
        await world.crash(dieAfter);
        if (!world.isDead()) void tellOfPush(world, before, commit, { settles: false });
        await world.until(() => world.isDead());
      }
      await world.crash();
      await world.settled();
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
      expect(checksOn(world, commit)).toHaveLength(2);
    });
  });
});
