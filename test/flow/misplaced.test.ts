/** What `tidegate validate` calls a problem: nobody looked at what was meant, so no check is green. */
import { afterEach, describe, expect, it } from 'vitest';
import { titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const stack = 'terraform {\n  backend "http" {}\n}\n';
const main = { 'live/prod/main.tf': stack, 'net/main.tf': stack, 'README.md': 'one' };
const listed = (entry: string) => ({ 'tidegate.yaml': `version: 1\nprojects: [{dir: net}, ${entry}]\n` });

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const checks = async (
  base: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const world = await createMemoryWorld({ main: { ...main, ...base } });
  worlds.push(world);
  world.open(1, change);
  await world.event(1, 'opened');
  await world.settled();
  await world.advance(2_000);
  return ['tidegate/plan', 'tidegate/apply'].map((name) => titleOf(world, 1, name));
};

const green = ['success: No project is affected', 'success: Nothing to apply'];
const asked = (sentence: string) => [`action_required: ${sentence}`, `action_required: ${sentence}`];

describe('a project that is listed with', () => {
  it.each([
    ['a folder that is not there', '{dir: live/prd}', 'Project live/prd: there is no folder live/prd.'],
    [
      'a file of variables that is not there',
      '{dir: live/prod, var_files: [dev.tfvars]}',
      'Project live/prod: there is no file live/prod/dev.tfvars in the repository.',
    ],
    [
      'a runner that this server does not have',
      '{dir: live/prod, runner: pulumi}',
      'Project live/prod asks for the runner pulumi.',
    ],
  ])('%s: no pull request is green, whatever it changes', async (_, entry, sentence) => {
    expect(await checks(listed(entry), { 'live/prod/new.tf': '' })).toEqual(asked(sentence));
    expect(await checks(listed(entry), { 'README.md': 'two' })).toEqual(asked(sentence));
    expect(await checks({}, listed(entry))).toEqual(asked(sentence));
    // Its twin: with the right entry nothing is said.
    expect(await checks(listed('{dir: live/prod}'), { 'README.md': 'two' })).toEqual(green);
  });

  it('none of it once the pull request itself corrects it', async () => {
    expect(await checks(listed('{dir: live/prd}'), listed('{dir: live/prod}'))).toEqual([
      'success: 1 project planned: 1 to add',
      'action_required: Waits for /apply -p live/prod (1 to add)',
    ]);
  });
});
