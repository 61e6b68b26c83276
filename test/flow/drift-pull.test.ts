/** Decision 60: a pull request of our own about drift, asked for on the issue that tells of it. */
import { afterEach, describe, expect, test } from 'vitest';
import type { DriftSettings } from '../../src/domain/drift/settings.ts';
import {
  applies,
  approve,
  boardOf,
  commentOn,
  holder,
  issueOf,
  opened,
  said,
  say,
  settled,
  stateOf,
  told,
} from '../support/drift-acts.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const { ada, grace, margaret, mallory } = people;
const settings: DriftSettings = {
  mode: 'issue',
  schedule: { cron: '0 * * * *', zone: 'UTC' },
  threshold: 1,
  ignore: [],
  limits: { deletes: false, replaces: false, most: 10, share: 30 },
};
const drift = 'drift: { mode: issue, threshold: 1, schedule: { cron: "0 * * * *" } }';
const approved = 'rules: [{match: "**", requirements: {apply: [approved]}}]\n';
const asApplied = { ada: 'admin', grace: 'dev' };
const somebody = { ada: 'owner', grace: 'dev' };
const minute = 60_000;

/** It drifts, and its issue is there: the number. */
const drifting = async (wish: DriftWish = {}): Promise<{ world: DriftWorld; issue: number }> => {
  const world = await createDriftWorld({
    ...{ drift, settings, dirs: ['people', 'paper'] },
    ...wish,
    operator: `drift: { jitter: 0m }\n${wish.operator ?? ''}`,
  });
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  await world.apply(commit);
  world.tool.world.set(somebody);
  await world.pass(hour);
  const [issue] = world.w.forge.issues.all(repo);
  if (issue === undefined) throw new Error(`nothing is told: ${world.w.complaints.join('; ')}`);
  return { world, issue: issue.number };
};

