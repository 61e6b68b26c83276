import { afterEach, describe, expect, test } from 'vitest';
import { pressId } from '../../src/domain/ids.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';
import { buttonsOn, pressOn, send } from '../support/press.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const [planCheck, applyCheck] = ['tidegate/plan', 'tidegate/apply'];
const [network, database] = ['tidegate: network', 'tidegate: database'];

const filesOf = (projects: readonly string[], text: string) =>
  Object.fromEntries(projects.map((name) => [`${name}/main.tf`, tf(text)]));

/** Two projects that ada's pull request changes, planned. */
const world = async (operator = '', projects = ['network', 'database']): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main: filesOf(projects, 'one'), operator });
  open.push(w);
  w.open(1, filesOf(projects, 'two'));
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const press = async (
  w: MemoryWorld,
  ...on: Parameters<typeof pressOn> extends [unknown, ...infer R] ? R : never
) => {
  const trigger = pressOn(w, ...on);
  await send(w, trigger);
  await w.settled();
  return trigger;
};
const answers = (w: MemoryWorld) =>
  w.forge.comments(refOf(1)).filter(({ body }) => body.includes('tidegate:reply:'));
const answerTo = async (w: MemoryWorld, id: string) => {
  const report = await w.ports.store.reports.get(key, `reply:${id}`);
  const content = report === null ? null : readReplyContent(report.content);
  return content?.kind === 'problem' ? content.problem.code : (content?.kind ?? null);
};
const applied = (w: MemoryWorld) => w.tool.journal.filter((one) => one.startsWith('apply'));
const plans = (w: MemoryWorld) => w.tool.journal.filter((one) => one.startsWith('plan'));

describe('buttons', () => {
  test('are on completed checks, for what may be done there', async () => {
    const w = await world();
    expect(buttonsOn(w, planCheck)).toEqual(['Plan']);
    expect(buttonsOn(w, applyCheck)).toEqual(['Apply', 'Unlock']);
    expect(buttonsOn(w, network)).toEqual(['Plan', 'Apply', 'Unlock']);
    await press(w, applyCheck, 'Apply');
    expect(buttonsOn(w, applyCheck)).toEqual([]);
    expect(buttonsOn(w, network)).toEqual(['Plan', 'Unlock']);
    w.edit(1, { state: 'closed' });
    await w.event(1, 'closed');
    await w.settled();
    expect([planCheck, applyCheck, network].flatMap((name) => buttonsOn(w, name))).toEqual([]);
  });

  test('to apply are not there for what the merge applies', async () => {
    const w = await world('rules: [{match: network, apply: merge}]\n');
    expect(buttonsOn(w, network)).toEqual(['Plan', 'Unlock']);
    expect(buttonsOn(w, applyCheck)).toEqual(['Apply', 'Unlock']);
    await press(w, applyCheck, 'Apply');
    expect(applied(w)).toEqual(['apply database']);
    expect(buttonsOn(w, applyCheck)).toEqual([]);
  });

  test('plan again, all of it or one project, for whoever pressed', async () => {
    const w = await world();
    await press(w, planCheck, 'Plan', people.grace);
    expect(plans(w)).toHaveLength(4);
    await press(w, network, 'Plan', people.grace);
    expect(plans(w).slice(4)).toEqual(['plan network']);
    expect((await w.ports.store.runs.latest(key)).map(({ actor }) => actor?.login)).toEqual([
      'grace',
      'grace',
    ]);
    expect(answers(w)).toEqual([]);
  });

  test('apply what is shown, once, and leave on record who pressed', async () => {
    const w = await world();
    const { pressId: id } = await press(w, applyCheck, 'Apply', people.grace);
    expect(applied(w).toSorted()).toEqual(['apply database', 'apply network']);
    expect(w.tool.state.get('network')).toBe(tf('two'));
    const events = await w.ports.store.audit.ofPull(key);
    expect(events.filter(({ kind }) => kind === 'button.pressed')).toMatchObject([
      { actor: 'grace', facts: { press: id, check: applyCheck, wish: 'apply', problem: null } },
    ]);
    expect(events.find(({ kind }) => kind === 'apply.admitted')).toMatchObject({ actor: 'grace' });
    expect(events.filter(({ kind }) => kind === 'apply.allowed').map(({ actor }) => actor)).toEqual([
      'grace',
      'grace',
    ]);
    expect(answers(w)).toEqual([]);
  });

  test('of a project are for that project, whatever its name could match', async () => {
    const w = await world();
    await press(w, database, 'Apply');
    expect(applied(w)).toEqual(['apply database']);
    await press(w, network, 'Unlock');
    expect((await w.ports.store.locks.ofPull(key)).map(({ project }) => project)).toEqual([
      expect.stringContaining(':database:'),
    ]);
    expect(answers(w).map(({ body }) => body)).toEqual([
      expect.stringMatching(/\*\*ada\*\* pressed the button for `\/unlock`[\s\S]*`network`: unlocked/),
    ]);
  });
});

