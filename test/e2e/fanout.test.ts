import { expect, test } from 'vitest';
import { personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf } from '../../src/demo/world.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend } from '../support/story.ts';

const projects = 50;

const filesOf = (stateFolder: string): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ['modules/part/main.tf', 'resource "terraform_data" "part" {\n  input = "before"\n}\n'],
    ...Array.from({ length: projects }, (_, at): readonly (readonly [string, string])[] => [
      [`live/service-${at}/main.tf`, 'module "part" {\n  source = "../../modules/part"\n}\n'],
      [`live/service-${at}/backend.tf`, localBackend(stateFolder, `service-${at}`)],
    ]).flat(),
  ]);

test('fifty projects of one pull request: one fetch and at most thirty calls of GitHub', {
  tags: ['long'],
  timeout: 480_000,
}, async () => {
  const folder = temporaryFolder('fanout');
  const requests: string[] = [];
  const world = await startWorld({
    folder,
    files: filesOf(stateFolderOf(folder)),
    people: { ada: 'admin' },
    environment: { PATH: process.env['PATH'] },
    operator: 'parallel_runs: 2\n',
    hub: { requested: (method, path) => requests.push(`${method} ${path}`) },
  });
  try {
    const ada = personOf(world, 'ada');
    await world.settled();
    const change = (input: string) => ({
      'modules/part/main.tf': `resource "terraform_data" "part" {\n  input = "${input}"\n}\n`,
    });
    /** What one event has the server ask for, until everything is told. */
    const asked = async (event: () => Promise<unknown>) => {
      requests.length = 0;
      await event();
      await world.settled();
      const api = requests.filter((one) => / \/api\/(?:v3|graphql)/.test(one));
      const git = requests.filter((one) => one.includes('/info/refs?service=git-upload-pack'));
      return { api: api.length, fetches: git.length };
    };
    await ada.push('change', change('first'), 'First');
    const opened = await asked(() => ada.openPull('change', 'Change the part'));
    const pushed = await asked(() =>
      world.hub.pushFiles(world.repository, 'change', {
        as: 'ada',
        message: 'Second',
        files: change('second'),
      }),
    );
    expect(opened.fetches, 'the first also fetches the files of what was there before').toBeLessThanOrEqual(
      2,
    );
    expect(pushed.fetches).toBe(1);
    expect(opened.api).toBeLessThanOrEqual(30);
    expect(pushed.api).toBeLessThanOrEqual(30);
  } finally {
    await world.close();
  }
});
