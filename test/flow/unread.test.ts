/** A required check is never green for what was not looked at: files of tools that no runner reads are told. */
import { afterEach, expect, it } from 'vitest';
import { boardOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

type Files = Readonly<Record<string, string>>;
const unit = { 'live/prod/terragrunt.hcl': 'inputs = { size = 1 }\n' };
const changed = { 'live/prod/terragrunt.hcl': 'inputs = { size = 2 }\n' };
const network = { 'network/main.tf': 'terraform {\n  backend "http" {}\n}\n' };

const opened = async (main: Files, change: Files, operator = ''): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main, operator });
  worlds.push(world);
  world.open(1, change);
  await world.event(1, 'opened');
  await world.settled();
  await world.advance(2_000);
  return world;
};
const check = (world: MemoryWorld): string => titleOf(world, 1, 'tidegate/plan');
const large = { 'network/main.tf': `${network['network/main.tf']}# large\n` };
const said = '1 file of Terragrunt is read by no runner';

it('asks what to do where there is no project at all, and one line ends it', async () => {
  const world = await opened(unit, changed);
  expect(check(world)).toBe(
    `action_required: ${said}, and there is no project: the comment says what ends this`,
  );
  expect(boardOf(world)).toContain(`No project is affected, and ${said}`);
  expect(boardOf(world)).toContain('`live/prod/terragrunt.hcl`');
  expect(boardOf(world)).toContain('`projects: []`');
  // Not the one of the pull request itself: else whoever changes them would answer for everybody.
  const answersItself = await opened(unit, { ...changed, 'tidegate.yaml': 'version: 1\nprojects: []\n' });
  expect(check(answersItself)).toContain('action_required');
  const settled = await opened({ ...unit, 'tidegate.yaml': 'version: 1\nprojects: []\n' }, changed);
  expect(check(settled)).toBe(`success: No project is affected; ${said}`);
});

it('names them where the repository has projects as well, whatever else is planned', async () => {
  const alone = await opened({ ...unit, ...network }, changed);
  expect(check(alone)).toBe(`success: No project is affected; ${said}`);
  expect(boardOf(alone)).toContain(`**${said}** of this server`);
  const both = await opened({ ...unit, ...network }, { ...changed, ...large });
  expect(check(both)).toBe(`success: 1 project planned: 1 to add; ${said}`);
});

it('fails where the operator says so, and the rest is planned', async () => {
  const world = await opened({ ...unit, ...network }, { ...changed, ...large }, 'unread: fail\n');
  expect(check(world)).toBe(`failure: ${said}`);
  expect(boardOf(world)).toContain('`unread: fail`');
  expect(titleOf(world)).toContain('Waits for /apply');
});

it('says nothing where the operator allows it, or nothing of theirs is changed', async () => {
  expect(check(await opened(unit, changed, 'unread: allow\n'))).toBe('success: No project is affected');
  const other = await opened(unit, { 'README.md': 'two' });
  expect(check(other)).toBe('success: No project is affected');
});

it('names one in the folder of a project, whose runner reads the files beside it', async () => {
  const runner = { ...network, 'network/kustomization.yaml': 'resources: []\n' };
  const change = { 'network/kustomization.yaml': 'resources: [a]\n' };
  expect(check(await opened(runner, change))).toContain('1 file of kustomize is read by no runner');
});