describe('a press is refused', () => {
  test('on a check of an older commit, which is superseded then', async () => {
    const w = await world();
    const old = pressOn(w, applyCheck, 'Apply');
    const oldPlan = pressOn(w, planCheck, 'Plan');
    w.open(1, { 'network/main.tf': tf('three'), 'database/main.tf': tf('three') });
    await w.event(1, 'synchronize');
    await w.settled();
    const before = w.tool.journal.length;
    for (const trigger of [old, oldPlan]) await send(w, trigger);
    await w.settled();
    expect(w.tool.journal).toHaveLength(before);
    expect(await answerTo(w, old.pressId)).toBe('button-moved');
    expect(await answerTo(w, oldPlan.pressId)).toBe('button-moved');
    const left = w.forge.checks(repo).filter(({ headSha }) => headSha === old.headSha);
    expect(left.filter(({ name }) => name === planCheck)).toMatchObject([
      { title: 'Superseded', actions: [] },
    ]);
  });

  test('when a plan would do something else by now; the same plan made again is the one that was shown', async () => {
    const w = await world();
    const first = pressOn(w, network, 'Apply');
    await w.comment(1, '/plan -p network');
    await w.settled();
    await send(w, first);
    await w.settled();
    expect(applied(w)).toEqual(['apply network']);
    const second = pressOn(w, database, 'Apply');
    w.tool.state.set('database', 'somebody was at the console');
    await w.comment(1, '/plan -p database');
    await w.settled();
    await send(w, second);
    await w.settled();
    expect(applied(w)).toEqual(['apply network']);
    expect(await answerTo(w, second.pressId)).toBe('button-moved');
    await press(w, database, 'Apply');
    expect(applied(w)).toEqual(['apply network', 'apply database']);
  });

  test('of all plans when one of them is another', async () => {
    const w = await world();
    const all = pressOn(w, applyCheck, 'Apply');
    await press(w, network, 'Apply');
    await send(w, all);
    await w.settled();
    expect(applied(w)).toEqual(['apply network']);
    expect(await answerTo(w, all.pressId)).toBe('button-moved');
  });

  test('in the words of a comment, for those who may not', async () => {
    const w = await world();
    const { pressId: id } = await press(w, applyCheck, 'Apply', people.mallory);
    const comment = await w.comment(1, '/apply', people.mallory);
    await w.settled();
    expect(applied(w)).toEqual([]);
    const problem = async (of: string | number) => {
      const content = readReplyContent((await w.ports.store.reports.get(key, `reply:${of}`))?.content);
      return content.kind === 'problem' ? content.problem : null;
    };
    expect((await problem(id))?.code).toBe('not-permitted');
    expect(await problem(id)).toEqual(await problem(comment));
    expect(answers(w).map(({ body }) => body)).toContainEqual(
      expect.stringContaining('**mallory** pressed the button for `/apply`, and it was not done.'),
    );
    // Others may still press, and it is theirs.
    await press(w, applyCheck, 'Apply', people.grace);
    expect(applied(w)).toHaveLength(2);
  });

  test.each([
    ['closed', { state: 'closed' }, 'closed'],
    ['a draft', { draft: true }, 'draft'],
    ['of a fork', { head: 'fork' }, 'fork'],
  ] as const)('where the pull request is %s by now, as a comment would be', async (_what, more, code) => {
    const w = await world();
    const trigger = pressOn(w, network, 'Apply');
    const { head } = w.ask(1);
    w.edit(1, 'head' in more ? { head: { ...head, repoId: 1234 } } : more);
    await send(w, trigger);
    await w.settled();
    expect(applied(w)).toEqual([]);
    const run = (await w.ports.store.runs.latest(key)).find(({ verb }) => verb === 'apply');
    expect([await answerTo(w, trigger.pressId), run?.problem?.code]).toContain(code);
  });

  test('that came to us more than an hour ago; what only looks is done', async () => {
    const w = await world();
    const [apply, plan] = [pressOn(w, network, 'Apply'), pressOn(w, network, 'Plan')];
    const stored = { event: 'check_run', action: 'requested_action', repository: 'acme/infrastructure' };
    const receivedAt = w.ports.clock.now() - 3_700_000;
    await w.road.receive({ ...stored, id: 'late', trigger: apply, receivedAt });
    await w.settled();
    expect(await answerTo(w, apply.pressId)).toBe('found-late');
    await w.road.receive({ ...stored, id: 'later', trigger: plan, receivedAt });
    await w.settled();
    expect(applied(w)).toEqual([]);
    expect(plans(w)).toHaveLength(3);
  });

  test('when there were too many, and then left alone', async () => {
    const w = await world();
    const trigger = pressOn(w, network, 'Unlock', people.mallory);
    for (let many = 0; many < 63; many += 1)
      await send(w, { ...trigger, pressId: pressId(`${trigger.identifier}-${many}-4`) });
    await w.settled();
    const codes = await Promise.all(
      Array.from({ length: 63 }, (_, many) => answerTo(w, `${trigger.identifier}-${many}-4`)),
    );
    expect(codes.filter((code) => code === 'not-permitted')).toHaveLength(60);
    expect(codes.slice(60)).toEqual(['too-many-commands', null, null]);
  });

  test('when nothing is known of it any more as it comes to its turn', async () => {
    const w = await world();
    const held = Promise.withResolvers<undefined>();
    w.tool.hooks.set('apply', (dir) => (dir === 'network' ? held.promise : undefined));
    await send(w, pressOn(w, network, 'Apply'));
    await w.until(() => applied(w).length === 1);
    await send(w, pressOn(w, database, 'Apply', people.grace));
    await w.until(async () => (await w.ports.store.runs.inState(['queued'])).length === 1);
    await w.until(async () => (await w.ports.store.deliveries.pending(1)).length === 0);
    await w.ports.store.pruning.deliveries(Number.MAX_SAFE_INTEGER, 1_000);
    held.resolve(undefined);
    await w.settled();
    expect(applied(w)).toEqual(['apply network']);
    const run = (await w.ports.store.runs.latest(key)).find(
      ({ verb, project }) => verb === 'apply' && project.name === 'database',
    );
    expect(run).toMatchObject({ state: 'failed', problem: { code: 'comment-changed' } });
  });
});

