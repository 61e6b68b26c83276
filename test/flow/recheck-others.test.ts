/** What changes a state without a plan asks everything again right before its tool, as an apply does (`recheck.test.ts`). */
import { afterEach, describe, expect, test } from 'vitest';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  people,
  refOf,
  repo,
} from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const lockId = 'b6b08093-46a8-bb3d-8fa9-f03dc493c798';
const held = `Error: Error acquiring the state lock\n\nError message: no\nLock Info:\n  ID:        ${lockId}\n  Operation: OperationTypeApply\n  Who:       tidegate@server\n`;

/** #1 changes `network`, planned. Counts what changes a state. */
const world = async (recheck?: MemoryWorldOptions['recheck']): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { 'network/main.tf': tf('one') },
    ...(recheck === undefined ? {} : { recheck }),
  });
  open.push(w);
  for (const step of ['import', 'force-unlock'])
    w.tool.hooks.set(step, (dir) => {
      w.tool.journal.push(`${step} ${dir}`);
      return {};
    });
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const askedBy = (w: MemoryWorld): number =>
  w.forge.comments(refOf(1)).findLast(({ author }) => author.kind === 'user')?.id ?? 0;
const answer = (w: MemoryWorld): string =>
  w.forge.comments(refOf(1)).findLast(({ body }) => body.includes('tidegate:reply:'))?.body ?? '';
const withoutRecheck = { withinMs: Number.POSITIVE_INFINITY, tries: 0 };

const happenings: Readonly<Record<string, readonly [(w: MemoryWorld) => unknown, string]>> = {
  'it is closed': [(w) => w.edit(1, { state: 'closed' }), 'closed'],
  'it is pushed to': [(w) => w.open(1, { 'network/main.tf': tf('three') }), 'plan-stale'],
  'the base moves in a file of the project': [(w) => w.main({ 'network/more.tf': '# more\n' }), 'plan-stale'],
  'the comment is edited': [(w) => w.forge.editComment(repo, askedBy(w), 'No.'), 'comment-changed'],
  'whoever asked may not write any more': [
    (w) => w.forge.setPermission(repo, 'ada', 'read'),
    'not-permitted',
  ],
};

describe('/import, whose state was read and kept', () => {
  const importWith = async (w: MemoryWorld, happens: (w: MemoryWorld) => unknown) => {
    let happened = false;
    w.tool.hooks.set('state', async () => {
      if (!happened) await happens(w);
      happened = true;
      return { data: '{"version": 4, "serial": 7, "lineage": "l"}' };
    });
    await w.comment(1, '/import -p network a.b id');
    await w.settled();
    expect(happened).toBe(true);
  };

  test.for(Object.entries(happenings))('is not done when %s', async ([, [happens, code]]) => {
    const w = await world();
    await importWith(w, happens);
    expect(w.tool.journal).not.toContain('import network');
    const run = (await w.ports.store.runs.latest(key)).find(({ verb }) => verb === 'import');
    expect(run).toMatchObject({ state: 'failed', problem: { code } });
    expect(answer(w)).toContain('it was not done');
  });

  test.for(Object.entries(happenings))('the twin: it is done when %s', async ([, [happens]]) => {
    const w = await world(withoutRecheck);
    await importWith(w, happens);
    expect(w.tool.journal).toContain('import network');
  });
});

describe('/recover force-unlock, whose state was looked at', () => {
  /** An apply of which nobody knows how it ended has left a lock; `happens` comes when the tool has said whose it is. */
  const unlockWith = async (w: MemoryWorld, happens: (w: MemoryWorld) => unknown) => {
    w.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
    w.tool.hooks.set('holder', () => ({ exitCode: 1, text: held }));
    await w.comment(1, '/apply');
    await w.settled();
    w.tool.hooks.set('holder', async () => {
      await happens(w);
      return { exitCode: 1, text: held };
    });
    await w.comment(1, `/recover force-unlock ${lockId}`, people.margaret);
    await w.settled();
  };

  test('is done when nothing happens', async () => {
    const w = await world();
    await unlockWith(w, () => {});
    expect(w.tool.journal).toContain('force-unlock network');
  });

  test('is not done for somebody who is no administrator any more', async () => {
    const w = await world();
    await unlockWith(w, () => w.forge.setPermission(repo, 'margaret', 'write'));
    expect(w.tool.journal).not.toContain('force-unlock network');
    expect(answer(w)).toContain('needs administrator permission');
  });

  test('is not done for a comment that was taken back', async () => {
    const w = await world();
    await unlockWith(w, () => w.forge.removeComment(repo, askedBy(w)));
    expect(w.tool.journal).not.toContain('force-unlock network');
    const kinds = (await w.ports.store.audit.ofPull(key)).map(({ kind }) => kind);
    expect(kinds).not.toContain('state.unlocked-begun');
  });
});
