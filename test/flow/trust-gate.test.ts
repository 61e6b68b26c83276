import { afterEach, describe, expect, test } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { OperatorSettings } from '../../src/config/types.ts';
import { type ProjectKey, sha } from '../../src/domain/ids.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const risky = 'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "make"\n  }\n}\n';
const change = { 'network/main.tf': tf('two'), 'network/risky.tf': risky };
const key = { repositoryId: repo.id, pullNumber: 1 };

const world = async (operator = ''): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { 'network/main.tf': tf('one'), 'docs/readme.md': '' },
    operator,
  });
  open.push(w);
  return w;
};
const opened = async (w: MemoryWorld): Promise<string> => {
  const pull = w.open(1, change);
  await w.event(1, 'opened');
  await w.settled();
  return pull.head.sha;
};
const trusted = async (w: MemoryWorld): Promise<string> => {
  const head = await opened(w);
  await w.comment(1, `/trust ${head}`, people.grace);
  await w.settled();
  return head;
};
const states = async (w: MemoryWorld) =>
  (
    await w.ports.store.runs.ofPull(key, ['queued', 'running', 'planned', 'applied', 'failed', 'superseded'])
  ).map(({ verb, state }) => `${verb} ${state}`);
const replies = (w: MemoryWorld): string =>
  w.forge
    .comments(refOf(1))
    .flatMap(({ body }) => (body.includes('tidegate:reply:') ? [body] : []))
    .join('\n');
const audited = async (w: MemoryWorld, kind: string) =>
  (await w.ports.store.audit.ofPull(key)).filter((event) => event.kind === kind);

describe('trust', () => {
  test('is in the store and in the audit trail, with whose it is, for which commit and what was found', async () => {
    const w = await world();
    const head = await trusted(w);
    expect(w.tool.journal).toEqual(['plan network']);
    expect(await w.ports.store.trusts.get(key)).toMatchObject({ headSha: head, actor: people.grace });
    const [event, ...more] = await audited(w, 'trust.given');
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      actor: 'grace',
      facts: {
        head,
        of: [
          {
            findings: [
              {
                kind: 'provisioner',
                path: 'network/risky.tf',
                line: 2,
                subject: 'terraform_data.x: local-exec',
              },
            ],
            more: 0,
          },
        ],
      },
    });
  });

  test('ends with the pull request', async () => {
    const w = await world();
    await trusted(w);
    w.edit(1, { state: 'closed' });
    await w.event(1, 'closed');
    await w.settled();
    expect(await w.ports.store.trusts.get(key)).toBeNull();
    w.edit(1, { state: 'open' });
    await w.event(1, 'reopened');
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network']);
  });

  test('that is found an hour late is answered and not done', async () => {
    const w = await world();
    const head = await opened(w);
    const commentId = w.forge.addComment(refOf(1), `/trust ${head}`, people.grace);
    w.jump(2 * 60 * 60_000);
    const trigger = { kind: 'comment', pull: refOf(1), sender: people.grace, commentId } as const;
    await w.road.receive({
      id: 'late',
      event: 'issue_comment',
      action: null,
      repository: 'acme/infrastructure',
      trigger: { ...trigger, body: `/trust ${head}`, viaAppId: null },
      receivedAt: w.ports.clock.now(),
    });
    await w.settled();
    expect(w.tool.journal).toEqual([]);
    expect(replies(w)).toContain('more than an hour after it was written');
  });

  test('whose webhook is lost is found, and done', { tags: ['long'] }, async () => {
    const w = await world();
    const head = await opened(w);
    w.forge.addComment(refOf(1), `/trust ${head}`, people.grace);
    await w.until(async () => (await states(w)).includes('plan planned'));
    expect(await audited(w, 'trust.given')).toHaveLength(1);
  });

  test('that was given for a head which moved before it was read lets nothing run', async () => {
    const w = await world();
    const head = await opened(w);
    // GitHub still tells the old head, and the branch has a new one.
    w.push(1, { ...change, 'network/main.tf': tf('evil') });
    w.edit(1, { head: { ...w.ask(1).head, sha: sha(head) } });
    await w.comment(1, `/trust ${head}`, people.grace);
    await w.settled();
    expect(w.tool.journal).toEqual([]);
    expect(await w.ports.store.trusts.get(key)).toBeNull();
    expect(replies(w)).toContain('The newest commit of this pull request is');
  });

  test('and its webhook, which comes twice, start a plan once', async () => {
    const w = await world();
    const head = await opened(w);
    const commentId = await w.comment(1, `/trust ${head}`, people.grace);
    await w.settled();
    await w.road.receive({
      id: 'again',
      event: 'issue_comment',
      action: null,
      repository: 'acme/infrastructure',
      trigger: {
        kind: 'comment',
        pull: refOf(1),
        sender: people.grace,
        commentId,
        body: `/trust ${head}`,
        viaAppId: null,
      },
      receivedAt: w.ports.clock.now(),
    });
    await w.settled();
    expect(await states(w)).toEqual(['plan planned']);
    expect(await audited(w, 'trust.given')).toHaveLength(1);
  });

  test('outlives a server that dies at any of its writes: the plan is made, the word is there once', {
    tags: ['long'],
  }, async () => {
    let died = 0;
    for (let writes = 1; writes <= 12; writes += 1) {
      const w = await world();
      const head = await opened(w);
      await w.crash(writes);
      // Whoever sends to a server that dies hears nothing.
      if (!w.isDead()) void w.comment(1, `/trust ${head}`, people.grace);
      await w.until(async () => w.isDead() || (await states(w)).includes('plan planned'));
      if (w.isDead()) died += 1;
      await w.crash();
      // Where it died before it had heard, GitHub tells it again.
      if ((await w.ports.store.deliveries.ofPull(key, 0)).pending === 0 && (await states(w)).length === 0)
        await w.comment(1, `/trust ${head}`, people.grace);
      await w.settled();
      expect((await states(w)).filter((state) => state === 'plan planned')).toHaveLength(1);
      expect(await audited(w, 'trust.given')).toHaveLength(1);
      expect(await w.ports.store.trusts.get(key)).toMatchObject({ headSha: head });
    }
    expect(died).toBeGreaterThan(3);
  });
});

