import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckAnnotation, CheckUpsert } from '../../src/domain/check.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

const on = (line: number, more: Partial<CheckAnnotation> = {}): CheckAnnotation => ({
  path: 'live/main.tf',
  startLine: line,
  endLine: line,
  level: 'warning',
  title: `Destroys what is on line ${line}`,
  message: 'It is destroyed.\nAnd so is the other.',
  ...more,
});

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('annotations of a check on the forge %s', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const completed = async (): Promise<CheckUpsert> => {
    branches += 1;
    const ref = await world.openPull(`annotations-${branches}`);
    return {
      id: null,
      headSha: (await world.forge.pull(ref)).head.sha,
      name: 'tidegate/plan',
      status: 'completed',
      conclusion: 'success',
      title: 'Planned',
      summary: 'One project is planned.',
      text: null,
      detailsUrl: null,
    };
  };
  const seen = ({ headSha }: CheckUpsert) => world.checks().filter((check) => check.headSha === headSha);
  const write = (check: CheckUpsert, more: Partial<CheckUpsert>) =>
    world.forge.upsertCheck(world.repo, { ...check, ...more });

  test('are kept as they are given', async () => {
    const check = await completed();
    const annotations = [on(1), on(2, { level: 'failure', endLine: 3 })];
    await write(check, { annotations });
    expect(seen(check).map((one) => one.annotations)).toEqual([annotations]);
  });

  test('are there once, however often they are written', async () => {
    const check = await completed();
    const annotations = [on(1), on(2)];
    const id = await write(check, { annotations });
    await write(check, { id, annotations, title: 'Said again' });
    // Nobody heard how the last write ended.
    await write(check, { id: null, annotations });
    expect(seen(check).map((one) => one.annotations)).toEqual([annotations]);
  });

  test('are there once where the answer was lost', async () => {
    const check = await completed();
    world.failNextCreate('upsertCheck', 'lost answer');
    await expect(write(check, { annotations: [on(1)] })).rejects.toMatchObject({ failure: 'unavailable' });
    await write(check, { annotations: [on(1)] });
    expect(seen(check).map((one) => one.annotations)).toEqual([[on(1)]]);
  });

  test('come to what is there already, and stay where nothing is said of them', async () => {
    const check = await completed();
    const id = await write(check, { status: 'in_progress', conclusion: null });
    await write(check, { id, annotations: [on(1)] });
    await write(check, { id, annotations: [on(1), on(2)] });
    await write(check, { id, title: 'Said again' });
    expect(seen(check).map((one) => one.annotations)).toEqual([[on(1), on(2)]]);
  });

  test.each([
    ['another', [on(2)]],
    ['none', []],
  ])('that are true no more are on no check that counts: now %s', async (_what, annotations) => {
    const check = await completed();
    const id = await write(check, { annotations: [on(1)] });
    const next = await write(check, { id, annotations });
    expect(next).not.toBe(id);
    await write(check, { id: null, annotations, title: 'Said again' });
    expect(seen(check).map((one) => one.annotations ?? [])).toEqual([[on(1)], annotations]);
  });

  test('are at most fifty', async () => {
    const check = await completed();
    const many = (count: number) => Array.from({ length: count }, (_, index) => on(index + 1));
    await expect(write(check, { annotations: many(51) })).rejects.toMatchObject({ failure: 'refused' });
    await write(check, { annotations: many(50) });
    expect(seen(check).map((one) => one.annotations?.length)).toEqual([50]);
  });
});