describe('a press acts once', () => {
  test('however often it comes, and under whatever id', async () => {
    const w = await world();
    const trigger = pressOn(w, network, 'Apply');
    for (const id of ['same', 'same', 'another']) await send(w, trigger, id);
    await w.settled();
    for (const id of ['same', 'third']) await send(w, trigger, id);
    await w.settled();
    expect(applied(w)).toEqual(['apply network']);
    expect(answers(w)).toEqual([]);
  });

  test('also when it was refused: what it asked for is not done later, and the button that is there then is another', async () => {
    const w = await world('rules: [{match: "**", requirements: [approved]}]\n');
    const trigger = await press(w, network, 'Apply');
    expect(applied(w)).toEqual([]);
    await w.advance(2_000);
    w.forge.addReview(refOf(1), {
      author: people.grace,
      state: 'approved',
      commit: w.ask(1).head.sha,
      submittedAt: w.ports.clock.now(),
    });
    await send(w, trigger, 'sent again by somebody who kept it');
    await w.settled();
    expect(applied(w)).toEqual([]);
    const next = pressOn(w, network, 'Apply');
    expect(next.identifier).not.toBe(trigger.identifier);
    await send(w, next);
    await w.settled();
    expect(applied(w)).toEqual(['apply network']);
  });

  test('wherever the server dies over it, and whatever is sent again then', { tags: ['long'] }, async () => {
    let deaths = 0;
    for (let write = 1; deaths === write - 1; write += 1) {
      const w = await world('', ['network']);
      const trigger = pressOn(w, network, 'Apply');
      await w.crash(write);
      // Nobody hears of what a dead server was asked.
      void send(w, trigger, 'same');
      await w.until(() => w.isDead() || applied(w).length > 0);
      if (w.isDead()) deaths += 1;
      await w.crash();
      for (const id of ['same', 'another']) await send(w, trigger, id);
      await w.settled();
      const apply = (await w.ports.store.runs.latest(key)).find(({ verb }) => verb === 'apply');
      expect([apply?.state, applied(w).length], `write ${write}`).toBeOneOf([
        ['applied', 1],
        ['cancelled', 0],
        ['unresolved', 0],
        ['unresolved', 1],
      ]);
      await open.pop()?.close();
    }
    expect(deaths).toBeGreaterThan(4);
  });
});

