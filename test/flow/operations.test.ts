import { afterEach, describe, expect, test } from 'vitest';
import { artifactDigest, runId } from '../../src/domain/ids.ts';
import { operationWords } from '../../src/domain/operation.ts';
import type { Actor } from '../../src/domain/pull.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const change = { 'a/main.tf': tf('two') };
const stateText = '{"version": 4, "serial": 7, "lineage": "l"}';

interface Wish {
  readonly operator?: string;
  readonly main?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** A world whose tool knows states, and counts what changes them. #1 changes `a`, planned. */
const world = async ({ operator = '', main = {}, files = change }: Wish = {}): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { 'a/main.tf': tf('one'), 'b/main.tf': tf('one'), ...main },
    operator,
  });
  open.push(w);
  w.tool.hooks.set('state', () => ({ data: stateText }));
  for (const step of ['import', 'state-rm'])
    w.tool.hooks.set(step, (dir) => {
      w.tool.journal.push(`${step} ${dir}`);
      return { text: `the tool did ${step}` };
    });
  w.open(1, files);
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const replyTo = async (w: MemoryWorld, comment: number) => {
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  return report === null ? null : readReplyContent(report.content);
};
const says = async (w: MemoryWorld, text: string, who: Actor = people.ada) => {
  const comment = await w.comment(1, text, who);
  await w.settled();
  return replyTo(w, comment);
};
const refusal = async (w: MemoryWorld, text: string, who: Actor = people.ada) => {
  const reply = await says(w, text, who);
  return reply?.kind === 'problem' ? [reply.problem.code, reply.problem.sentence] : null;
};
const runOf = async (w: MemoryWorld, verb: string, name = 'a') =>
  (await w.ports.store.runs.latest(key)).find((run) => run.verb === verb && run.project.name === name);
const changes = (w: MemoryWorld) =>
  w.tool.journal.filter((step) => step.startsWith('import') || step.startsWith('state-rm'));
const plans = (w: MemoryWorld) => w.tool.journal.filter((step) => step === 'plan a').length;
const lockOf = async (w: MemoryWorld) => {
  const plan = await runOf(w, 'plan');
  return plan === undefined ? null : w.ports.store.locks.get(plan.project.key);
};
const lastSaid = (w: MemoryWorld) =>
  w.forge.comments(refOf(1)).findLast(({ body }) => body.includes('tidegate:reply:'))?.body ?? '';

