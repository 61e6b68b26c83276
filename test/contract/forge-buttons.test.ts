import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckAction, CheckUpsert } from '../../src/domain/check.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

const refused = expect.objectContaining({ name: 'ForgeError', failure: 'refused' });

const button = (letter: string, label = 20, description = 40, identifier = 20): CheckAction => ({
  label: letter.repeat(label),
  description: letter.repeat(description),
  identifier: letter.repeat(identifier),
});

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('buttons of a check on the forge %s', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const completed = async (): Promise<CheckUpsert & { readonly pullNumber: number }> => {
    branches += 1;
    const ref = await world.openPull(`buttons-${branches}`);
    return {
      id: null,
      headSha: (await world.forge.pull(ref)).head.sha,
      name: 'tidegate/apply',
      status: 'completed',
      conclusion: 'success',
      title: 'Planned',
      summary: 'One project is planned.',
      text: null,
      detailsUrl: null,
      pullNumber: ref.number,
    };
  };
  const seen = ({ headSha }: CheckUpsert) =>
    world.checks().find((check) => check.headSha === headSha && check.name === 'tidegate/apply');

  test('are kept as they are given, with the number of the pull request', async () => {
    const actions = [button('a'), button('b'), button('c')];
    const check = { ...(await completed()), actions };
    await world.forge.upsertCheck(world.repo, check);
    expect(seen(check)).toMatchObject({ actions, pullNumber: check.pullNumber });
  });

  test('are those of the last write, and none where it brings none', async () => {
    const check = await completed();
    const id = await world.forge.upsertCheck(world.repo, { ...check, actions: [button('a'), button('b')] });
    await world.forge.upsertCheck(world.repo, { ...check, id, actions: [button('c')] });
    expect(seen(check)?.actions).toEqual([button('c')]);
    await world.forge.upsertCheck(world.repo, { ...check, id });
    expect(seen(check)?.actions ?? []).toEqual([]);
  });

  test.each([
    ['a fourth one', [button('a'), button('b'), button('c'), button('d')]],
    ['a longer label', [button('a', 21)]],
    ['a longer description', [button('a', 20, 41)]],
    ['a longer name', [button('a', 20, 40, 21)]],
  ])('%s is refused', async (_what, actions) => {
    const check = { ...(await completed()), actions };
    await expect(world.forge.upsertCheck(world.repo, check)).rejects.toEqual(refused);
  });
});
