import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { close, open, reopen, row, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type StateServer, startStateServer } from '../support/state-server.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

/** Three resources in a row; making the second kills terraform, the first time. */
const deadly = (flag: string): string => `
resource "terraform_data" "first" {
  input = "one"
}
resource "terraform_data" "second" {
  input = terraform_data.first.output
  provisioner "local-exec" {
    command = "test -e ${flag} || { touch ${flag}; kill -9 $PPID; }"
  }
}
resource "terraform_data" "third" {
  input = terraform_data.second.output
}
`;

const flagFile = () => path.join(temporaryFolder(), 'killed');

// Here they are what people trust already.
const operator = 'trust: { provisioners: allow }\n';

const onDisk = () =>
  tellStory({
    files: (state) => ({ 'network/backend.tf': localBackend(state, 'network'), 'network/main.tf': '' }),
    operator,
    logLevel: 'silent',
  });

const onServer = (server: StateServer) =>
  tellStory({
    files: () => ({ 'network/backend.tf': server.backend('network'), 'network/main.tf': '' }),
    operator,
    logLevel: 'silent',
  });

/** A pull request whose apply ended in a way that leaves nobody sure. */
const left = async (story: Story, main: string): Promise<void> => {
  await open(story, 'change', { 'network/main.tf': main });
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('| planned |');
  await story.ada.comment(1, '/apply');
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('⚠ **outcome unknown**');
};

/** What is answered to a comment. */
const say = async (
  story: Story,
  who: 'ada' | 'grace' | 'margaret' | 'mallory',
  body: string,
  number = 1,
): Promise<string> => {
  const before = (await story.replies(number)).length;
  await story[who].comment(number, body);
  await story.settled();
  const replies = await story.replies(number);
  return replies.length === before + 1 ? (replies.at(-1) ?? '') : `${replies.length - before} answers`;
};

