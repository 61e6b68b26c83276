/** Decision 52: the one issue of a project that tells of its drift. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const settings = {
  mode: 'issue',
  schedule: { cron: '0 * * * *', zone: 'UTC' },
  threshold: 2,
  ignore: [],
  limits: { deletes: false, replaces: false, most: 10, share: 30 },
} as const;
const drift = 'drift: { mode: issue, schedule: { cron: "0 * * * *" } }';

const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld({ drift, settings, ...wish });
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  await world.apply(commit);
  return world;
};

const asApplied = { ada: 'admin', grace: 'dev' };
const issues = ({ w }: DriftWorld) => w.forge.issues.all(repo);
const only = (world: DriftWorld) => {
  const [issue, ...more] = issues(world);
  if (issue === undefined || more.length > 0) throw new Error(`there are ${issues(world).length} issues`);
  return issue;
};
const plain = (body: string): string => body.replaceAll(/<!--.*?-->\n*/gs, '').trim();
const said = ({ w }: DriftWorld, number: number): readonly string[] =>
  w.forge
    .comments(refOf(number))
    .filter(({ body }) => body.includes('tidegate:drift:'))
    .map(({ body }) => plain(body));

/** One look after the other: their processes are real, and time passes faster than they run. */
const hours = async (world: DriftWorld, many: number): Promise<void> => {
  for (let at = 0; at < many; at += 1) await world.pass(hour);
};

const commentOn = async ({ w }: DriftWorld, number: number, body: string, sender: Actor = people.ada) => {
  const commentId = w.forge.addComment(refOf(number), body, sender);
  await w.road.receive({
    id: `on-issue-${commentId}`,
    event: 'issue_comment',
    action: 'created',
    repository: 'acme/infrastructure',
    trigger: { kind: 'comment', pull: refOf(number), onIssue: true, sender, commentId, body, viaAppId: null },
    receivedAt: w.ports.clock.now(),
  });
  await w.settled();
  await w.advance(2_000);
};

describe('the issue of a project', () => {
  test('is opened when two looks in a row found drift, says what differs, and is left alone while that stays', async () => {
    const world = await begin();
    world.tool.world.set({ ada: 'owner', grace: 'dev', mallory: 'admin' });
    await world.pass(hour);
    expect(issues(world)).toEqual([]);
    await world.pass(hour);
    const { title, body, state, isOurs } = only(world);
    expect([state, isOurs]).toEqual(['open', true]);
    expect(title).toBe('Drift: people is not as it was applied');
    expect(plain(body).replace(/`[0-9a-f]{12}`/, '`COMMIT`')).toMatchInlineSnapshot(`
      "**\`people\` is not as \`main\` at \`COMMIT\` says.** To put it back: 1 resource to change and 1 resource to delete.

      \`\`\`diff
      - destroy thing/mallory
      -     value = "admin"
      ~ update thing/ada
      ~     value = "owner" → "admin"
      \`\`\`

      Somebody, or something, changed what Tidegate had applied. Nothing was changed by looking.

      - To put it back: comment \`/plan\` here, then \`/apply\`, under the rules that hold on a pull request. Where they ask for approvals: \`/followup\` opens a pull request that can be approved.
      - To keep what is there: \`/adopt\` opens a pull request that has Git say it. Or pass it over with \`ignore\` of the project's \`drift\`.

      This issue is the project's only one: it is edited when something else drifts, and closes by itself."
    `);
    const writes = world.w.forge.writes();
    await hours(world, 3);
    expect(world.w.forge.writes()).toBe(writes);
  });

  test('is edited when something else drifts, with one comment that tells people so', async () => {
    const world = await begin();
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 2);
    const { number } = only(world);
    world.tool.world.set({ ada: 'owner' });
    await hours(world, 2);
    expect(plain(only(world).body)).toContain('thing/grace');
    expect(said(world, number)).toEqual([
      '**It drifts otherwise now.** To put it back: 1 resource to create and 1 resource to change. The text above has it all.',
    ]);
  });

  test('is planned and applied on, then closes by itself and gives the lock back, and is the same when it drifts again', async () => {
    const world = await begin();
    const { w, tool } = world;
    tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 2);
    const { number } = only(world);
    await commentOn(world, number, '/plan');
    await commentOn(world, number, '/apply', people.grace);
    expect(tool.world.get()).toEqual(asApplied);
    const { key } = world.project('people');
    // It is looked at right behind the apply, not by its schedule.
    await world.pass(60_000);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
    expect(only(world)).toMatchObject({ number, state: 'closed' });
    expect(plain(only(world).body)).toContain('is as');
    expect(await w.ports.store.locks.get(key)).toBeNull();
    tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 2);
    expect(only(world)).toMatchObject({ number, state: 'open' });
    expect(said(world, number).at(-1)).toContain('It drifts again.');
  });

  test('is not opened anew by a server that does not know any more that it is there', async () => {
    const world = await begin();
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 2);
    const { number } = only(world);
    const { store } = world.w.ports;
    const row = await store.driftIssues.get(world.project('people').key);
    if (row === null) throw new Error('there is no row');
    await store.driftIssues.put({ ...row, number: null });
    world.tool.world.set({});
    await world.pass(hour);
    expect(only(world).number).toBe(number);
    expect((await store.driftIssues.get(row.project))?.number).toBe(number);
  });

  test('stays as it was left by a look that failed, and stays closed where somebody closed it', async () => {
    const world = await begin();
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 2);
    const { number } = only(world);
    world.tool.behave({ drift: { exit: 1 } });
    await world.pass(hour);
    expect(only(world).state).toBe('open');
    world.tool.behave({});
    world.w.forge.issues.change(repo, number, { state: 'closed' });
    await hours(world, 2);
    expect(only(world).state).toBe('closed');
    world.tool.world.set({});
    await world.pass(hour);
    expect(only(world).state).toBe('open');
  });

  test('that somebody closed gives the lock back that was taken on it, once the sweep finds it', async () => {
    const world = await begin();
    const { store } = world.w.ports;
    const { key } = world.project('people');
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 2);
    const { number } = only(world);
    await commentOn(world, number, '/plan');
    await hours(world, 2);
    expect((await store.locks.get(key))?.pullNumber).toBe(number);
    world.w.forge.issues.change(repo, number, { state: 'closed' });
    await hours(world, 3);
    expect(await store.locks.get(key)).toBeNull();
  });

  test('is none where nobody may write issues, and looks go on', async () => {
    const world = await begin();
    world.w.forge.permitApp('issues', false);
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await hours(world, 3);
    expect(issues(world)).toEqual([]);
    expect(await world.drift()).toMatchObject({ status: 'drifted', consecutive: 3 });
    expect(world.w.complaints).toEqual([]);
  });

  test('is not opened for what is only to be detected', async () => {
    const world = await begin({
      drift: drift.replace('issue', 'detect'),
      settings: { ...settings, mode: 'detect' },
    });
    world.tool.world.set({});
    await hours(world, 3);
    expect(issues(world)).toEqual([]);
  });
});
