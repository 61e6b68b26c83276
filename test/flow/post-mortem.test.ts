/** Decision 61: what went past the rules is talked about afterwards, on an issue of its own. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Forge } from '../../src/forge/port.ts';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const files = { 'a/backend.tf': 'terraform {\n  backend "http" {}\n}\n', 'a/main.tf': 'small' };
const rules = 'rules: [{match: a, requirements: [approved]}]\n';
const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const opened = async (forge: Partial<Forge> = {}): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main: files, operator: rules, forge });
  worlds.push(world);
  world.open(1, { 'a/main.tf': 'large' });
  await world.event(1, 'opened');
  await settled(world);
  return world;
};

const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body, people.margaret);
  await settled(world);
};

const issues = ({ forge }: MemoryWorld) => forge.issues.all(repo);
const only = (world: MemoryWorld) => {
  const [issue, ...more] = issues(world);
  if (issue === undefined || more.length > 0) throw new Error(`there are ${issues(world).length} issues`);
  return issue;
};
const board = ({ forge }: MemoryWorld): string =>
  forge.comments(refOf(1)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
const check = ({ forge }: MemoryWorld): string =>
  forge.checks(repo).findLast(({ name }) => name === 'tidegate/apply')?.summary ?? '';

describe('an apply past the rules', () => {
  it('opens one issue with the timeline and the difference, and the board and the check name it', async () => {
    const world = await opened();
    await says(world, '/apply --override the site is down');
    const { number, title, body, state, isOurs } = only(world);
    expect([title, state, isOurs]).toEqual(['Applied past the rules: a (#1)', 'open', true]);
    const plain = body
      .replaceAll(/<!--.*?-->\n*/gs, '')
      .replaceAll(/`[0-9a-f]{12,}`/g, '`ID`')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'THEN');
    expect(plain).toMatchInlineSnapshot(`
      "**\`margaret\` applied past what the rules ask for**, on #1, commit \`ID\`. The reason: \`the site is down\`

      ### Timeline

      - THEN: \`margaret\` commented \`/apply --override\`
      - THEN: taken in
      - \`a\` was applied (1 to add), began THEN, ended THEN.
        - passed \`approved\`: no approval that counts

      ### The difference

      #### \`a\`

      Let through THEN. Plan \`ID\`.

      \`\`\`diff
      + create terraform_data.this
      +     input = "large"
      \`\`\`

      ### Afterwards

      - Was it needed, and what would have made it needless?
      - Does what was passed hold now, and is what was applied merged?
      - The audit trail has every requirement with what it had said."
    `);
    expect(board(world)).toContain(`#${number} has the timeline and the difference`);
    expect(check(world)).toContain(`#${number} has the timeline and the difference`);
    const rows = await world.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 });
    expect(rows.filter(({ kind }) => kind === 'post-mortem.opened')).toMatchObject([
      { facts: { issue: number } },
    ]);
    // People have talked about it.
    world.forge.issues.change(repo, number, { state: 'closed' });
    await says(world, '/status');
    expect(only(world).state).toBe('closed');
  });

  it('is told however it ended, and not where nothing was begun', async () => {
    const world = await opened();
    world.tool.hooks.set('apply', () => ({ ended: 'exit', exitCode: 1, text: 'no' }));
    await says(world, '/apply --override the site is down');
    expect(only(world).body).toContain('`a` was begun, and failed');
    const other = await opened();
    // It is refused at the gate: who closed the gap is not asked.
    other.open(1, { 'a/main.tf': 'larger' });
    await says(other, '/apply --override the site is down');
    expect(issues(other)).toEqual([]);
  });

  it('shows a reason as what it is, whatever stands in it', async () => {
    const world = await opened();
    const reason = '@acme/everybody fixes #1 <img src=x> ![x](https://evil.example/x) `--> **now**';
    await says(world, `/apply --override ${reason}`);
    const { body } = only(world);
    const outside = body.replaceAll(/<!--.*?-->/gs, '').replaceAll(/(`+)[^\n]*?\1/g, '');
    for (const word of ['@acme', 'fixes #1', '<img', '![x]', '**now**']) expect(outside).not.toContain(word);
  });

  it('says on the board that no issue could be opened, and in the log once', async () => {
    const world = await opened();
    world.forge.permitApp('issues', false);
    await says(world, '/apply --override the site is down');
    await says(world, '/status');
    expect(issues(world)).toEqual([]);
    expect(board(world)).toContain('No issue could be opened about it');
    expect(world.complaints.filter((line) => line.includes('no issue could be opened'))).toHaveLength(1);
  });

  it('opens it once where the answer was lost, or the server died before it wrote that down', async () => {
    const world = await opened();
    world.forge.failNext('upsertIssue', new ForgeError('unavailable', 'lost'), 'after');
    await says(world, '/apply --override the site is down');
    await world.until(() => board(world).includes('has the timeline'));
    expect(issues(world)).toHaveLength(1);
    const other = await opened();
    await other.comment(1, '/apply --override the site is down', people.margaret);
    await other.until(() => issues(other).length > 0);
    await other.crash();
    await settled(other);
    await other.until(() => board(other).includes('has the timeline'));
    expect(issues(other)).toHaveLength(1);
  });

  it('is opened twice by a forge that looks for no marker: the twin', async () => {
    const made: { world?: MemoryWorld; count: number } = { count: 0 };
    const world = await opened({
      upsertIssue: async (at, wish) => {
        made.count += 1;
        const marker = `<!-- ${made.count} -->`;
        const forge = made.world?.forge.forge;
        if (forge === undefined) throw new Error('there is no world yet');
        return forge.upsertIssue(at, { ...wish, marker, body: `${wish.body}${marker}` });
      },
    });
    made.world = world;
    world.forge.failNext('upsertIssue', new ForgeError('unavailable', 'lost'), 'after');
    await says(world, '/apply --override the site is down');
    await world.until(() => board(world).includes('has the timeline'));
    expect(issues(world)).toHaveLength(2);
  });
});
