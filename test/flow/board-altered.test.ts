import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createSystemClock } from '../../src/clock/system.ts';
import { ask, eventually, open, push, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const rules = 'version: 1\nprojects:\n  - {name: network, dir: network, requirements: [approved]}\n';
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
  'tidegate.yaml': rules,
});

/** #1 is planned, and its comment is there. */
const planned = async (more: Readonly<Record<string, string>> = {}): Promise<Story> => {
  const story = await tellStory({ files: (state) => ({ ...files(state), ...more }), logLevel: 'silent' });
  await open(story, 'change', { 'network/main.tf': resource('large') });
  await story.settled();
  return story;
};

const boardId = async ({ ada }: Story): Promise<number> =>
  (await ada.comments(1)).find(({ body }) => body.includes('tidegate:board:'))?.id ?? 0;
const alter = async (story: Story, body = 'Nothing will be destroyed. Trust me.'): Promise<void> => {
  await ask(story, 'margaret', 'PATCH', `/issues/comments/${await boardId(story)}`, { body });
};
const remove = async (story: Story): Promise<void> => {
  await ask(story, 'margaret', 'DELETE', `/issues/comments/${await boardId(story)}`);
};
/** The next webhook of that kind never comes. */
const lose = ({ world }: Story, event: string, action: string): void =>
  world.hub.faults.webhook({ event, action, times: 1 }, { kind: 'lose' });

const apply = async (story: Story): Promise<string> => {
  const before = (await story.replies(1)).length;
  await story.ada.comment(1, '/apply');
  await story.settled();
  return (await story.replies(1)).slice(before).join('\n');
};
const approve = async (story: Story): Promise<void> => {
  await story.grace.approve(1);
  await story.settled();
};
/** What the comment shows within the same second may be what was approved. */
const aSecond = (): Promise<void> => createSystemClock().sleep(1_100);

const audited = z.object({ actor: z.string().nullable(), facts_json: z.string() });
/** Who is on record for having changed the comment. */
const alterations = ({ folder }: Story) => {
  using database = new DatabaseSync(path.join(folder, 'data', 'tidegate.db'), { readOnly: true });
  return database
    .prepare("SELECT actor, facts_json FROM audit_events WHERE kind = 'board.altered' ORDER BY seq")
    .all()
    .map((one) => audited.parse(one))
    .map(({ actor, facts_json }) => ({
      actor,
      ...z.object({ comment: z.number() }).parse(JSON.parse(facts_json)),
    }));
};

const said =
  'Somebody else changed this comment, and it was put right. Approvals given meanwhile do not count.';
const waits = '| a review by anybody with write permission, then `/apply -p network` |';
const ready = '| planned | `/apply -p network` |';

describe('the comment with the plan, edited by an administrator', () => {
  it('is put right by itself and says so, with who it was on record', { tags: ['long'] }, async () => {
    await using story = await planned();
    const id = await boardId(story);
    await alter(story, 'No changes.\n\n<!-- the marker is gone too -->');
    await story.settled();
    expect(await boardId(story)).toBe(id);
    const board = await story.board(1);
    expect(board).toContain(said);
    expect(board).toContain(waits);
    expect(alterations(story)).toEqual([{ actor: 'margaret', comment: id }]);
    // What was approved after that counts, and the note stays.
    await approve(story);
    expect(await row(story, 1, 'network')).toContain(ready);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
    expect(await story.board(1)).toContain(said);
  });

  it('does not count approvals that were given while it stood, and the answer says why', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    lose(story, 'issue_comment', 'edited');
    await alter(story);
    // The review itself makes us look, and find it.
    await approve(story);
    expect(await story.board(1)).toContain(waits);
    expect(await story.board(1)).toContain(said);
    expect(await apply(story)).toContain(
      'not counted: grace (given while somebody else had changed the comment with the plan; ask again)',
    );
    expect(await stateOf(story, 'network')).toBe('');
    await approve(story);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
  });

  it('whose webhook is lost is found by the apply, which is refused; after a new approval it goes on', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    lose(story, 'issue_comment', 'edited');
    await alter(story);
    await story.settled();
    expect(await story.board(1)).toBeNull();
    lose(story, 'pull_request_review', 'submitted');
    await approve(story);
    expect(await apply(story)).toContain('Somebody else changed the comment with the plan.');
    expect(await stateOf(story, 'network')).toBe('');
    expect(await story.board(1)).toContain(said);
    expect(alterations(story)).toMatchObject([{ actor: null }]);
    // Nobody knows since when it said something else.
    expect(await apply(story)).toContain('given while somebody else had changed the comment');
    await approve(story);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
  });

  it('whose webhook is lost is found at the next review, though that changes nothing of what it says', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    lose(story, 'issue_comment', 'edited');
    await alter(story);
    await story.settled();
    await story.mallory.approve(1);
    await story.settled();
    expect(await story.board(1)).toContain(said);
    expect(await row(story, 1, 'network')).toContain(waits);
    expect(alterations(story)).toMatchObject([{ actor: null }]);
  });
});

