import { afterEach, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

test('what a repository uses of others is read by the sweep, and forgotten when it is not reached any more', async () => {
  const world = await createMemoryWorld({
    main: { 'network/main.tf': 'module "it" {\n  source = "github.com/acme/modules//net"\n}\n' },
    operator: 'consumers:\n  - modules: acme/modules\n    used_by: acme/infrastructure\n',
  });
  worlds.push(world);
  const { usedModules } = world.ports.store;
  await usedModules.put({
    repo: { ...repo, id: 99, name: 'gone' },
    branch: 'main',
    commit: sha('a'.repeat(40)),
    projects: [],
  });
  world.forge.branches.setBranch(repo, 'main', world.main({ 'README.md': 'more' }));
  await world.advance(61 * 60_000);
  await world.settled();
  expect(
    (await usedModules.all()).map((one) => one.repo.name),
    world.complaints.join('\n'),
  ).toEqual(['infrastructure']);
});