const operatorOf = (text: string): OperatorSettings => {
  const parsed = parseOperatorFile(`allow: [acme/*]\n${text}`, 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  return parsed.value;
};

describe('the gate before an apply', () => {
  const moves: Readonly<Record<string, (w: MemoryWorld) => Promise<unknown> | unknown>> = {
    'the word is gone': (w) => w.ports.store.trusts.end(key),
    'the word is of another commit': async (w) => {
      const trust = await w.ports.store.trusts.get(key);
      if (trust !== null) await w.ports.store.trusts.give({ ...trust, headSha: sha('f'.repeat(40)) });
    },
    'whose word it was may only read by now': (w) => w.forge.setPermission(repo, 'grace', 'read'),
    'whose word it was is the author by now': (w) => w.edit(1, { author: people.grace }),
    'the operator refuses by now what somebody trusted': (w) =>
      Object.assign(w.ports.operator, { trust: operatorOf('trust: { provisioners: refuse }\n').trust }),
  };
  const applyWith = async (w: MemoryWorld, move: (w: MemoryWorld) => unknown): Promise<void> => {
    let moved = false;
    // The version is read after the command was admitted and before the gate looks.
    w.tool.hooks.set('version', async () => {
      if (!moved) await move(w);
      moved = true;
      return undefined;
    });
    await w.comment(1, '/apply');
    await w.until(() => moved);
    w.tool.hooks.clear();
    await w.settled();
  };

  test('lets a trusted plan through when nothing moved', async () => {
    const w = await world();
    await trusted(w);
    await applyWith(w, () => undefined);
    expect(w.tool.journal).toEqual(['plan network', 'apply network']);
  });

  test.for(Object.entries(moves))('starts no tool when %s', async ([, move]) => {
    const w = await world();
    await trusted(w);
    await applyWith(w, move);
    expect(w.tool.journal).toEqual(['plan network']);
    expect(replies(w)).toMatch(/has to trust before any of it runs|the people who run Tidegate refuse/);
    const [refused] = await audited(w, 'apply.refused');
    expect(JSON.stringify(refused?.facts)).toContain('"name":"trust","holds":false');
  });

  test('starts no tool when a plan from a fork may be made and not applied', async () => {
    const w = await world('trust: { forks: { plan: trust } }\n');
    const pull = w.open(1, { 'network/main.tf': tf('two') });
    // In the same organisation: what counts is that it is another repository.
    w.edit(1, { head: { ...pull.head, repoId: repo.id + 1 } });
    await w.event(1, 'opened');
    await w.settled();
    expect(w.tool.journal).toEqual([]);
    await w.comment(1, `/trust ${pull.head.sha}`, people.grace);
    await w.settled();
    await w.comment(1, '/apply');
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network']);
    expect(replies(w)).toContain('another repository');
  });
});

describe('a project that waits for trust', () => {
  const project = `${repo.id}:network:default:*` as ProjectKey;
  test('gives up its lock and its place in the line, and takes both again with its plan', async () => {
    const w = await world();
    w.open(1, { 'network/main.tf': tf('two') });
    await w.event(1, 'opened');
    w.open(2, { 'network/main.tf': tf('three') });
    await w.event(2, 'opened');
    w.open(3, { 'network/main.tf': tf('four') });
    await w.event(3, 'opened');
    await w.settled();
    // The first holds the lock, the second is next.
    w.open(2, { ...change, 'network/main.tf': tf('three') });
    await w.event(2, 'synchronize');
    await w.settled();
    expect((await w.ports.store.locks.waiters(project)).map(({ pullNumber }) => pullNumber)).toEqual([3]);
    const head = w.open(1, change).head.sha;
    await w.event(1, 'synchronize');
    await w.settled();
    expect((await w.ports.store.locks.get(project))?.pullNumber).toBe(3);
    await w.comment(1, `/trust ${head}`, people.grace);
    await w.settled();
    expect((await w.ports.store.locks.waiters(project)).map(({ pullNumber }) => pullNumber)).toEqual([1]);
    expect(w.tool.journal).toEqual(['plan network', 'plan network']);
    w.edit(3, { state: 'closed' });
    await w.event(3, 'closed');
    await w.settled();
    // Its turn came, and the word still stands.
    expect(w.tool.journal).toEqual(['plan network', 'plan network', 'plan network']);
    expect((await w.ports.store.locks.get(project))?.pullNumber).toBe(1);
  });
});
