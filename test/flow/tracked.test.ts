/** Decision 50: what is kept of a project, and how that moves. Git and the store are real. */
import { describe, expect, it } from 'vitest';
import { standingOf, type Tracked } from '../../src/domain/tracked.ts';
import {
  merge,
  minute,
  open,
  place,
  push,
  say,
  type Told,
  tell,
  tellOfPush,
} from '../support/base-branch.ts';
import { refOf, repo } from '../support/memory-world.ts';

const rows = ({ ports }: Told): Promise<readonly Tracked[]> => ports.store.tracked.ofRepository(repo.id);

/** `name: standing, applied commit`. */
const standings = async (world: Told): Promise<readonly string[]> =>
  (await rows(world)).map((one) => {
    const { applied, project } = one;
    const what = applied === null ? '' : ` ${applied.sha.slice(0, 7)}${applied.sure ? '' : ', not sure'}`;
    return `${project.name}: ${standingOf(one)}${what}`;
  });

const history = async (world: Told, name: string): Promise<readonly string[]> => {
  const one = (await rows(world)).find(({ project }) => project.name === name);
  if (one === undefined) return [];
  return (await world.ports.store.tracked.history(one.key)).map(({ kind }) => kind).toReversed();
};

const at = (commit: string): string => commit.slice(0, 7);

/** A pull request that is planned and applied. */
const applied = async (world: Told, number: number, files: Record<string, string>): Promise<string> => {
  await open(world, number, files);
  await say(world, number, '/apply');
  return world.ask(number).head.sha;
};