describe('an identifier', () => {
  test('of another check, pull request or button does nothing', async () => {
    const w = await world();
    w.open(2, { 'other/main.tf': tf('two') });
    await w.event(2, 'opened');
    await w.settled();
    const theirs = pressOn(w, applyCheck, 'Apply', people.ada, 2);
    const own = pressOn(w, network, 'Apply');
    const plan = pressOn(w, network, 'Plan');
    const forged = [
      { ...own, identifier: theirs.identifier },
      { ...own, check: database },
      { ...own, check: applyCheck },
      { ...theirs, pull: refOf(1) },
      { ...theirs, pull: refOf(1), headSha: own.headSha },
      { ...plan, identifier: `a${plan.identifier?.slice(1)}` },
      { ...own, identifier: 'a'.repeat(20) },
    ];
    for (const [index, trigger] of forged.entries()) {
      const id = pressId(`forged-${index}`);
      await send(w, { ...trigger, pressId: id });
      await w.settled();
      expect(await answerTo(w, id)).toBe('button-moved');
    }
    expect(applied(w)).toEqual([]);
  });

  test('pressed by a bot, of another App, of a check that is not ours, or no name of ours: not even answered', async () => {
    const w = await world();
    const own = pressOn(w, network, 'Apply');
    const others = [
      { ...own, sender: { ...people.ada, kind: 'bot' as const } },
      { ...own, appId: 98 },
      { ...own, check: 'ci/build' },
      { ...own, identifier: 'apply' },
      { ...own, identifier: null, appId: 98 },
    ];
    for (const [index, trigger] of others.entries())
      await send(w, { ...trigger, pressId: pressId(`other-${index}`) });
    await w.settled();
    expect(applied(w)).toEqual([]);
    expect(plans(w)).toHaveLength(2);
    expect(answers(w)).toEqual([]);
  });

  test('of a repository that the operator file does not allow any more is not looked at', async () => {
    const w = await world();
    await w.road.receive({
      id: 'elsewhere',
      event: 'check_run',
      action: 'requested_action',
      repository: 'mallory/infrastructure',
      trigger: pressOn(w, network, 'Apply'),
      receivedAt: w.ports.clock.now(),
    });
    await w.settled();
    expect(applied(w)).toEqual([]);
    expect(answers(w)).toEqual([]);
  });
});
