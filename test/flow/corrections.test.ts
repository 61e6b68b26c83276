/** Decision 57: drift that is put back without a command, on the issue that tells of it. */
import { afterEach, describe, expect, test } from 'vitest';
import type { DriftLimits, DriftSettings } from '../../src/domain/drift/settings.ts';
import type { Actor } from '../../src/domain/pull.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const careful: DriftLimits = { deletes: false, replaces: false, most: 10, share: 30 };
const settings: DriftSettings = {
  mode: 'apply',
  schedule: { cron: '0 * * * *', zone: 'UTC' },
  threshold: 1,
  ignore: [],
  limits: careful,
};
const lets = 'repositories: [{ match: acme/*, drift: { most: apply } }]\n';
const asApplied = { ada: 'admin', alan: 'dev', grace: 'dev', margaret: 'dev' };
const somebody = { ...asApplied, ada: 'owner' };
const minute = 60_000;

interface Given extends DriftWish {
  readonly limits?: Partial<DriftLimits>;
  /** More keys of the project, ` ,key: value`. */
  readonly more?: string;
}

const begin = async ({ limits = {}, more = '', ...wish }: Given = {}): Promise<DriftWorld> => {
  const all = { ...careful, ...limits };
  const words = Object.entries(all).map(([key, value]) => `${key}: ${value}`);
  const drift = `drift: { mode: apply, threshold: 1, schedule: { cron: "0 * * * *" }, limits: { ${words.join(', ')} } }${more}`;
  const world = await createDriftWorld({
    ...{ things: asApplied, drift, settings: { ...settings, limits: all } },
    ...wish,
    operator: `drift: { jitter: 0m }\n${wish.operator ?? lets}`,
  });
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  await world.apply(commit);
  return world;
};

const only = ({ w }: DriftWorld) => {
  const [issue, ...more] = w.forge.issues.all(repo);
  if (issue === undefined || more.length > 0) throw new Error('there is not exactly one issue');
  return issue;
};
const applies = ({ tool }: DriftWorld): number =>
  tool.journal().filter(({ phase }) => phase === 'apply').length;
const audit = async ({ w }: DriftWorld): Promise<readonly string[]> =>
  (await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 0 })).map(({ kind }) => kind);
const comments = ({ w }: DriftWorld, word: string): readonly string[] =>
  w.forge
    .comments(refOf(w.forge.issues.all(repo)[0]?.number ?? 0))
    .map(({ body }) => body)
    .filter((body) => body.includes(word));
const held = (world: DriftWorld): string | null =>
  /\*\*Tidegate does not put it back by itself:\*\* (.*)/.exec(only(world).body)?.[1] ?? null;
const correction = ({ w, project }: DriftWorld) => w.ports.store.corrections.get(project('people').key);

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

