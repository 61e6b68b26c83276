/** Whom CODEOWNERS of the base branch asks before an apply. */
import { afterEach, describe, expect, it } from 'vitest';
import { ownedFiles } from '../../src/flow/code-owners.ts';
import type { TreeEntry } from '../../src/git/port.ts';
import { answersOf, rowOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf } from '../support/memory-world.ts';
import { sampleProject } from '../support/samples.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;

/** #1 changes what is in this folder, and is planned. */
const planned = async (dir: string, owners: string): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { [`${dir}/main.tf`]: tf('one'), '.github/CODEOWNERS': owners },
    operator: 'rules: [{match: "**", requirements: [{approved: {code_owners: true}}]}]\n',
  });
  open.push(w);
  w.open(1, { [`${dir}/main.tf`]: tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  await w.advance(2_000);
  return w;
};

const approve = async (w: MemoryWorld, author: typeof people.grace): Promise<void> => {
  const submittedAt = w.ports.clock.now();
  const commit = w.ask(1).head.sha;
  w.forge.addReview(refOf(1), { author, state: 'approved', commit, submittedAt });
  await w.advance(2_000);
};

const say = async (w: MemoryWorld, text: string): Promise<void> => {
  await w.comment(1, text);
  await w.settled();
};

const isApplied = (w: MemoryWorld): boolean => w.tool.journal.some((line) => line.startsWith('apply'));

describe('CODEOWNERS', () => {
  it('with escaped brackets asks whom the line names, and says that somebody else owns none of it', async () => {
    const w = await planned('live/[prod]', '*  @grace\n/live/\\[prod\\]/ @margaret\n');
    const waits = 'a review by `margaret` (owns `live/[prod]/main.tf`)';
    expect(rowOf(w, 'live/[prod]')).toContain(waits);
    await approve(w, people.grace);
    await say(w, '/apply');
    expect(answersOf(w)).toContain(
      `It waits for ${waits}; so far: no approval that counts; grace approved but owns none of the files.`,
    );
    expect(isApplied(w)).toBe(false);
    await approve(w, people.margaret);
    await say(w, '/apply');
    expect(isApplied(w)).toBe(true);
  });

  it('would ask whoever the line before names, were that line passed over: the twin', async () => {
    const w = await planned('live/[prod]', '*  @grace\n');
    await approve(w, people.grace);
    await say(w, '/apply');
    expect(isApplied(w)).toBe(true);
  });

  it('with a line that cannot be read names the line, and an administrator has to agree', async () => {
    const w = await planned('live/prod', '*  @grace\n/live/[prod]*/ @ada\n');
    const waits =
      'a review by an administrator (line 2 of `.github/CODEOWNERS`, which may be about `live/prod/main.tf`, cannot be read: each `[` and `]` needs a backslash before it)';
    expect(rowOf(w, 'live/prod')).toContain(waits);
    await approve(w, people.grace);
    await say(w, '/why');
    expect(answersOf(w)).toContain(`waits for ${waits}`);
    await say(w, '/apply');
    expect(answersOf(w)).toContain(
      `It waits for ${waits}; so far: no approval that counts; grace approved but is not known to own any of the files.`,
    );
    expect(isApplied(w)).toBe(false);
    await approve(w, people.margaret);
    await say(w, '/apply');
    expect(isApplied(w)).toBe(true);
  });

  it('where the last line names nobody, asks for nobody', async () => {
    const w = await planned('live', '*  @grace\n/live/ # nobody\n');
    expect(rowOf(w, 'live')).toContain('| planned | `/apply -p live` |');
    await say(w, '/apply');
    expect(isApplied(w)).toBe(true);
  });

  it('where no line is about it, asks for somebody who may write', async () => {
    const w = await planned('live', '/dns/  @grace\n');
    expect(rowOf(w, 'live')).toContain(
      '| a review by anybody with write permission (no line of CODEOWNERS is about `live/main.tf`), then',
    );
    await say(w, '/apply');
    expect(isApplied(w)).toBe(false);
    await approve(w, people.grace);
    await say(w, '/apply');
    expect(isApplied(w)).toBe(true);
  });
});

describe('a place of CODEOWNERS', () => {
  const texts = new Map([
    ['1', '* @bob'],
    ['2', '* @ann'],
  ]);
  const git = { blobs: async () => new Map([...texts].map(([id, text]) => [id, Buffer.from(text)])) };
  const asked = (kind: TreeEntry['kind']) => {
    const baseEntries = [
      { path: '.github/CODEOWNERS', kind, id: '1' },
      { path: 'CODEOWNERS', kind: 'file' as const, id: '2' },
    ];
    const found = { baseEntries, changedFor: () => ['network/main.tf'] };
    return ownedFiles({ git }, 1, found, sampleProject('network'), false);
  };
  const by = (login: string) => [
    { owners: { users: [login], teams: [], permission: null }, files: ['network/main.tf'] },
  ];

  it('that is a link is one that cannot be read, and does not hand the question to the next one', async () => {
    expect(await asked('file')).toEqual(by('bob'));
    expect(await asked('folder')).toEqual(by('ann'));
    expect(await asked('link')).toBeNull();
    expect(await asked('submodule')).toBeNull();
  });
});
