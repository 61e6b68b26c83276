/** Files that Terraform's `local-exec` wrote, and a tool of somebody's own that watches them: deleted behind everybody's back. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Drift } from '../../src/domain/drift/drift.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { ask, eventually, open } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt'];
const textOf = (name: string, edition: number): string => `${name}, edition ${edition}`;
const wanted = (edition: number) =>
  JSON.stringify(Object.fromEntries(names.map((name) => [name, textOf(name, edition)])));

/** Each file is written by a provisioner: Terraform never looks at it again. */
const site = (folder: string, edition: number) => `resource "terraform_data" "file" {
  for_each = toset(${JSON.stringify(names)})
  input    = "\${each.key}, edition ${edition}"
  triggers_replace = "${edition}"
  provisioner "local-exec" {
    command     = "printf '%s' \\"$TEXT\\" > \\"$FILE\\""
    environment = { TEXT = self.input, FILE = "${folder}/\${each.key}" }
  }
}
`;

const tool = (folder: string): string => {
  const runners = path.join(temporaryFolder('watch'), 'runners');
  const own = path.join(runners, 'watch');
  cpSync(fileURLToPath(new URL('../fixtures/file-watch', import.meta.url)), own, { recursive: true });
  chmodSync(path.join(own, 'watch.mjs'), 0o755);
  const file = path.join(own, 'runner.yml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('FOLDER', folder));
  return runners;
};

const scene = async () => {
  const folder = path.join(temporaryFolder('files'), 'site');
  mkdirSync(folder);
  const got: { ports?: FlowPorts } = {};
  const story = await tellStory({
    operator: `runners: [${tool(folder)}]\ndrift: { jitter: 0m }\nrepositories: [{ match: "*/*", drift: { most: apply } }]\n`,
    app: { around: (ports) => (got.ports = ports) },
    files: (state) => ({
      'tidegate.yaml': `version: 1
projects:
  - { name: site, dir: site }
  - { name: files, dir: files, runner: watch, depends_on: [site], drift: { mode: apply, threshold: 1, schedule: { cron: "* * * * *" } } }
`,
      'site/backend.tf': localBackend(state, 'site'),
      'site/main.tf': site(folder, 0),
      'files/files.json': wanted(0),
    }),
  });
  const { ports } = got;
  if (ports === undefined) throw new Error('there is no server');
  const { store } = ports;
  const drift = async (): Promise<Drift | null> => {
    const files = (await store.tracked.all()).find(({ project }) => project.name === 'files');
    return files === undefined ? null : store.drifts.get(files.key);
  };
  return {
    story,
    drift,
    there: () =>
      Object.fromEntries(
        readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
      ),
    remove: (...gone: readonly string[]) => {
      for (const name of gone) rmSync(path.join(folder, name));
    },
    /** A look, now and not within the minute. */
    look: async (): Promise<void> => {
      const { project } = (await drift()) ?? {};
      if (project === undefined) throw new Error('nobody looks at it');
      await store.drifts.ask(project, Date.now());
      // Whatever is heard of rings for everybody.
      await story.ada.comment(1, '/help');
    },
    /** Waits for looks that come by themselves, each minute. */
    soon: <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 150_000, interval: 250 }),
    change: (edition: number) => ({
      'site/main.tf': site(folder, edition),
      'files/files.json': wanted(edition),
    }),
    audit: async (number: number): Promise<readonly string[]> => {
      const [one] = await store.tracked.all();
      const events = await store.audit.ofPull({ repositoryId: one?.repo.id ?? 0, pullNumber: number });
      return events.map(({ kind }) => kind);
    },
  };
};

const issueList = z.array(
  z.object({ number: z.number(), title: z.string(), state: z.string(), comments: z.number() }),
);
const issues = async (story: Story) =>
  issueList
    .parse(await ask(story, 'ada', 'GET', '/issues?state=all'))
    .filter(({ title }) => /drift/i.test(title));

it('are found within one interval, told once, put back within the limits, and by people beyond them; and quiet after that', {
  tags: ['long'],
  timeout: 600_000,
}, async () => {
  const all = await scene();
  await using story = all.story;
  const { ada } = story;
  const whole = JSON.parse(wanted(1));
  await open(story, 'site', all.change(1));
  await story.settled();
  // Terraform writes them, so there is nothing left for who watches.
  await ada.comment(1, '/apply');
  await story.settled();
  expect(all.there()).toEqual(whole);
  expect(await story.board(1)).toMatch(/\| `files` \|.*no changes/);
  await ada.merge(1);
  await story.settled();
  await all.soon(async () => expect(await all.drift()).toMatchObject({ status: 'clean' }));
  expect(await issues(story)).toEqual([]);

  // One of four is within the limits: told, and put back without anybody.
  const removedAt = Date.now();
  all.remove('b.txt');
  await all.soon(async () => expect(all.there()).toEqual(whole));
  const tookMs = Date.now() - removedAt;
  // One interval, and the plan and the apply of it.
  expect(tookMs).toBeLessThan(90_000);
  await all.soon(async () => expect(await all.drift()).toMatchObject({ status: 'clean' }));
  await eventually(async () => expect(await issues(story)).toMatchObject([{ state: 'closed' }]));
  const [issue] = await issues(story);
  const number = issue?.number ?? 0;
  expect(await all.audit(number)).toEqual(expect.arrayContaining(['drift.correcting', 'apply.applied']));

  // Two are not: it is said so, and somebody puts them back.
  all.remove('a.txt', 'd.txt');
  await all.look();
  await all.soon(async () => expect(await issues(story)).toMatchObject([{ number, state: 'open' }]));
  await all.soon(async () =>
    expect(await all.drift()).toMatchObject({ status: 'drifted', counts: { create: 2 } }),
  );
  await eventually(async () => {
    const body = z
      .object({ body: z.string() })
      .parse(await ask(story, 'ada', 'GET', `/issues/${number}`)).body;
    expect(body).toContain('It would change 2 of 4 resources');
  });
  expect(Object.keys(all.there())).toHaveLength(2);
  await ada.comment(number, '/plan');
  await story.settled();
  await ada.comment(number, '/apply');
  await story.settled();
  expect(all.there()).toEqual(whole);
  await all.soon(async () => expect(await issues(story)).toMatchObject([{ number, state: 'closed' }]));

  // What closing it brings about is over as well.
  await story.settled();

  // Quiet: the next look by itself finds nothing, and says nothing.
  const { checkedAt } = (await all.drift()) ?? {};
  const before = [await issues(story), await all.audit(number)];
  await all.look();
  await all.soon(async () => expect((await all.drift())?.checkedAt).not.toBe(checkedAt));
  await story.settled();
  expect(await all.drift()).toMatchObject({ status: 'clean' });
  expect([await issues(story), await all.audit(number)]).toEqual(before);
  expect(all.there()).toEqual(whole);
});
