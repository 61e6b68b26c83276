import { afterEach, describe, expect, it } from 'vitest';
import { cursorNameOf, unheardSince } from '../../src/domain/sweep.ts';
import { type Forge, ForgeError } from '../../src/forge/port.ts';
import { createDriftWorld, hour } from '../support/drift-world.ts';
import { createMemoryWorld, type MemoryWorld, refOf, repo } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const methods = [
  'pull',
  'repository',
  'tipOf',
  'mergesOf',
  'openPulls',
  'comments',
  'installations',
  'repositories',
  'failedDeliveries',
  'reviews',
  'permission',
  'authorship',
  'mergeFacts',
  'mergeWay',
  'isMember',
  'environment',
  'issue',
  'upsertIssue',
  'comment',
  'ourComment',
  'upsertComment',
  'react',
  'upsertCheck',
  'upsertDeployment',
  'putRef',
  'remote',
] as const satisfies readonly (keyof Forge)[];

interface Host {
  isDown: boolean;
  /** What it is like for whoever asks: nothing answers while it is down. */
  readonly forge: Partial<Forge>;
  /** The forge that answers otherwise. */
  behind(world: MemoryWorld): void;
}

const hostOf = (down: readonly (keyof Forge)[] = methods): Host => {
  let real: Forge | null = null;
  const host: Host = {
    isDown: false,
    forge: Object.fromEntries(
      methods.map((method) => [
        method,
        async (...args: readonly unknown[]) => {
          if ((host.isDown && down.includes(method)) || real === null)
            throw new ForgeError('unavailable', `${method}: 503`);
          return Reflect.apply(real[method], real, args);
        },
      ]),
    ),
    behind: (world) => {
      real = world.forge.forge;
    },
  };
  return host;
};

describe('while the Git host is down', () => {
  it('drift is looked for in the mirror, and told when it is back', { tags: ['long'] }, async () => {
    const host = hostOf();
    const world = await createDriftWorld({ forge: host.forge });
    const { w, tool } = world;
    worlds.push(w);
    host.behind(w);
    const commit = w.main({});
    w.forge.branches.setBranch(repo, 'main', commit);
    await world.apply(commit);
    await world.pass(hour);
    expect((await world.drift()).status).toBe('clean');
    const checks = () => w.forge.checks(repo).find(({ name }) => name === 'tidegate/drift')?.title;
    expect(checks()).toBe('No drift');
    const unheard = async () =>
      unheardSince(await w.ports.store.cursors.get(cursorNameOf(repo)), w.ports.clock.now());
    expect(await unheard()).toBeNull();
    host.isDown = true;
    tool.world.set({ ada: 'owner', grace: 'dev' });
    // Its reports never end, so nothing settles: hours pass in leaps.
    const looks = async (many: number): Promise<void> => {
      await w.advance(hour - 120_000);
      await w.until(async () => (await world.drift()).consecutive === many);
    };
    await looks(1);
    const found = await world.drift();
    expect(found).toMatchObject({ status: 'drifted', commit });
    await looks(2);
    await looks(3);
    expect(checks()).toBe('No drift');
    expect((await w.ports.store.reports.backlog()).waiting).toBeGreaterThan(0);
    // Pages say how old what they show is.
    expect(await unheard()).not.toBeNull();
    host.isDown = false;
    await w.until(() => checks() === '1 project drifts');
    await w.until(async () => (await unheard()) === null);
  });

  it('/status says how old what it says is, of an environment and of a pull request', async () => {
    // What compares gets nothing; comments come and go.
    const host = hostOf(['openPulls', 'comments']);
    const w = await createMemoryWorld({
      main: {
        'tidegate.yaml': 'version: 1\nprojects: [{ dir: network, environment: production }]\n',
        'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
        'network/main.tf': 'small',
      },
      forge: host.forge,
    });
    worlds.push(w);
    host.behind(w);
    w.open(1, { 'network/main.tf': 'large' });
    await w.event(1, 'opened');
    await w.settled();
    const answers = async (...commands: readonly string[]): Promise<readonly string[]> => {
      const before = w.forge.comments(refOf(1)).length;
      for (const command of commands) {
        await w.comment(1, command);
        await w.settled();
      }
      const bodies = w.forge.comments(refOf(1)).slice(before);
      return bodies.map(({ body }) => body).filter((body) => body.includes('### Status'));
    };
    const asked = ['/status', '/status production'];
    const isOld = /This is as GitHub said at 2026-\d\d-\d\d \d\d:\d\d UTC.*could not be asked since/;
    for (const one of await answers(...asked)) expect(one).not.toMatch(isOld);
    host.isDown = true;
    await w.advance(3 * hour);
    const old = await answers(...asked);
    expect(old).toHaveLength(2);
    for (const one of old) expect(one).toMatch(isOld);
    host.isDown = false;
    await w.advance(hour);
    await w.settled();
    for (const one of await answers(...asked)) expect(one).not.toMatch(isOld);
  });

  it('an approved plan is not applied while its facts cannot be read, and it says so', async () => {
    const host = hostOf();
    const w = await createMemoryWorld({
      main: {
        'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
        'network/main.tf': 'small',
      },
      forge: host.forge,
    });
    worlds.push(w);
    host.behind(w);
    w.open(1, { 'network/main.tf': 'large' });
    await w.event(1, 'opened');
    await w.settled();
    // It goes down behind the comment, right before the gate asks.
    w.tool.hooks.set('version', () => {
      host.isDown = true;
      return undefined;
    });
    await w.comment(1, '/apply');
    await w.until(() => host.isDown);
    const applyOf = async () =>
      (await w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 })).find(
        ({ verb }) => verb === 'apply',
      );
    await w.until(async () => (await applyOf())?.state === 'failed');
    expect(await applyOf()).toMatchObject({ startedAt: null, problem: { code: 'forge-unavailable' } });
    expect(w.tool.journal).toEqual(['plan network']);
    // What is there to be said waits, and nothing is tried again by itself.
    w.tool.hooks.delete('version');
    await w.advance(10 * 60_000);
    host.isDown = false;
    await w.settled();
    const replies = () =>
      w.forge
        .comments(refOf(1))
        .map(({ body }) => body)
        .filter((body) => body.includes('tidegate:reply:'));
    expect(replies().join('\n')).toContain('could not be asked whether all still holds that has to');
    expect(w.tool.journal).toEqual(['plan network']);
    await w.comment(1, '/apply');
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network', 'apply network']);
  });
});