describe('the comment with the plan, edited and put back', () => {
  it('before anybody looked: approvals given meanwhile do not count all the same', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    const id = await boardId(story);
    const before = (await story.ada.comments(1)).find((one) => one.id === id)?.body;
    const { faults } = story.world.hub;
    const late = { kind: 'delay', ms: 3_000 } as const;
    faults.webhook({ event: 'issue_comment', action: 'edited', times: 2 }, late);
    faults.webhook({ event: 'pull_request_review', times: 1 }, late);
    await alter(story);
    await story.grace.approve(1);
    await ask(story, 'margaret', 'PATCH', `/issues/comments/${id}`, { body: before });
    await story.settled();
    expect(await story.board(1)).toContain('Approvals given meanwhile do not count.');
    expect(await row(story, 1, 'network')).toContain(waits);
    expect(alterations(story)[0]).toEqual({ actor: 'margaret', comment: id });
    expect(await apply(story)).toContain('given while somebody else had changed the comment');
    expect(await stateOf(story, 'network')).toBe('');
    await approve(story);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
  });
});

describe('the comment with the plan, edited and put back while no webhook came', () => {
  it('was edited later than we wrote it: the apply is refused, and no approval since counts', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    const id = await boardId(story);
    const before = (await story.ada.comments(1)).find((one) => one.id === id)?.body;
    await aSecond();
    story.world.hub.faults.webhook({ event: 'issue_comment', action: 'edited', times: 2 }, { kind: 'lose' });
    lose(story, 'pull_request_review', 'submitted');
    await alter(story);
    await story.grace.approve(1);
    await ask(story, 'margaret', 'PATCH', `/issues/comments/${id}`, { body: before });
    await story.settled();
    expect(alterations(story)).toEqual([]);
    expect(await apply(story)).toContain('Somebody else changed the comment with the plan.');
    expect(await stateOf(story, 'network')).toBe('');
    expect(alterations(story)).toEqual([{ actor: null, comment: id }]);
    expect(await story.board(1)).toContain(said);
    expect(await apply(story)).toContain('given while somebody else had changed the comment');
    await approve(story);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
    expect(alterations(story)).toHaveLength(1);
  });
});

describe('the comment with the plan, deleted', () => {
  it('is made anew by itself, with who it was on record', async () => {
    await using story = await planned();
    const id = await boardId(story);
    await remove(story);
    await story.settled();
    expect(await boardId(story)).not.toBe(id);
    expect(await story.board(1)).toContain(said);
    expect(await story.board(1)).toContain(waits);
    expect(alterations(story)).toEqual([{ actor: 'margaret', comment: id }]);
  });

  it('does not count approvals that were given while it was gone, and the answer says why', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    await aSecond();
    lose(story, 'issue_comment', 'deleted');
    await remove(story);
    await approve(story);
    expect(await story.board(1)).toContain(waits);
    expect(await apply(story)).toContain('given while somebody else had changed the comment');
    expect(await stateOf(story, 'network')).toBe('');
    await approve(story);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
  });

  it('refuses no apply that needs no approval: it told nobody anything wrong', {
    tags: ['long'],
  }, async () => {
    await using story = await planned({
      'tidegate.yaml': rules.replace(', requirements: [approved]', ''),
    });
    lose(story, 'issue_comment', 'deleted');
    await remove(story);
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
    expect(await story.board(1)).toContain('applied');
  });
});