describe('terraform killed in the middle of an apply', () => {
  it('says from the state what is done and what is not, and goes on from there once somebody answers for it', async () => {
    await using story = await onDisk();
    await left(story, deadly(flagFile()));
    const board = (await story.board(1)) ?? '';
    expect(board).toContain('1 of 3 changes is in the state as planned');
    expect(board).toMatch(
      /\*\*2 not in the state as planned:\*\*\n\n- create `terraform_data.second`\n- create `terraform_data.third`/,
    );
    expect(board).toMatch(/\*\*1 in the state as planned:\*\*\n\n- create `terraform_data.first`/);
    expect(board).toContain('Nobody holds the tool');
    expect(board).not.toContain('push-state');
    expect(board).not.toContain('force-unlock');
    expect(await story.checks(1)).toContain('tidegate/apply: failure, Outcome unknown: network');

    // Planning is allowed, applying is not, and the refusal hides nothing.
    await story.ada.comment(1, '/plan');
    await story.settled();
    expect(await story.board(1)).toContain('Planned again since: 2 to add.');
    expect(await say(story, 'ada', '/apply')).toContain(
      'Nobody knows how an earlier apply of `network` ended',
    );
    expect(await row(story, 1, 'network')).toContain('⚠ **outcome unknown**');

    expect(await say(story, 'grace', '/recover')).toContain('**2 not in the state as planned:**');
    expect(await say(story, 'mallory', '/recover acknowledge')).toContain('needs write permission');
    expect(await row(story, 1, 'network')).toContain('⚠ **outcome unknown**');

    expect(await say(story, 'grace', '/recover acknowledge')).toContain('answers for what was found');
    expect(await row(story, 1, 'network')).toContain('| 2 | 0 | 0 | 0 | planned |');
    expect(await say(story, 'grace', '/recover')).toContain('There is nothing to recover');
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await stateOf(story, 'network')).toContain('"third"');
  });

  it('shows the lock it left, and takes it away for an administrator who names it, and nobody else', {
    tags: ['long'],
  }, async () => {
    const server = await startStateServer();
    try {
      await using story = await onServer(server);
      await left(story, deadly(flagFile()));
      const id = server.lockOf('network') ?? 'none';
      const board = (await story.board(1)) ?? '';
      expect(board).toContain(`the backend does not tell by whom: id \`${id}\``);
      expect(board).toContain(`\`/recover force-unlock ${id} -p network\``);
      expect(board).toContain('**3 not in the state as planned:**');

      expect(await say(story, 'ada', `/recover force-unlock ${id}`)).toContain(
        'needs administrator permission',
      );
      expect(server.lockOf('network')).toBe(id);
      const wrong = id.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      expect(await say(story, 'margaret', `/recover force-unlock ${wrong}`)).toContain(
        `does not have the id \`${wrong}\``,
      );
      expect(server.lockOf('network')).toBe(id);

      expect(await say(story, 'margaret', `/recover force-unlock ${id}`)).toContain(
        `The state lock \`${id}\` of \`network\` is taken away.`,
      );
      expect(server.lockOf('network')).toBeNull();
      expect(await story.board(1)).toContain('Nobody holds the tool');
      expect(await say(story, 'margaret', `/recover force-unlock ${id}`)).toContain(
        'Nobody holds the state lock',
      );

      await say(story, 'ada', '/recover acknowledge');
      expect(await row(story, 1, 'network')).toContain('| 3 | 0 | 0 | 0 | planned |');
      await story.ada.comment(1, '/apply');
      await story.settled();
      expect(await row(story, 1, 'network')).toContain('✓ applied');
    } finally {
      await server.close();
    }
  });

  it('says that nothing is known, with the reason and the last words of the apply, when the state cannot be read', {
    tags: ['long'],
  }, async () => {
    const server = await startStateServer();
    try {
      await using story = await onServer(server);
      await left(story, deadly(flagFile()));
      server.refuseReads(403);
      const answer = await say(story, 'ada', '/recover');
      expect(answer).toContain('**What was done is not known:** the state could not be read');
      expect(answer).toContain('HTTP remote state endpoint invalid auth');
      const board = (await story.board(1)) ?? '';
      expect(board).toContain('What is known, and what can be done, stands below.');
      expect(board).toContain('terraform_data.second: Creating...');
      expect(await say(story, 'margaret', '/recover force-unlock abc')).toContain('cannot be asked');
      server.refuseReads(null);
      expect(await say(story, 'ada', '/recover')).toContain('**3 not in the state as planned:**');
    } finally {
      await server.close();
    }
  });
});

describe('a state that could not be saved', () => {
  const writing = 'resource "terraform_data" "first" {\n  input = "secret-of-the-state"\n}\n';

  it('is kept, and pushed by an administrator, only where it is newer and belongs there', {
    tags: ['long'],
  }, async () => {
    const server = await startStateServer();
    try {
      await using story = await onServer(server);
      await open(story, 'before', { 'network/before.tf': 'resource "terraform_data" "before" {}\n' });
      await story.settled();
      await story.ada.comment(1, '/apply');
      await story.settled();
      await story.ada.merge(1);
      await story.settled();
      const earlier = server.state('network');

      await open(story, 'change', { 'network/main.tf': writing });
      await story.settled();
      server.refuseWrites(507);
      await story.ada.comment(2, '/apply');
      await story.settled();
      expect(await row(story, 2, 'network')).toContain('⚠ **outcome unknown**');
      const board = (await story.board(2)) ?? '';
      expect(board).toMatch(
        /The state that the tool could not save is kept, encrypted: serial \d+, with 1 change as planned\./,
      );
      expect(board).toContain('`/recover push-state -p network`');
      expect(board).toContain('**1 not in the state as planned:**');
      expect(server.state('network')).toBe(earlier);

      expect(await say(story, 'grace', '/recover push-state', 2)).toContain('needs administrator permission');
      const failed = await say(story, 'margaret', '/recover push-state', 2);
      expect(failed).toContain('did not end well');
      expect(failed).toContain('Failed to persist state');
      expect(failed).not.toContain('secret-of-the-state');
      server.refuseWrites(null);
      expect(await say(story, 'margaret', '/recover push-state', 2)).toMatch(
        /The kept state of `network` is in the backend: serial \d+ after \d+\./,
      );
      expect(server.state('network')).toContain('secret-of-the-state');
      expect(await story.board(2)).toContain('**1 in the state as planned:**');
      expect(await say(story, 'margaret', '/recover push-state', 2)).toContain('it is not newer');

      await say(story, 'ada', '/recover acknowledge', 2);
      expect(await row(story, 2, 'network')).toContain('| no changes |');
    } finally {
      await server.close();
    }
  });

  it('is never written over the state of somebody else', { tags: ['long'] }, async () => {
    const server = await startStateServer();
    try {
      await using story = await onServer(server);
      await open(story, 'change', { 'network/main.tf': writing });
      await story.settled();
      server.refuseWrites(507);
      await story.ada.comment(1, '/apply');
      await story.settled();
      server.refuseWrites(null);
      const other =
        '{"version":4,"terraform_version":"1.11.4","serial":0,"lineage":"other","outputs":{},"resources":[]}';
      server.put('network', other);
      expect(await say(story, 'margaret', '/recover push-state')).toContain('their lineages differ');
      expect(server.state('network')).toBe(other);
    } finally {
      await server.close();
    }
  });
});

