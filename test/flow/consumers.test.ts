import { afterEach, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import { createMemoryWorld, type MemoryWorld, refOf, repo } from '../support/memory-world.ts';

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

const call = (source: string): string => `module "it" {\n  source = "${source}"\n}\n`;

test('calls of modules elsewhere that may change by themselves are told where they are added or changed, with their lines', async () => {
  const world = await createMemoryWorld({
    main: { 'old/main.tf': call('git::https://example.com/old.git'), 'network/main.tf': 'small' },
    operator: 'trust: { unreadable: allow, modules: { otherwise: allow } }\n',
  });
  worlds.push(world);
  const board = (number: number): string =>
    world.forge.comments(refOf(number)).find(({ ours, body }) => ours && body.includes('tidegate:board'))
      ?.body ?? '';
  const told = async (number: number, files: Readonly<Record<string, string>>): Promise<string> => {
    world.open(number, files);
    await world.event(number, number === 1 && board(1) !== '' ? 'synchronize' : 'opened');
    await world.settled();
    return board(number);
  };
  const added = await told(1, { 'network/main.tf': `# one\n${call('git::https://example.com/new.git')}` });
  expect(added).toContain('may be something else at the next plan');
  expect(added).toContain('`network/main.tf:2`');
  expect(added).toContain('it names no `ref`');
  expect(added).not.toContain('old.git');
  // Pinned, it is nobody's worry.
  const pinned = await told(1, { 'network/main.tf': call('git::https://example.com/new.git?ref=v1.2.0') });
  expect(pinned).not.toContain('may be something else');
  // What was there before is not this pull request's.
  const beside = await told(2, { 'old/main.tf': `# more\n${call('git::https://example.com/old.git')}` });
  expect(beside).toContain('`old`');
  expect(beside).not.toContain('may be something else');
});
