import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Drift } from '../../src/domain/drift/drift.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { ask, eventually, open, stateOf } from '../support/acts.ts';
import { seriesOf } from '../support/exposition.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const network = (input: string) => `resource "terraform_data" "vpc" {
  input = "${input}"
}
resource "terraform_data" "subnet" {
  input = "fixed"
}
output "name" {
  value = terraform_data.vpc.output
}
`;

/** A project that is looked at, with two resources and an output; and what is done to it behind Tidegate's back. */
const watched = async () => {
  const got: { ports?: FlowPorts } = {};
  const story = await tellStory({
    operator: 'drift: { jitter: 0m }\n',
    app: {
      around: (ports) => {
        got.ports = ports;
        return ports;
      },
    },
    files: (state) => ({
      'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: network, drift: detect }\n',
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': network('one'),
    }),
  });
  const { ports } = got;
  if (ports === undefined) throw new Error('there is no server');
  const { store } = ports;
  const stateFile = path.join(story.world.stateFolder, 'network.tfstate');
  const aside = path.join(story.folder, 'aside');
  /** Somebody's own terraform, on the same state. */
  const terraform = (...args: readonly string[]) => execa('terraform', args, { cwd: aside });
  const row = async (): Promise<Drift> => {
    const { key } = (await store.tracked.all())[0] ?? {};
    const drift = key === undefined ? null : await store.drifts.get(key);
    if (drift === null) throw new Error('nobody looks at it');
    return drift;
  };
  const looked = (after: number | null): Promise<Drift> =>
    eventually(async () => {
      const drift = await row();
      expect(drift).toMatchObject({ underWay: null, askedAt: null });
      expect(drift.checkedAt).not.toBe(after);
      return drift;
    });
  return {
    story,
    store,
    stateFile,
    terraform,
    row,
    looked,
    /** A look, now. */
    look: async (): Promise<Drift> => {
      const { project, checkedAt } = await row();
      await store.drifts.ask(project, Date.now());
      // Whatever is heard of rings for everybody.
      await story.ada.comment(1, '/help');
      return looked(checkedAt);
    },
    /** A checkout of somebody's own. */
    setAside: async (input: string): Promise<void> => {
      await mkdir(aside, { recursive: true });
      await writeFile(path.join(aside, 'backend.tf'), localBackend(story.world.stateFolder, 'network'));
      await writeFile(path.join(aside, 'main.tf'), network(input));
      await terraform('init', '-no-color');
    },
    /** While somebody has the lock of the state: an apply that waits for a yes. */
    whileLocked: async <T>(act: () => Promise<T>): Promise<T> => {
      const somebody = spawn('terraform', ['apply', '-no-color', '-replace=terraform_data.vpc'], {
        cwd: aside,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const ended = new Promise((resolve) => somebody.once('exit', resolve));
      let said = '';
      somebody.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      try {
        await eventually(() => expect(said).toContain('Enter a value'));
        return await act();
      } finally {
        somebody.stdin.end('no\n');
        await ended;
      }
    },
  };
};

const merge = (story: Story, number: number) =>
  ask(story, 'ada', 'PUT', `/pulls/${number}/merge`, { merge_method: 'merge' });

const checkRuns = z.object({
  check_runs: z.array(
    z.object({
      name: z.string(),
      conclusion: z.string().nullable(),
      output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }),
    }),
  ),
});
const ref = z.object({ object: z.object({ sha: z.string() }) });

/** The check on the newest commit of `main`. */
const check = async (story: Story): Promise<string> => {
  await story.settled();
  const { sha } = ref.parse(await ask(story, 'ada', 'GET', '/git/ref/heads/main')).object;
  const all = checkRuns.parse(await ask(story, 'ada', 'GET', `/commits/${sha}/check-runs`)).check_runs;
  return all
    .filter(({ name }) => name === 'tidegate/drift')
    .map(({ conclusion, output }) => `${conclusion}: ${output.title}\n${output.summary}`)
    .join('\n');
};

/** How many looks said so. */
const counted = async (story: Story, outcome: string): Promise<number> => {
  const { series } = seriesOf(await (await fetch(`${story.world.app.pagesUrl}/metrics`)).text());
  return series.get(`tidegate_drift_looks_total{outcome="${outcome}"}`) ?? 0;
};

const told = async ({ store }: Awaited<ReturnType<typeof watched>>): Promise<readonly string[]> => {
  const { repo } = (await store.tracked.all())[0] ?? {};
  const events = await store.audit.ofPull({ repositoryId: repo?.id ?? 0, pullNumber: 0 });
  return events.map(({ kind }) => kind).filter((kind) => kind.startsWith('drift.'));
};

it('what is done to a state behind Tidegate’s back is found, told once, and over when it was put right', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  const it = await watched();
  await using story = it.story;
  await open(story, 'two', { 'network/main.tf': network('two') });
  await story.settled();
  await story.grace.comment(1, '/apply');
  await story.settled();
  await merge(story, 1);
  await story.settled();
  await it.setAside('two');

  // Nothing was changed.
  const before = await readFile(it.stateFile);
  expect(await it.look()).toMatchObject({ status: 'clean', counts: {}, outputs: 0, because: null });
  expect(await check(story)).toMatch(/^success: No drift\n/);
  expect((await readFile(it.stateFile)).equals(before)).toBe(true);
  // One or two: the look behind the apply may be the one that was asked for.
  const first = await counted(story, 'clean');

  // One is to be replaced, and one is not in the state any more.
  await it.terraform('taint', 'terraform_data.vpc');
  await it.terraform('state', 'rm', 'terraform_data.subnet');
  const changed = await readFile(it.stateFile);
  const found = await it.look();
  expect(found).toMatchObject({ status: 'drifted', consecutive: 1, counts: { replace: 1, create: 1 } });
  const drifts = await check(story);
  expect(drifts).toMatch(/^neutral: 1 project drifts\n/);
  expect(drifts).toContain('1 resource to create and 1 resource to replace');

  // The same once more, while somebody has the lock of the state.
  const again = await it.whileLocked(it.look);
  expect(again).toMatchObject({ status: 'drifted', because: null, consecutive: 2, since: found.since });
  expect(again.fingerprint).toBe(found.fingerprint);
  expect((await readFile(it.stateFile)).equals(changed)).toBe(true);
  expect(await told(it)).toEqual(['drift.clean', 'drift.drifted']);

  await it.terraform('apply', '-auto-approve', '-no-color');
  expect(await it.look()).toMatchObject({ status: 'clean', consecutive: 0, fingerprint: null });
  expect(await check(story)).toMatch(/^success: No drift\n/);
  expect(await told(it)).toEqual(['drift.clean', 'drift.drifted', 'drift.clean']);

  // Each of these looks is counted.
  expect(await counted(story, 'drifted')).toBe(2);
  expect((await counted(story, 'clean')) - first).toBe(1);
  expect(await counted(story, 'failed')).toBe(0);

  // An output alone is nobody's world.
  const state = z
    .looseObject({ serial: z.number(), outputs: z.record(z.string(), z.looseObject({})) })
    .parse(JSON.parse(await stateOf(story, 'network')));
  const edited = { ...state.outputs, name: { ...state.outputs['name'], value: 'edited' } };
  await writeFile(it.stateFile, JSON.stringify({ ...state, serial: state.serial + 1, outputs: edited }));
  expect(await it.look()).toMatchObject({ status: 'clean', counts: {}, outputs: 1, fingerprint: null });
  expect(await told(it)).toHaveLength(3);
  expect(await it.store.locks.all()).toEqual([]);

  // Put right on a pull request: it is looked at as soon as the branch has what the world has.
  await it.terraform('taint', 'terraform_data.subnet');
  expect(await it.look()).toMatchObject({ status: 'drifted', counts: { replace: 1 } });
  await open(story, 'mend', { 'network/why.tf': '# somebody tainted it\n' });
  await story.settled();
  await story.grace.comment(2, '/apply');
  const ahead = async () => (await it.row()).putOff?.because;
  await eventually(async () => expect(await ahead()).toContain('#2 is applied and not merged'));
  await merge(story, 2);
  await story.settled();
  expect(await it.look()).toMatchObject({ status: 'clean', outputs: 0, putOff: null });
  expect(await check(story)).toMatch(/^success: No drift\n/);
});