describe('/followup on a drift issue', () => {
  test('opens a pull request that plans exactly what drifts, can be approved, and is over with its apply', async () => {
    const { world, issue } = await drifting({ operator: approved });
    const { w, tool } = world;
    expect(await commentOn(world, issue, '/followup the console was open', grace)).toContain(
      '#2 puts it back',
    );
    expect(w.ask(2)).toMatchObject({
      title: `Put back drift of people (#${issue})`,
      head: { ref: `tidegate/drift-${issue}` },
      base: { ref: 'main' },
    });
    const body = w.forge.opening.bodyOf(refOf(2));
    expect(body).toContain(`as #${issue} tells. To put it back: 1 resource to change`);
    expect(body).toContain('the console was open');
    expect(issueOf(world)?.body).toContain('#2 is open for it');
    await told(world, 2, 'opened');
    expect(boardOf(world, 2)).toContain('`people`');
    expect(boardOf(world, 2)).not.toContain('| `paper` |');
    expect(await holder(world)).toBe(2);
    await say(world, 2, '/apply', grace);
    expect(applies(world)).toBe(0);
    // Who asked for it counts as its author.
    await approve(world, 2, grace);
    await say(world, 2, '/apply', grace);
    expect(applies(world)).toBe(0);
    await approve(world, 2, ada);
    await say(world, 2, '/apply', grace);
    expect([applies(world), tool.world.get()]).toEqual([1, asApplied]);
    await world.pass(minute);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
    expect(issueOf(world)?.state).toBe('closed');
    expect(await stateOf(world, 2)).toBe('closed');
    expect(said(world, 2, 'is as it was applied again')).toHaveLength(1);
    expect(await holder(world)).toBeNull();
    const tracked = await w.ports.store.tracked.get(world.project('people').key);
    expect(tracked?.applied).toMatchObject({ on: 'branch', sure: true });
    // Quiet from then on.
    // The other project is looked at for the first time.
    await world.pass(hour);
    const writes = w.forge.writes();
    for (let at = 0; at < 3; at += 1) await world.pass(hour);
    expect([w.forge.writes(), applies(world), w.complaints]).toEqual([writes, 1, []]);
  });

  test('names the one that is open, and opens another when that was closed', async () => {
    const { world, issue } = await drifting();
    await commentOn(world, issue, '/plan');
    expect(await holder(world)).toBe(issue);
    await commentOn(world, issue, '/followup');
    // What was planned on the issue goes on there.
    expect(await holder(world)).toBe(2);
    await told(world, 2, 'opened');
    expect(await commentOn(world, issue, '/followup again', grace)).toContain('#2 puts it back');
    expect(opened(world)).toEqual([2]);
    world.w.edit(2, { state: 'closed' });
    await told(world, 2, 'closed');
    expect(await holder(world)).toBeNull();
    expect(issueOf(world)?.body).not.toContain('#2 is open');
    expect(await commentOn(world, issue, '/followup', grace)).toContain('#3 puts it back');
    expect(world.w.ask(3)).toMatchObject({ head: { ref: `tidegate/drift-${issue}-2` } });
  });

  test('is closed where the world came right without it, and says what drifts now where that is something else', {
    tags: ['long'],
  }, async () => {
    const { world, issue } = await drifting();
    await commentOn(world, issue, '/followup');
    await told(world, 2, 'opened');
    expect(boardOf(world, 2)).toContain('| 0 | 1 | 0 | 0 | planned |');
    world.tool.world.set({ ada: 'owner' });
    await world.pass(hour);
    await settled(world);
    expect(world.w.forge.opening.bodyOf(refOf(2))).toContain('1 resource to create and 1 resource to change');
    expect(boardOf(world, 2)).toContain('| 1 | 1 | 0 | 0 | planned |');
    world.tool.world.set(asApplied);
    await world.pass(hour);
    await settled(world);
    expect(await stateOf(world, 2)).toBe('closed');
    expect(said(world, 2, 'is as it was applied again')).toHaveLength(1);
    // Nobody needs its branch any more.
    expect(world.w.forge.opening.branches(repo).size).toBe(0);
    expect([await holder(world), applies(world)]).toEqual([null, 0]);
  });

  test('is applied by its merge where that is how the project is applied, and then the issue closes', {
    tags: ['long'],
  }, async () => {
    const onMerge = 'rules: [{match: "**", apply: merge, requirements: {apply: [approved]}}]\n';
    const { world, issue } = await drifting({ operator: onMerge });
    const { w, tool } = world;
    await commentOn(world, issue, '/followup', grace);
    await told(world, 2, 'opened');
    await approve(world, 2, margaret);
    expect(applies(world)).toBe(0);
    await w.merge(2, {});
    w.forge.branches.setBranch(repo, 'main', w.ask(2).merged?.commit ?? w.ask(2).head.sha);
    await settled(world);
    expect([applies(world), tool.world.get()]).toEqual([1, asApplied]);
    await world.pass(minute);
    await settled(world);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
    expect([issueOf(world)?.state, await holder(world)]).toEqual(['closed', null]);
    const tracked = await w.ports.store.tracked.get(world.project('people').key);
    expect(tracked?.applied).toMatchObject({ on: 'branch', sure: true, pullNumber: 2 });
    await world.pass(hour);
    const writes = w.forge.writes();
    for (let at = 0; at < 3; at += 1) await world.pass(hour);
    expect([w.forge.writes(), applies(world), w.complaints]).toEqual([writes, 1, []]);
  });

  test('leaves one open that somebody has pushed to', { tags: ['long'] }, async () => {
    const { world, issue } = await drifting();
    await commentOn(world, issue, '/followup');
    await told(world, 2, 'opened');
    world.w.open(2, { 'people/note.txt': 'mine' });
    await world.w.event(2, 'synchronize');
    await settled(world);
    world.tool.world.set(asApplied);
    await world.pass(hour);
    await settled(world);
    expect(await stateOf(world, 2)).toBe('open');
    expect(said(world, 2, 'for people to say')).toHaveLength(1);
  });

  test('asks of whoever comments what an apply asks, and what is pending goes its own way', async () => {
    const { world, issue } = await drifting();
    expect(await commentOn(world, issue, '/followup', mallory)).toContain('needs write permission');
    const row = await world.w.ports.store.tracked.get(world.project('people').key);
    if (row?.desired == null) throw new Error('there is no row');
    const next = world.w.main({ 'people/wish.json': '{}' });
    world.w.forge.branches.setBranch(repo, 'main', next);
    await world.w.ports.store.tracked.put({ ...row, desired: { ...row.desired, sha: next } });
    expect(await commentOn(world, issue, '/followup')).toContain('is pending');
    expect(opened(world)).toEqual([]);
  });

  test('says so where the App may not, and leaves nothing', async () => {
    const { world, issue } = await drifting();
    world.w.forge.permitApp('contents', false);
    expect(await commentOn(world, issue, '/followup')).toContain('may not make a branch');
    expect(await world.w.ports.store.driftPulls.ofProject(world.project('people').key)).toEqual([]);
  });
});