describe('drift is put back', () => {
  test('within one interval: told once, planned and applied on its issue by Tidegate, and over after that', async () => {
    const world = await begin();
    const { w, tool } = world;
    await world.pass(hour);
    tool.world.set(somebody);
    await world.pass(hour);
    await world.pass(minute);
    expect(tool.world.get(), w.complaints.join('\n')).toEqual(asApplied);
    await world.pass(minute);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
    const { number, state } = only(world);
    expect(state).toBe('closed');
    const key = { repositoryId: repo.id, pullNumber: number };
    const [run, ...more] = await w.ports.store.runs.ofPull(key, ['applied']);
    expect([run?.actor, more]).toEqual([{ id: 0, login: 'tidegate', kind: 'bot' }, []]);
    const batch = run === undefined ? null : await w.ports.store.batches.get(run.batchId);
    expect(batch).toMatchObject({ cause: 'drift', commentId: null });
    const events = await w.ports.store.audit.ofPull(key);
    expect(events.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual(
      expect.arrayContaining([
        'drift.correcting tidegate',
        'apply.allowed tidegate',
        'apply.applied tidegate',
      ]),
    );
    expect(await w.ports.store.locks.get(world.project('people').key)).toBeNull();
    // Quiet from then on.
    const writes = w.forge.writes();
    for (let at = 0; at < 3; at += 1) await world.pass(hour);
    expect([w.forge.writes(), applies(world), w.complaints]).toEqual([writes, 1, []]);
  });

  test('only where the operator lets a file ask for it', async () => {
    const world = await begin({ operator: '' });
    world.tool.world.set(somebody);
    await world.pass(hour);
    expect([applies(world), world.tool.world.get()]).toEqual([0, somebody]);
  });

  test('only once for one finding, whenever the server dies on the way', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    for (const after of ['drift.correcting', 'plan.planned', 'apply.admitted', 'apply.applied']) {
      const world = await begin();
      const { w, tool } = world;
      tool.world.set(somebody);
      await w.advance(hour);
      await w.until(async () => {
        const number = w.forge.issues.all(repo)[0]?.number ?? 0;
        const events = await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: number });
        return events.some(({ kind }) => kind === after);
      });
      await w.crash();
      for (let at = 0; at < 4; at += 1) await world.pass(hour / 2);
      expect([after, tool.world.get(), applies(world)]).toEqual([after, asApplied, 1]);
      expect(only(world).state).toBe('closed');
    }
  });

  test('not twice because a clock jumps, ahead or back', { tags: ['long'], timeout: 120_000 }, async () => {
    const world = await begin();
    const { w, tool } = world;
    tool.world.set(somebody);
    await world.pass(hour);
    await world.pass(minute);
    expect(applies(world)).toBe(1);
    for (const jump of [400 * 24 * hour, -400 * 24 * hour, 3 * hour, -3 * hour]) {
      w.jump(jump);
      await world.pass(hour);
      await world.pass(hour);
    }
    expect([applies(world), tool.world.get()]).toEqual([1, asApplied]);
  });

  test('with a wait that doubles, and no more after the third time in a day: told once, until a person says /resume', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    const world = await begin();
    const { tool } = world;
    for (let at = 0; at < 6; at += 1) {
      tool.world.set(somebody);
      await world.pass(hour);
      await world.pass(20 * minute);
    }
    expect([applies(world), tool.world.get()]).toEqual([3, somebody]);
    expect(held(world)).toContain('was put back 3 times within a day');
    expect(comments(world, ':stopped:')).toHaveLength(1);
    expect((await audit(world)).filter((kind) => kind === 'drift.oscillates')).toHaveLength(1);
    // A day later as well.
    await world.pass(26 * hour);
    expect(applies(world)).toBe(3);
    const { number } = only(world);
    await commentOn(world, number, '/resume', people.mallory);
    expect((await correction(world))?.stopped).not.toBeNull();
    await commentOn(world, number, '/resume');
    expect(comments(world, 'is put back by itself again')).toHaveLength(1);
    await world.pass(hour);
    expect([applies(world), tool.world.get()]).toEqual([4, asApplied]);
  });

  test('again after a person applied it on the issue', { tags: ['long'], timeout: 120_000 }, async () => {
    const world = await begin();
    const { tool } = world;
    for (let at = 0; at < 4; at += 1) {
      tool.world.set(somebody);
      await world.pass(hour);
      await world.pass(20 * minute);
    }
    expect((await correction(world))?.stopped).not.toBeNull();
    const { number } = only(world);
    await commentOn(world, number, '/plan');
    await commentOn(world, number, '/apply');
    expect([applies(world), tool.world.get()]).toEqual([4, asApplied]);
    expect((await correction(world))?.stopped).toBeNull();
  });
});

