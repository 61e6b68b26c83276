import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, open, row, stateOf } from '../support/acts.ts';
import { storedRuns, tellInspected } from '../support/deliver.ts';
import { gated } from '../support/gated-tool.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { startMain } from '../support/main-process.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const projects = ['network', 'database', 'web'];
const files = (state: string) =>
  Object.assign(
    {},
    ...projects.map((name) => ({
      [`${name}/backend.tf`]: localBackend(state, name),
      [`${name}/main.tf`]: resource('small'),
    })),
  );
const large = Object.fromEntries(projects.map((name) => [`${name}/main.tf`, resource('large')]));

const planned = async (story: Story) => {
  for (const name of projects) expect(await row(story, 1, name)).toContain('| 1 | 0 | 0 | 0 | planned |');
  expect(await story.checks(1)).toContain('tidegate/plan: success, 3 projects planned: 3 to add');
};

describe('a restart', () => {
  it('while a plan runs and others wait: all are planned by the next server, none twice on the board', {
    tags: ['long'],
  }, async () => {
    const gate = await gated('plan');
    await using story = await tellStory({
      files,
      environment: gate.environment,
      operator: 'parallel_runs: 1\n',
      logLevel: 'silent',
    });
    await open(story, 'change', large);
    await gate.waits();
    await story.world.restart();
    await gate.open();
    await story.settled();
    await planned(story);
    await story.world.restart();
    await story.settled();
    await planned(story);
    expect(await story.replies(1)).toEqual([]);
  });

  it('with reports unsent: they are sent by the next server', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files, logLevel: 'silent' });
    const { hub } = story.world;
    hub.faults.route({ method: 'POST', path: /comments$|check-runs$/ }, { kind: 'status', status: 503 });
    await open(story, 'change', large);
    // Down for GitHub, but not for git: the plans are made.
    await eventually(() => expect(storedRuns(story)).toEqual(Array(3).fill('plan planned')));
    await story.world.restart();
    await story.world.restart();
    hub.faults.clear();
    await story.settled();
    await planned(story);
    expect(storedRuns(story)).toHaveLength(3);
  });

  it('that drains while an apply runs: it waits for its end; one that had not begun is not begun by itself', {
    tags: ['long'],
  }, async () => {
    const gate = await gated('apply');
    await using story = await tellStory({ files, environment: gate.environment, logLevel: 'silent' });
    await open(story, 'change', large);
    await story.settled();
    await story.ada.comment(1, '/apply');
    await gate.waits();
    const restarted = story.world.restart('drain');
    await eventually(async () => {
      const answer = await fetch(`${story.world.app.url}/readyz`);
      expect([answer.status, await answer.text()]).toEqual([503, 'not ready: it is being stopped']);
    });
    await gate.open();
    await restarted;
    await story.settled();
    const states = await Promise.all(projects.map((name) => stateOf(story, name)));
    expect(states.map((text) => text.includes('large')).sort()).toEqual([false, false, true]);
    expect((await story.replies(1)).join()).toContain('is never begun a second time by itself');
    await story.ada.comment(1, '/apply');
    await story.settled();
    for (const name of projects) {
      expect(await row(story, 1, name)).toContain('| ✓ applied |');
      expect(JSON.parse(await stateOf(story, name))).toMatchObject({ serial: 1 });
    }
  });
});

describe('a second server on the same data folder', () => {
  it('waits, says so, and exits 1; or goes on where the first one ended', { tags: ['long'] }, async () => {
    const told = await tellInspected({ files });
    await using story = told.story;
    const environment = { ...told.environment, LOG_LEVEL: 'info' };
    const second = startMain(['serve'], environment, story.folder);
    await second.said('Another Tidegate works on the data folder');
    await open(story, 'change', large);
    await story.settled();
    await planned(story);
    expect(await second.ended).toBe(1);
    expect(second.text()).toContain('it did not end within 10 s');
    expect(second.text()).toContain('`TIDEGATE_DATA_DIR`');
    expect(second.text()).not.toContain('tidegate is ready');

    const third = startMain(['serve'], environment, story.folder);
    await third.said('Another Tidegate works on the data folder');
    await story.world.app.stop();
    await third.said('tidegate is ready');
    third.signal('SIGTERM');
    expect(await third.ended).toBe(0);
  });
});

describe('a server that must not start', () => {
  it('says everything that is wrong, shows no secret, and exits 2', { tags: ['long'] }, async () => {
    const told = await tellInspected({ files });
    await using _story = told.story;
    const folder = temporaryFolder('refused');
    const operator = path.join(folder, 'operator.yaml');
    await writeFile(operator, 'prefixes: [atlantis]\n');
    const weak = 'fifteen-bytes-!';
    const base = { ...told.environment, TIDEGATE_DATA_DIR: path.join(folder, 'data') };
    const refusals: readonly [changed: Readonly<Record<string, string>>, ...words: readonly string[]][] = [
      [{ WEBHOOK_SECRET: 'development' }, 'the word that everybody uses'],
      [{ WEBHOOK_SECRET: '' }, '`WEBHOOK_SECRET` is not set'],
      [{ WEBHOOK_SECRET: weak }, 'shorter than 16 bytes'],
      [{ TIDEGATE_CONFIG: operator }, '`allow`'],
      [
        { WEBHOOK_SECRET: weak, TIDEGATE_CONFIG: operator, PORT: 'eighty', APP_ID: '' },
        'shorter than 16 bytes',
        '`allow`',
        '`PORT`',
        '`APP_ID`',
      ],
    ];
    const refused = async ([changed, ...words]: (typeof refusals)[number]) => {
      const server = startMain(['serve'], { ...base, ...changed }, folder);
      expect(await server.ended, server.text()).toBe(2);
      for (const word of words) expect(server.text()).toContain(word);
      expect(server.text()).not.toContain(weak);
      expect(server.text()).not.toContain('    at ');
    };
    const used = (...args: readonly string[]) => startMain(args, base, folder).ended;
    const [codes] = await Promise.all([
      Promise.all([used('sreve'), used('serve', '--prot', '1'), used('demo', '--scritp'), used('help')]),
      ...refusals.map(refused),
    ]);
    expect(codes).toEqual([2, 2, 2, 0]);
    await expect(access(path.join(folder, 'data'))).rejects.toThrow('ENOENT');
  });
});
