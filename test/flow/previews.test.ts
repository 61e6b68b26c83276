import { afterEach, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/domain/batch.ts';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  people,
  refOf,
  repo,
} from '../support/memory-world.ts';
import { createSummaryTool, type SummaryTool, type Things } from '../support/summary-tool.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const key = { repositoryId: repo.id, pullNumber: 1 };
const wish = (things: Things) => ({ 'people/wish.json': JSON.stringify(things) });
const settings = { 'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: people, runner: things }\n' };
/** Holds every project of the pull request. */
const odd = { '.gitattributes': '*.json filter=odd\n' };
const able = { untrusted: 'untrusted: preview' };

/** #1, which brings what has to be trusted, followed. */
const held = async (tool: SummaryTool, more: Partial<MemoryWorldOptions> = {}): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { ...settings, ...wish({}) },
    runners: tool.runners,
    script: tool.script,
    previews: true,
    ...more,
  });
  open.push(w);
  w.open(1, { ...wish({ ada: 'admin', grace: 'dev' }), ...odd });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};
const board = (w: MemoryWorld): string =>
  w.forge.comments(refOf(1)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
const last = (w: MemoryWorld): string =>
  w.forge.comments(refOf(1)).findLast(({ body }) => body.includes('tidegate:reply:'))?.body ?? '';
const previews = (w: MemoryWorld) => w.ports.store.previews.ofPull(key);
const runs = (w: MemoryWorld) => w.ports.store.runs.latest(key);
const phases = (tool: SummaryTool): readonly string[] => tool.journal().map(({ phase }) => phase);
const batchOf = async (w: MemoryWorld): Promise<Batch> => {
  const batch = await w.ports.store.batches.latest(key, 'plan');
  if (batch === null) throw new Error('no batch');
  return batch;
};
const trust = async (w: MemoryWorld): Promise<void> => {
  await w.comment(1, `/trust ${(await batchOf(w)).headSha.slice(0, 12)}`, people.grace);
  await w.settled();
};

describe('a project that waits for trust', () => {
  test('is shown as its tool makes it offline, and is planned once somebody gives the word', async () => {
    const tool = createSummaryTool(able);
    // What is there is none of its business.
    tool.world.set({ ada: 'dev' });
    const w = await held(tool);
    expect(board(w)).toMatchInlineSnapshot(`
      "<!-- tidegate:board:4711:1 -->
      ### Waits for trust: 1 project

      1 project: 1 waiting for trust.

      | Project | Add | Change | Replace | Destroy | State | Next |
      |:--|--:|--:|--:|--:|:--|:--|
      | \`people\` | – | – | – | – | ⚠ **waits for trust** | \`/trust 6b431eabe35c\` |

      > [!WARNING]
      > **Waits for trust: \`people\`.** This commit brings what the base branch does not have, and none of it has run with a credential. Somebody else who may write to the repository looks at it and comments \`/trust 6b431eabe35c\`; then it is planned by itself. Below is what a tool makes of it offline, as an unverified preview.

      - \`.gitattributes:1\` has git make other files of those that are reviewed: \`*.json filter=odd\`.

      <details><summary><b><code>people</code></b>: unverified preview, 2 to add</summary>

      Folder \`people\` · things \`1.0.0\`

      **Unverified:** rendered offline, without a look at what is there, from code that nobody trusted yet. It is no plan, and nothing of it can be applied.

      \`\`\`diff
      + create thing/ada
      +     value = "admin"
      + create thing/grace
      +     value = "dev"
      \`\`\`

      </details>

      <sub>Commit \`6b431eabe35c\` into \`main\` · \`/help\` lists the commands</sub>

      <!-- tidegate:facts {"v":1,"repository":"acme/infrastructure","pull":1,"head":"6b431eabe35c32b1336ac2774a45ae72ba7d0817","base":"a9200768973fb64a34d8553ec2e3e2da2619e806","projects":[{"name":"people","dir":"people","workspace":"default","runner":"things","plan":null,"apply":null}],"more":0} 0a92c3f6de0e8f27d01123b3cd709137416c263f4588feee0089bbb7353ae4b5 -->
      "
    `);
    expect(tool.journal().map(({ phase, told }) => [phase, told['TIDEGATE_TRUSTED']])).toEqual([
      ['prepare', 'no'],
      ['plan', 'no'],
    ]);
    expect(await runs(w)).toEqual([]);
    expect(await w.ports.store.locks.ofPull(key)).toEqual([]);
    const checks = w.forge
      .checks(repo)
      .map(({ name, title, conclusion }) => `${name}: ${conclusion}, ${title}`);
    expect(checks).toMatchInlineSnapshot(`
      [
        "tidegate/plan: action_required, Waits for /trust 6b431eabe35c: people",
        "tidegate/apply: action_required, Waits for /trust 6b431eabe35c: people",
        "tidegate: people: action_required, Waits for trust: only previewed, offline",
      ]
    `);

    await trust(w);
    expect(await previews(w)).toEqual([]);
    expect(board(w)).not.toContain('preview');
    expect(await runs(w)).toMatchObject([
      {
        verb: 'plan',
        state: 'planned',
        plan: { summary: { counts: { create: 1, update: 1 }, words: { verified: true } } },
      },
    ]);
    await w.comment(1, '/apply');
    await w.settled();
    expect(tool.world.get()).toEqual({ ada: 'admin', grace: 'dev' });
  });

  test('cannot be applied by it, by whoever and with whatever word', async () => {
    const tool = createSummaryTool(able);
    const w = await held(tool);
    for (const text of ['/apply', '/apply -p people', '/plan', '/plan -p people', '/apply -d people']) {
      await w.comment(1, text, people.margaret);
      await w.settled();
      expect(last(w)).toContain('trust');
    }
    expect(phases(tool)).not.toContain('apply');
    expect(await runs(w)).toEqual([]);
    expect(w.blobs.stored.size).toBe(0);
  });

  test('is not looked at where its runner does not say that it can, or the server has no place for it', async () => {
    for (const [lines, more] of [
      [{}, {}],
      [able, { previews: false }],
    ] as const) {
      const tool = createSummaryTool(lines);
      const w = await held(tool, more);
      expect(board(w)).toContain('and none of it has run.');
      expect(phases(tool)).toEqual([]);
      expect(await previews(w)).toEqual([]);
    }
  });

  test('is not looked at where the operator refuses what it brings', async () => {
    const tool = createSummaryTool(able);
    const w = await held(tool, { operator: 'trust: { unreadable: allow, git_attributes: refuse }\n' });
    expect(board(w)).toContain('Refused');
    expect(phases(tool)).toEqual([]);
  });

  test('says calmly what its tool could not do', async () => {
    const tool = createSummaryTool(able);
    tool.behave({ preview: { exit: 1, says: 'this chart is fetched' } });
    const w = await held(tool);
    expect(board(w)).toContain('<b><code>people</code></b>: no preview</summary>');
    expect(board(w)).toContain('this chart is fetched');
    expect(board(w)).toContain('### Waits for trust: 1 project');
    await trust(w);
    expect(await runs(w)).toMatchObject([{ verb: 'plan', state: 'planned' }]);
  });

  test('is previewed by the next server where one died, anew with a push, and not any more once it is closed', async () => {
    const tool = createSummaryTool(able);
    const w = await held(tool);
    const batch = await batchOf(w);
    const { project } = (await previews(w))[0] ?? { project: null };
    if (project === null) throw new Error('no preview');
    await w.ports.store.previews.settle(batch, { make: [project], keep: [] });
    await w.crash();
    await w.settled();
    expect(await previews(w)).toMatchObject([{ state: 'made', batchId: batch.id }]);
    w.open(1, wish({ joan: 'dev' }));
    await w.event(1, 'synchronize');
    await w.settled();
    expect(board(w)).toContain('create thing/joan');
    expect(board(w)).not.toContain('thing/ada');
    w.edit(1, { state: 'closed' });
    await w.event(1, 'closed');
    await w.settled();
    expect(await previews(w)).toEqual([]);
  });
});
