import { afterEach, describe, expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

/* Habits of Atlantis that branch rules and people rely on; `../threats.md` names the test of each. */

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const world = async (main: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const operator = 'prefixes: [atlantis]\natlantis: [{match: "*/*"}]\n';
  const w = await createMemoryWorld({ main, operator });
  open.push(w);
  return w;
};

const opened = async (w: MemoryWorld, number: number, files: Readonly<Record<string, string>>) => {
  w.open(number, files);
  await w.event(number, 'opened');
  await w.settled();
};

const keyOf = (pullNumber: number) => ({ repositoryId: repo.id, pullNumber });
const plannedIn = async (w: MemoryWorld, number: number): Promise<readonly string[]> =>
  (await w.ports.store.runs.latest(keyOf(number)))
    .filter(({ state }) => state === 'planned')
    .map(({ project }) => project.name)
    .sort();
const says = async (w: MemoryWorld, number: number, text: string): Promise<void> => {
  await w.comment(number, text);
  await w.settled();
};

const watching = `version: 3
projects:
  - {dir: app, autoplan: {when_modified: ["../shared/**", "!../shared/docs/**"]}}
  - {dir: other}
`;
const files = {
  'app/main.tf': 'app',
  'other/main.tf': 'other',
  'shared/names.json': '{}',
  'atlantis.yaml': watching,
};

describe('a repository that comes from Atlantis', () => {
  test('a file that is renamed from one folder into another one plans both', async () => {
    const w = await world({ ...files, 'app/more.tf': 'the same\n' });
    w.open(1, {});
    w.push(1, { ...files, 'other/more.tf': 'the same\n' });
    await w.event(1, 'opened');
    await w.settled();
    expect(await plannedIn(w, 1)).toEqual(['app', 'other']);
  });

  test('when_modified decides of a bare plan as well, and ! counts from the folder of the project', async () => {
    const w = await world({ ...files, 'shared/docs/page.md': 'one' });
    await opened(w, 1, { 'shared/docs/page.md': 'two' });
    await says(w, 1, 'atlantis plan');
    expect(await plannedIn(w, 1)).toEqual([]);
    await opened(w, 2, { 'shared/names.json': '{"a": 1}' });
    expect(await plannedIn(w, 2)).toEqual(['app']);
    // By its name it is planned whatever changed.
    await says(w, 1, 'atlantis plan -p other');
    expect(await plannedIn(w, 1)).toEqual(['other']);
  });

  test('one folder and workspace under two names has two plans and two locks', async () => {
    const w = await world({
      ...files,
      'atlantis.yaml': 'version: 3\nprojects:\n  - {dir: app, name: one}\n  - {dir: app, name: two}\n',
    });
    await opened(w, 1, { 'app/main.tf': 'new' });
    expect(await plannedIn(w, 1)).toEqual(['one', 'two']);
    await says(w, 1, 'atlantis unlock -p one');
    await opened(w, 2, { 'app/main.tf': 'newer' });
    expect(await plannedIn(w, 2)).toEqual(['one']);
  });

  test('a pull request that is closed gives back every folder and workspace, and the next one has them', async () => {
    const w = await world(files);
    await opened(w, 1, { 'app/main.tf': 'one', 'other/main.tf': 'one' });
    await opened(w, 2, { 'app/main.tf': 'two', 'other/main.tf': 'two' });
    expect(await plannedIn(w, 2)).toEqual([]);
    w.edit(1, { state: 'closed' });
    await w.event(1, 'closed');
    await w.settled();
    expect(await plannedIn(w, 2)).toEqual(['app', 'other']);
  });

  test('a plan that cannot be saved, as of remote operations, is none, and nothing is applied by its text', async () => {
    const w = await world(files);
    w.tool.hooks.set('plan', () => ({
      exitCode: 1,
      text: 'Error: Saving a generated plan is currently not supported\n\nPlan: 1 to add, 0 to change, 0 to destroy.\n',
    }));
    await opened(w, 1, { 'app/main.tf': 'one' });
    expect((await w.ports.store.runs.latest(keyOf(1))).map(({ state }) => state)).toEqual(['failed']);
    await says(w, 1, 'atlantis apply');
    expect(w.tool.journal.filter((step) => step.startsWith('apply'))).toEqual([]);
  });
});