describe('what is refused', () => {
  it('nothing unknown, nothing kept, a name that is not there, more than one at a time', {
    tags: ['long'],
  }, async () => {
    const flags = [flagFile(), flagFile()];
    await using story = await tellStory({
      operator,
      files: (state) => ({
        'network/backend.tf': localBackend(state, 'network'),
        'database/backend.tf': localBackend(state, 'database'),
        'README.md': 'words',
      }),
      logLevel: 'silent',
    });
    await open(story, 'change', {
      'network/main.tf': deadly(flags[0] ?? ''),
      'database/main.tf': deadly(flags[1] ?? ''),
    });
    await story.settled();
    expect(await say(story, 'margaret', '/recover')).toContain('There is nothing to recover');
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(flags.map((flag) => existsSync(flag))).toEqual([true, true]);
    expect(await say(story, 'margaret', '/recover push-state')).toContain('one project at a time');
    expect(await say(story, 'margaret', '/recover push-state -p network')).toContain(
      'No state of this apply of `network` was left behind',
    );
    expect(await say(story, 'margaret', '/recover -p nothing')).toContain('`-p nothing` matches no project');
    expect(await say(story, 'margaret', '/recover -p network')).not.toContain('**`database`**');
    expect(await say(story, 'ada', '/recover acknowledge -p network')).toContain('- `network`');
    expect(await row(story, 1, 'database')).toContain('⚠ **outcome unknown**');
  });
});

describe('the lock under an outcome that nobody knows', () => {
  it('is given up by nobody, whoever asks, until somebody answers for it', { tags: ['long'] }, async () => {
    await using story = await onDisk();
    await left(story, deadly(flagFile()));
    await open(story, 'other', { 'network/other.tf': 'resource "terraform_data" "other" {}\n' });
    await story.settled();
    const waits = async () => expect(await row(story, 2, 'network')).toContain('waits for [#1]');
    await waits();
    expect(await say(story, 'margaret', '/unlock -p network', 2)).toContain('goes when that is settled');
    await waits();
    expect(await say(story, 'ada', '/unlock')).toContain('goes when that is settled');
    await waits();
    await close(story, 1);
    await story.settled();
    await waits();
    await reopen(story, 1);
    await story.settled();
    await waits();
    await close(story, 1);
    await story.settled();
    await waits();
    // It is closed, and can be settled all the same: then the mark on the lock takes effect.
    expect(await say(story, 'ada', '/recover acknowledge')).toContain('answers for what was found');
    expect(await row(story, 2, 'network')).toContain('| planned |');
  });
});