const boardOf = (w: MemoryWorld) =>
  w.forge.comments(refOf(1)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

describe.each([
  { text: '/import -p a a.b["k"] "some id"', verb: 'import' as const, extra: ['a.b["k"]', 'some id'] },
  { text: '/state rm -p a a.b c.d', verb: 'state-rm' as const, extra: ['a.b', 'c.d'] },
])('$text', ({ text, verb, extra }) => {
  test('runs once under the lock, voids what was planned, keeps the state as it was, and is followed by a plan', async () => {
    const w = await world();
    const before = await runOf(w, 'plan');
    const comment = await w.comment(1, text);
    await w.settled();
    expect(changes(w)).toEqual([`${verb} a`]);
    const run = await runOf(w, verb);
    expect(run).toMatchObject({ state: 'applied', extra, planRunId: null, output: expect.any(String) });
    expect(await w.ports.store.runs.get(before?.id ?? runId('none'))).toMatchObject({
      state: 'superseded',
    });
    expect(plans(w)).toBe(2);
    expect((await runOf(w, 'plan'))?.state).toBe('planned');
    expect(await lockOf(w)).toMatchObject({ pullNumber: 1, releaseAtEnd: false });
    expect(await replyTo(w, comment)).toMatchObject({ kind: 'operated', run: run?.id });
    expect(lastSaid(w)).toContain('the tool did');
    expect(lastSaid(w)).toContain('planned again by itself');
    const reactions = w.forge.comments(refOf(1)).find(({ id }) => id === comment)?.reactions;
    expect(reactions).toContain('rocket');
    const trail = await w.ports.store.audit.ofPull(key);
    const kinds = trail.map(({ kind }) => kind).filter((kind) => kind.startsWith(`${verb}.`));
    expect(kinds).toEqual([`${verb}.admitted`, `${verb}.allowed`, `${verb}.applied`]);
    expect(trail.find(({ kind }) => kind === `${verb}.allowed`)).toMatchObject({
      actor: 'ada',
      facts: { asked: extra },
    });
    const kept = trail.find(({ kind }) => kind === 'state.rescued');
    const bytes = await w.blobs.get(
      artifactDigest(String(kept?.facts['digest'])),
      String(kept?.facts['binding']),
    );
    expect(bytes.toString()).toBe(stateText);
    // It stays: what was done is in the world, and perhaps not in the base branch.
    w.tool.state.set('a', tf('two'));
    await says(w, '/plan -p a');
    expect((await runOf(w, 'plan'))?.plan?.summary.hasChanges).toBe(false);
    expect(await lockOf(w)).toMatchObject({ pullNumber: 1 });
  });

  test('what the tool refuses is told in its words, and planned again', async () => {
    const w = await world();
    w.tool.hooks.set(verb, () => ({ exitCode: 1, text: 'Error: not like this' }));
    await says(w, text);
    expect((await runOf(w, verb))?.state).toBe('failed');
    expect(lastSaid(w)).toContain('Error: not like this');
    expect(lastSaid(w)).toContain('it was not done');
    expect(plans(w)).toBe(2);
  });

  test('a delivery that comes twice is one change', { tags: ['long'] }, async () => {
    const w = await world();
    const comment = await w.comment(1, text);
    await w.settled();
    await w.road.receive({
      id: 'again',
      event: 'issue_comment',
      action: null,
      repository: 'acme/infrastructure',
      trigger: {
        kind: 'comment',
        pull: refOf(1),
        sender: people.ada,
        commentId: comment,
        body: text,
        viaAppId: null,
      },
      receivedAt: w.ports.clock.now(),
    });
    await w.settled();
    expect(changes(w)).toEqual([`${verb} a`]);
  });

  test('an outcome that nobody knows stays so, until somebody who has looked says what to do', async () => {
    const w = await world();
    w.tool.hooks.set(verb, () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
    await says(w, text);
    expect((await runOf(w, verb))?.state).toBe('unresolved');
    expect(lastSaid(w)).toContain('nobody knows whether it was done');
    expect(boardOf(w)).toContain(`The outcome of the ${operationWords[verb]} of \`a\` is not known`);
    expect(await lockOf(w)).toMatchObject({ pullNumber: 1 });
    expect(plans(w)).toBe(1);
    expect(await refusal(w, text)).toEqual(['outcome-unknown', expect.stringContaining('Nobody knows')]);
    await says(w, '/plan -p a');
    await says(w, '/apply -p a');
    expect((await runOf(w, 'apply'))?.problem?.code).toBe('outcome-unknown');
    await says(w, '/recover acknowledge');
    expect((await runOf(w, verb))?.state).toBe('failed');
    w.tool.hooks.delete(verb);
    await says(w, text);
    expect((await runOf(w, verb))?.state).toBe('applied');
  });

  test('one that had not begun when the server died is dropped with a word, and never begun again', async () => {
    const w = await world();
    let asked = false;
    w.tool.hooks.set('version', () => {
      asked = true;
      return new Promise(() => undefined);
    });
    const comment = await w.comment(1, text);
    await w.until(() => asked);
    w.tool.hooks.delete('version');
    await w.crash();
    await w.settled();
    expect(changes(w)).toEqual([]);
    expect((await runOf(w, verb))?.state).toBe('cancelled');
    expect(await replyTo(w, comment)).toMatchObject({ kind: 'operated' });
    expect(lastSaid(w)).toContain('stopped before this had started');
    // Its plan stands as it did.
    await says(w, '/apply -p a');
    expect(w.tool.journal).toContain('apply a');
  });

  test('that waits for its turn is dropped with a word when its lock is given back', async () => {
    const w = await world({ operator: 'parallel_runs: 1\n' });
    const release = Promise.withResolvers<undefined>();
    let planning = false;
    w.tool.hooks.set('plan', (dir) => {
      if (dir !== 'b') return undefined;
      planning = true;
      return release.promise;
    });
    w.open(2, { 'b/main.tf': tf('two') });
    await w.event(2, 'opened');
    await w.until(() => planning);
    await w.comment(1, text);
    await w.until(async () => (await runOf(w, verb))?.state === 'queued');
    const comment = await w.comment(1, '/unlock -p a');
    await w.until(async () => (await replyTo(w, comment)) !== null);
    release.resolve(undefined);
    await w.settled();
    expect(changes(w)).toEqual([]);
    expect((await runOf(w, verb))?.state).toBe('superseded');
    expect(lastSaid(w)).toContain(`the ${operationWords[verb]} that waited for its turn is not done`);
  });

  test('is refused while a run of the project is under way', { tags: ['long'] }, async () => {
    const w = await world();
    const release = Promise.withResolvers<undefined>();
    let planning = false;
    w.tool.hooks.set('plan', () => {
      planning = true;
      return release.promise;
    });
    await w.comment(1, '/plan -p a');
    await w.until(() => planning);
    const comment = await w.comment(1, text);
    await w.until(async () => (await replyTo(w, comment)) !== null);
    expect(await replyTo(w, comment)).toMatchObject({ problem: { code: 'operation-refused' } });
    release.resolve(undefined);
    await w.settled();
    expect(changes(w)).toEqual([]);
  });

  test('is refused for a stranger, a closed pull request, another one’s lock, and a commit that is not planned', async () => {
    const w = await world();
    expect(await refusal(w, text, people.mallory)).toEqual([
      'not-permitted',
      expect.stringContaining('needs write permission'),
    ]);
    w.open(2, change);
    await w.event(2, 'opened');
    await w.settled();
    const comment = await w.comment(2, text);
    await w.settled();
    const report = await w.ports.store.reports.get({ ...key, pullNumber: 2 }, `reply:${comment}`);
    expect(readReplyContent(report?.content)).toMatchObject({
      problem: { code: 'locked', sentence: expect.stringContaining('held by #1') },
    });
    w.open(1, { 'a/main.tf': tf('three') });
    expect((await refusal(w, text))?.[0]).toBe('not-planned');
    w.edit(1, { state: 'closed' });
    expect((await refusal(w, text))?.[0]).toBe('closed');
    expect(changes(w)).toEqual([]);
  });

  test('what may change at the last moment is looked at again, and leaves the plan as it is', {
    tags: ['long'],
  }, async () => {
    const moves: readonly (readonly [string, (w: MemoryWorld) => unknown, string])[] = [
      ['a draft', (w) => w.edit(1, { draft: true }), 'draft'],
      ['closed', (w) => w.edit(1, { state: 'closed' }), 'closed'],
      ['a push', (w) => w.open(1, { 'a/main.tf': tf('three') }), 'plan-stale'],
      ['the base', (w) => w.main({ 'a/more.tf': '# more\n' }), 'plan-stale'],
      ['an edited comment', (w) => edited(w, text), 'comment-changed'],
      ['a permission', (w) => w.forge.setPermission(repo, 'ada', 'read'), 'not-permitted'],
    ];
    for (const [, move, code] of moves) {
      const w = await world();
      w.tool.hooks.set('version', async () => {
        w.tool.hooks.delete('version');
        await move(w);
        return undefined;
      });
      await says(w, text);
      expect((await runOf(w, verb))?.problem?.code).toBe(code);
      expect((await runOf(w, verb))?.startedAt).toBeNull();
      expect(changes(w)).toEqual([]);
      expect(await lockOf(w)).toMatchObject({ pullNumber: 1 });
    }
  });

  test('asks for what an apply asks for, and for what is asked of it besides', async () => {
    const rules = `rules: [{match: a, requirements: {apply: [approved], ${verb}: [{checks: [ci]}]}}]\n`;
    const w = await world({ operator: rules });
    await says(w, text);
    expect((await runOf(w, verb))?.problem?.code).toBe('not-approved');
    await w.advance(2_000);
    const { head } = w.ask(1);
    const submittedAt = w.ports.clock.now();
    w.forge.addReview(refOf(1), { author: people.grace, state: 'approved', commit: head.sha, submittedAt });
    await says(w, text);
    expect((await runOf(w, verb))?.problem?.code).toBe('checks-open');
    expect(changes(w)).toEqual([]);
  });

  test('is for those who may apply, and of them for those whom a rule names', async () => {
    const rules = `rules: [{match: a, who_may: {${verb}: {users: [mallory, grace]}}}]\n`;
    const w = await world({ operator: rules });
    expect((await refusal(w, text))?.[0]).toBe('not-permitted');
    expect((await refusal(w, text, people.mallory))?.[0]).toBe('not-permitted');
    expect(changes(w)).toEqual([]);
    await says(w, text, people.grace);
    expect(changes(w)).toEqual([`${verb} a`]);
  });

  test('with several projects it says which there are, and does nothing', { tags: ['long'] }, async () => {
    const w = await world({ files: { ...change, 'b/main.tf': tf('two') } });
    const reply = await says(w, text.replace(' -p a', ''));
    expect(reply).toMatchObject({ problem: { code: 'operation-refused', details: 'a\nb' } });
    expect(changes(w)).toEqual([]);
  });

  test('takes the lock of a project that has nothing to do, and gives it back where nothing was begun', {
    tags: ['long'],
  }, async () => {
    const w = await world();
    w.tool.state.set('a', tf('two'));
    await says(w, '/plan -p a');
    expect(await lockOf(w)).toBeNull();
    w.tool.hooks.set('version', () => {
      w.tool.hooks.delete('version');
      w.edit(1, { draft: true });
      return undefined;
    });
    await says(w, text);
    expect(await lockOf(w)).toBeNull();
    w.edit(1, { draft: false });
    await says(w, text);
    expect(changes(w)).toEqual([`${verb} a`]);
    expect(await lockOf(w)).toMatchObject({ pullNumber: 1 });
  });
});

// One road for both, and a world for each write.
test('wherever the server dies over it, it is done once at most, is never forgotten, and is told', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  const [text, verb] = ['/import -p a a.b id', 'import'];
  let died = 0;
  for (let writes = 1; ; writes += 1) {
    const w = await world();
    const commentId = w.forge.addComment(refOf(1), text, people.ada);
    await w.ports.store.deliveries.record({
      id: 'asked',
      event: 'issue_comment',
      action: 'created',
      repository: 'acme/infrastructure',
      trigger: {
        kind: 'comment',
        pull: refOf(1),
        sender: people.ada,
        commentId,
        body: text,
        viaAppId: null,
      },
      receivedAt: w.ports.clock.now(),
    });
    await w.crash(writes);
    let isIdle = false;
    void w.road.idle().then(() => {
      isIdle = true;
    });
    await w.until(() => isIdle || w.isDead());
    const hasDied = w.isDead();
    await w.crash();
    await w.settled();
    const run = await runOf(w, verb);
    const place = `after write ${writes}: ${run?.state}`;
    expect(changes(w).length, place).toBeLessThanOrEqual(1);
    expect(['applied', 'failed', 'cancelled', 'unresolved'], place).toContain(run?.state);
    // Of a scripted tool nothing is left when its server dies, so it may be unresolved without having begun.
    if (run?.state !== 'unresolved')
      expect(changes(w), place).toEqual(run?.state === 'applied' ? [`${verb} a`] : []);
    expect(await replyTo(w, commentId), place).toMatchObject({ kind: 'operated', run: run?.id });
    expect(await lockOf(w), place).toMatchObject({ pullNumber: 1 });
    if (run?.state !== 'unresolved') expect((await runOf(w, 'plan'))?.state, place).toBe('planned');
    if (!hasDied) break;
    died += 1;
  }
  expect(died).toBeGreaterThan(4);
});

const edited = (w: MemoryWorld, text: string): void => {
  const comment = w.forge.comments(refOf(1)).findLast(({ body }) => body === text);
  if (comment === undefined) throw new Error('nobody said it');
  w.forge.editComment(repo, comment.id, `${text} `);
};