describe('what was applied', () => {
  it.each([
    ['closed', 'push'],
    ['push', 'closed'],
  ] as const)(
    'moves to the merged commit, told of by %s and %s, and along with it, without a tool',
    async (one, other) => {
      await tell(async (world) => {
        const head = await applied(world, 1, { 'network/main.tf': '# large' });
        expect(await standings(world)).toEqual([`network: ahead ${at(head)}`]);
        const [row] = await rows(world);
        expect(row?.applied).toMatchObject({
          ref: 'refs/heads/main',
          on: 'open',
          pullNumber: 1,
          toolVersion: '1.11.4',
        });
        expect(row?.applied?.by?.login).toBe('ada');
        const commit = await merge(world, 1, { 'network/main.tf': '# large' }, [one, other]);
        expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(commit)}`]);
        const next = await push(world, { 'app/main.tf': '# large' });
        expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(next)}`]);
        expect(world.tool.journal).toEqual(['plan network', 'apply network']);
        expect((await history(world, 'network')).filter((kind) => kind !== 'pending')).toEqual([
          'applied',
          'moved',
        ]);
      });
    },
  );

  it('is pending from the push that changes its inputs to the apply of that, and back where they are taken back', {
    tags: ['long'],
  }, async () => {
    await tell(async (world) => {
      await applied(world, 1, { 'network/main.tf': '# large' });
      const commit = await merge(world, 1, { 'network/main.tf': '# large' });
      await push(world, { 'network/main.tf': '# huge' });
      expect(await standings(world)).toEqual(['app: unknown', `network: pending ${at(commit)}`]);
      const since = (await rows(world)).find(({ project }) => project.name === 'network')?.pendingSince;
      expect(since).not.toBeNull();
      const back = await push(world, { 'network/main.tf': '# large' });
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(back)}`]);
      expect(world.tool.journal).toEqual(['plan network', 'apply network']);
    });
  });

  it('is found where a merged pull request had nothing to change, though nobody ever applied it', async () => {
    await tell(async (world) => {
      world.tool.state.set('network', 'small');
      await open(world, 1, { 'network/other.tf': '# a comment' });
      const commit = await merge(world, 1, { 'network/other.tf': '# a comment' });
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(commit)}`]);
      expect(await history(world, 'network')).toEqual(['found']);
      expect(world.tool.journal).toEqual(['plan network']);
    });
  });

  it('is not sure after an apply that failed, and is again when a plan finds nothing to change', {
    tags: ['long'],
  }, async () => {
    await tell(async (world) => {
      await applied(world, 1, { 'network/main.tf': '# large' });
      const commit = await merge(world, 1, { 'network/main.tf': '# large' });
      world.tool.hooks.set('apply', () => ({ exitCode: 1, text: 'no' }));
      await applied(world, 2, { 'network/main.tf': '# huge' });
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(commit)}, not sure`]);
      const [, row] = await rows(world);
      expect(row?.attempted).toMatchObject({ outcome: 'failed', pullNumber: 2 });
      await say(world, 2, '/unlock');
      await open(world, 3, { 'network/other.tf': '# a comment' });
      const next = await merge(world, 3, { 'network/other.tf': '# a comment' });
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(next)}`]);
    });
  });

  it('of a merge that asks for its apply is the merged commit', { tags: ['long'] }, async () => {
    await tell(
      async (world) => {
        await open(world, 1, { 'network/main.tf': '# large' });
        const commit = await merge(world, 1, { 'network/main.tf': '# large' });
        expect(world.tool.state.get('network')).toBe('# large');
        expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(commit)}`]);
      },
      { main: { 'tidegate.yaml': 'version: 1\nprojects: [{dir: network, apply: merge}, {dir: app}]\n' } },
    );
  });
});

describe('a branch', () => {
  it('that loses one project has it gone; that loses all of them takes nothing away, and says so once', async () => {
    await tell(async (world) => {
      await applied(world, 1, { 'network/main.tf': '# large' });
      await merge(world, 1, { 'network/main.tf': '# large' });
      const file = (names: readonly string[]) => ({
        'tidegate.yaml': `version: 1\ndiscovery: {mode: disabled}\nprojects: [${names.map((name) => `{dir: ${name}}`).join(', ')}]\n`,
      });
      const one = await push(world, file(['network']));
      expect(await standings(world)).toEqual(['app: gone', `network: same ${at(one)}`]);
      await push(world, file([]));
      await push(world, { 'readme.md': 'still none' });
      expect(await standings(world)).toEqual(['app: gone', `network: same ${at(one)}`]);
      const complaints = () =>
        world.complaints.filter((line) => line.startsWith('what a branch asks for is not taken'));
      expect(complaints()).toHaveLength(1);
      expect((await rows(world)).map(({ desired }) => desired?.refused)).toEqual(['empty', 'empty']);
      await push(world, { 'tidegate.yaml': 'projects: {' });
      expect(await standings(world)).toEqual(['app: gone', `network: same ${at(one)}`]);
      const back = await push(world, file(['network', 'app']));
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(back)}`]);
      expect((await rows(world)).map(({ desired }) => desired?.refused)).toEqual([null, null]);
    });
  });

  it('that is deleted takes nothing away', { tags: ['long'] }, async () => {
    await tell(async (world) => {
      await applied(world, 1, { 'network/main.tf': '# large' });
      const commit = await merge(world, 1, { 'network/main.tf': '# large' });
      world.author.branch('main', null);
      await tellOfPush(world, commit, null);
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(commit)}`]);
    });
  });

  it('whose push nobody told us of is found by the sweep', { tags: ['long'] }, async () => {
    await tell(async (world) => {
      await applied(world, 1, { 'network/main.tf': '# large' });
      await merge(world, 1, { 'network/main.tf': '# large' });
      const lost = await push(world, { 'readme.md': 'nobody says' }, { lost: true });
      place(world, lost);
      await world.advance(20 * minute);
      await world.settled();
      expect(await standings(world)).toEqual(['app: unknown', `network: same ${at(lost)}`]);
    });
  });
});

describe('a pull request that is merged and was never applied', () => {
  const words = (world: Told, number: number) =>
    world.forge.comments(refOf(number)).filter(({ body }) => body.includes('tidegate:nudge:not-applied'));

  it('is told so once, after a few minutes, and not again after the death of the server', async () => {
    await tell(async (world) => {
      await open(world, 1, { 'network/main.tf': '# large' });
      await merge(world, 1, { 'network/main.tf': '# large' });
      expect(await standings(world)).toEqual(['app: unknown', 'network: unknown']);
      await world.advance(2 * minute);
      await world.settled();
      expect(words(world, 1)).toEqual([]);
      await world.advance(10 * minute);
      await world.settled();
      expect(words(world, 1).map(({ body }) => body)).toEqual([
        expect.stringContaining('**This was merged, and `network` was never applied**'),
      ]);
      await world.crash();
      await world.event(1, 'closed');
      await world.advance(60 * minute);
      await world.settled();
      expect(words(world, 1)).toHaveLength(1);
    });
  });

  it('is told nothing where it was applied, had nothing to change, or another one does it along', {
    tags: ['long'],
  }, async () => {
    await tell(async (world) => {
      await applied(world, 1, { 'network/main.tf': '# large' });
      await merge(world, 1, { 'network/main.tf': '# large' });
      await open(world, 2, { 'network/more.tf': '# a comment' });
      await merge(world, 2, { 'network/more.tf': '# a comment' });
      await open(world, 3, { 'app/main.tf': '# large' });
      await merge(world, 3, { 'app/main.tf': '# large' });
      await applied(world, 4, { 'app/more.tf': '# a comment' });
      await world.advance(60 * minute);
      await world.settled();
      for (const number of [1, 2, 3, 4]) expect(words(world, number)).toEqual([]);
      const commit = await merge(world, 4, { 'app/more.tf': '# a comment' });
      expect(await standings(world)).toEqual([`app: same ${at(commit)}`, `network: same ${at(commit)}`]);
    });
  });
});

describe('/status ENV', () => {
  it('says how every project of the environment stands, and how far it lags behind', async () => {
    const main = {
      'tidegate.yaml':
        'version: 1\nprojects: [{dir: network, environment: production}, {dir: app, environment: staging}]\n',
    };
    await tell(
      async (world) => {
        const head = await applied(world, 1, { 'network/main.tf': '# large' });
        await say(world, 1, '/status production');
        const answers = () =>
          world.forge
            .comments(refOf(1))
            .map(({ body }) => body)
            .filter((body) => body.includes('### Status of'));
        expect(answers()).toEqual([
          expect.stringContaining(
            `- \`network\` at \`${head.slice(0, 12)}\` (#1): ahead: as an open pull request says, held by #1`,
          ),
        ]);
        const commit = await merge(world, 1, { 'network/main.tf': '# large' });
        await push(world, { 'network/main.tf': '# huge' });
        await say(world, 1, '/status production');
        expect(answers()[1]).toContain(`\`${commit.slice(0, 12)}\` (#1): pending, 1 commit behind`);
        await say(world, 1, '/status nowhere');
        expect(answers()[2]).toContain('No project of this repository is known in that environment.');
      },
      { main },
    );
  });
});