describe('drift is left, and its issue says why', () => {
  const refused = async (world: DriftWorld, things: Readonly<Record<string, string>> = somebody) => {
    world.tool.world.set(things);
    await world.pass(hour);
    await world.pass(hour);
    expect([applies(world), world.tool.world.get(), world.w.complaints]).toEqual([0, things, []]);
    expect(await world.w.ports.store.locks.get(world.project('people').key)).toBeNull();
    return held(world);
  };

  test('where something would be deleted', async () => {
    expect(await refused(await begin(), { ...asApplied, mallory: 'admin' })).toContain('`deletes`');
  });

  test('where it is more than its share', async () => {
    expect(await refused(await begin(), { ...somebody, alan: 'owner' })).toContain('2 of 4 resources');
  });

  test('where it is suspended, and is put back when that is over', async () => {
    const world = await begin();
    const { w, project } = world;
    await w.ports.store.suspensions.add({
      ...{ project: project('people'), repo, pullNumber: 1, commentId: 1, by: people.ada, reason: 'moving' },
      ...{ since: w.ports.clock.now(), until: w.ports.clock.now() + 3 * hour, reminded: true },
    });
    expect(await refused(world)).toContain('is suspended by `ada`');
    await world.pass(hour + 10 * minute);
    await world.pass(minute);
    expect(world.tool.world.get()).toEqual(asApplied);
  });

  test('where a pull request holds its lock, and is put back when that is free', async () => {
    const world = await begin();
    const { store } = world.w.ports;
    const { key } = world.project('people');
    const pull = { repositoryId: repo.id, pullNumber: 77 };
    await store.locks.acquire(key, pull, 1);
    world.tool.world.set(somebody);
    await world.pass(hour);
    expect([applies(world), held(world)]).toEqual([0, expect.stringContaining('77 holds its lock.')]);
    await store.locks.release(key, pull);
    await world.pass(6 * minute);
    await world.pass(minute);
    expect(world.tool.world.get()).toEqual(asApplied);
  });

  test('where a rule asks for approvals, unless the operator lets it go without', async () => {
    const rule = 'rules: [{ match: "**", requirements: [approved] }]\n';
    const more = {
      requirements: {
        apply: [{ kind: 'approved', count: 1, from: null, codeOwners: false, when: null, source: 'x' }],
      },
    } as const;
    const asks = await begin({ operator: `${lets}${rule}` });
    const row = await asks.w.ports.store.tracked.get(asks.project('people').key);
    if (row === null) throw new Error('not tracked');
    // By what is known of the project, before anything is planned.
    await asks.w.ports.store.tracked.put({
      ...row,
      project: { ...row.project, settings: { ...row.project.settings, ...more } },
    });
    expect(await refused(asks)).toContain('ask for a person');
    const goes = await begin({ operator: `${lets.replace('most', 'unapproved: true, most')}${rule}` });
    goes.tool.world.set(somebody);
    await goes.pass(hour);
    await goes.pass(minute);
    expect(goes.tool.world.get()).toEqual(asApplied);
  });

  test('where only the rules of now ask for approvals: what was planned is given up, with its lock', async () => {
    const world = await begin({ operator: `${lets}rules: [{ match: "**", requirements: [approved] }]\n` });
    expect(await refused(world)).toMatch(/approv|person/);
    expect((await correction(world))?.begun.length).toBeGreaterThan(0);
  });

  test('where the rules name who may apply', async () => {
    const world = await begin({
      operator: `${lets}rules: [{ match: "**", who_may: { apply: { users: [ada] } } }]\n`,
    });
    world.tool.world.set(somebody);
    await world.pass(hour);
    await world.pass(minute);
    expect(held(world)).toContain('who may apply, and Tidegate is none of them');
    // Also behind a look that finds it left alone for a while.
    const { store, clock } = world.w.ports;
    await store.drifts.ask(world.project('people').key, clock.now());
    await world.pass(minute);
    expect(held(world)).toMatch(/who may apply.* It is tried again after 2026-/);
    expect(await refused(world)).toMatch(/who may apply/);
    await world.pass(hour);
    // However often it comes to nothing: that is nobody who changes it as well.
    expect((await correction(world))?.begun.length).toBeGreaterThan(3);
    expect(held(world)).toContain('who may apply');
    expect((await correction(world))?.stopped).toBeNull();
    expect(comments(world, '')).toHaveLength(1);
  });

  test('where its window is closed, and is put back when that opens', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    const rule =
      'rules: [{ match: "**", requirements: [{ window: { allow: [{ cron: "0 3 * * *", for: 1h }] } }] }]\n';
    const world = await begin({ operator: `${lets}${rule}` });
    world.tool.world.set(somebody);
    await world.pass(hour);
    const said = held(world);
    expect([applies(world), said !== null]).toEqual([0, true]);
    for (let at = 0; at < 26 && applies(world) === 0; at += 1) await world.pass(hour);
    expect(world.tool.world.get()).toEqual(asApplied);
    expect(new Date(world.w.ports.clock.now()).getUTCHours()).toBeLessThanOrEqual(4);
  });

  test('where what was applied is not sure', async () => {
    const world = await begin();
    const row = await world.w.ports.store.tracked.get(world.project('people').key);
    if (row?.applied == null) throw new Error('not tracked');
    await world.w.ports.store.tracked.put({ ...row, applied: { ...row.applied, sure: false } });
    expect(await refused(world)).toContain('a person has to look');
  });

  test('where what is passed over would be put back as well', async () => {
    const ignore = [{ address: 'thing/alan', paths: [], reason: 'scaled', until: '2099-12-31' }];
    const drift =
      'drift: { mode: apply, threshold: 1, schedule: { cron: "0 * * * *" }, ignore: [{ address: thing/alan, reason: scaled, until: 2099-12-31 }], limits: { share: 100 } }';
    const world = await begin({ drift, settings: { ...settings, ignore } });
    expect(await refused(world, { ...somebody, alan: 'owner' })).toContain('pass over');
  });

  test('where a person is at it, or has closed its issue', { tags: ['long'], timeout: 120_000 }, async () => {
    const world = await begin({ limits: { share: 20 } });
    expect(await refused(world)).toContain('`share`');
    const { number } = only(world);
    world.w.forge.issues.change(repo, number, { state: 'closed' });
    const row = await world.w.ports.store.tracked.get(world.project('people').key);
    if (row === null) throw new Error('not tracked');
    await world.w.ports.store.tracked.put({
      ...row,
      project: { ...row.project, settings: { ...row.project.settings, drift: settings } },
    });
    await world.pass(hour);
    await world.pass(hour);
    expect([applies(world), only(world).state]).toEqual([0, 'closed']);
  });

  test('where its apply fails: nothing is tried again by itself', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    const world = await begin();
    world.tool.behave({ apply: { exit: 1 } });
    world.tool.world.set(somebody);
    await world.pass(hour);
    await world.pass(hour);
    world.tool.behave({});
    for (let at = 0; at < 3; at += 1) await world.pass(hour);
    expect([applies(world), world.tool.world.get()]).toEqual([1, somebody]);
    expect(held(world)).toContain('a person has to look');
  });
});