describe('what the comment says of approvals', () => {
  it('comes by itself with a review, with its dismissal and with a later no', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    expect(await row(story, 1, 'network')).toContain(waits);
    await story.grace.approve(1);
    await eventually(async () => expect(await row(story, 1, 'network')).toContain(ready));
    await ask(story, 'grace', 'POST', '/pulls/1/reviews', { event: 'REQUEST_CHANGES', body: 'No.' });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain(waits);
    await approve(story);
    expect(await row(story, 1, 'network')).toContain(ready);
    const reviews = z
      .array(z.object({ id: z.number(), state: z.string() }))
      .parse(await ask(story, 'ada', 'GET', '/pulls/1/reviews'));
    const last = reviews.findLast(({ state }) => state === 'APPROVED');
    await ask(story, 'margaret', 'PUT', `/pulls/1/reviews/${last?.id}/dismissals`, { message: 'No.' });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain(waits);
    expect(await apply(story)).toContain('waits for a review');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('keeps an approval over a rebase with the same plan, and loses it with another plan', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    const { hub, repository } = story.world;
    await approve(story);
    await aSecond();
    const before = (await story.ada.pull(1)).head.sha;
    await hub.pushFiles(repository, 'main', { as: 'grace', files: { 'README.md': 'More of it.' } });
    await hub.pushFiles(repository, 'change', {
      as: 'ada',
      from: 'main',
      files: { 'network/main.tf': resource('large') },
    });
    await story.settled();
    expect((await story.ada.pull(1)).head.sha).not.toBe(before);
    expect(await row(story, 1, 'network')).toContain(ready);
    expect(await story.board(1)).not.toContain('approved** (plan');
    await push(story, 'change', { 'network/main.tf': resource('huge') });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain(waits);
    expect(await story.board(1)).toMatch(
      /\*\*Since `grace` approved\*\* \(plan `[0-9a-f]{12}`\) the plan changed:\n\n- `terraform_data.vpc` would be created in another way: `input` becomes `"huge"`, was to become `"large"`\n/,
    );
    expect(await apply(story)).toContain('not counted: grace (given for another plan; ask again)');
    // Back at what was approved, the same word counts again.
    await push(story, 'change', { 'network/main.tf': resource('large') });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain(ready);
    expect(await story.board(1)).not.toContain('approved** (plan');
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"large"');
  });

  it('says what changed where only the owners of files are asked', { tags: ['long'] }, async () => {
    await using story = await planned({
      CODEOWNERS: '* @grace\n',
      'tidegate.yaml': rules.replace('[approved]', '[{approved: {code_owners: true}}]'),
    });
    await approve(story);
    await aSecond();
    await push(story, 'change', { 'network/main.tf': resource('huge') });
    await story.settled();
    expect(await story.board(1)).toContain('**Since `grace` approved**');
    expect(await apply(story)).not.toBe('');
    await approve(story);
    expect(await story.board(1)).not.toContain('approved** (plan');
    expect(await apply(story)).toBe('');
  });

  it('says what changed since the plan that each approved, until they approve the new one', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    await approve(story);
    await aSecond();
    await push(story, 'change', { 'network/more.tf': resource('more').replace('vpc', 'more') });
    await story.settled();
    await story.margaret.approve(1);
    await story.settled();
    await aSecond();
    await push(story, 'change', { 'network/main.tf': `# Why.\n${resource('large')}` });
    await story.settled();
    const board = await story.board(1);
    expect(board).toContain('- `terraform_data.more` would be created, was not in it\n');
    expect(board).toMatch(
      /\*\*Since `margaret` approved\*\* \(plan `[0-9a-f]{12}`\) something changed that the plan does not show/,
    );
    expect(board?.indexOf('Since `margaret`')).toBeLessThan(board?.indexOf('Since `grace`') ?? 0);
    await approve(story);
    expect(await story.board(1)).not.toContain('Since `grace`');
    expect(await story.board(1)).toContain('Since `margaret`');
    await story.margaret.approve(1);
    await story.settled();
    expect(await story.board(1)).not.toContain('approved** (plan');
    expect(await row(story, 1, 'network')).toContain(ready);
  });

  it('does not know what changed where the plan that was approved is not kept', {
    tags: ['long'],
  }, async () => {
    await using story = await planned();
    await approve(story);
    await aSecond();
    const database = new DatabaseSync(path.join(story.folder, 'data', 'tidegate.db'));
    await push(story, 'change', { 'network/main.tf': resource('huge') });
    await story.settled();
    // As retention leaves it.
    database.exec(`UPDATE runs SET artifact_digest = NULL, inputs_digest = NULL, plan_digest = NULL, tool_version = NULL
      WHERE seq = (SELECT min(seq) FROM runs)`);
    database.exec('DELETE FROM run_texts WHERE run_id = (SELECT id FROM runs ORDER BY seq LIMIT 1)');
    database.close();
    await story.mallory.approve(1);
    await story.settled();
    expect(await story.board(1)).toContain('the plan changed; what was approved is not kept any more.');
  });
});
