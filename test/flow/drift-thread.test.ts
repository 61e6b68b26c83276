import { afterEach, describe, expect, it } from 'vitest';
import { projectKey } from '../../src/domain/project.ts';
import type { Actor } from '../../src/domain/pull.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Forge } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const { ada, grace, mallory } = people;
const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
  'database/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'database/main.tf': 'small',
};
const key = projectKey(repo.id, repoPath('network'), 'default', null);

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** `network` was applied as `main` has it; somebody was in the console since; the issue that tells of it is there. */
const drifting = async (operator = '', forge: Partial<Forge> = {}) => {
  const w = await createMemoryWorld({ main, operator, forge });
  worlds.push(w);
  const tip = w.main({ 'network/main.tf': 'large' });
  w.forge.branches.setBranch(repo, 'main', tip);
  w.open(1, { 'network/main.tf': 'larger' });
  await w.event(1, 'opened');
  await w.settled();
  const run = (await w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 })).at(0);
  if (run?.plan == null) throw new Error('there is no plan to take a project from');
  await w.comment(1, '/unlock', people.margaret);
  await w.settled();
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  const version = { ref: 'refs/heads/main', sha: tip, tree: run.tree, at: 1 };
  await w.ports.store.tracked.put({
    key,
    repo,
    project: run.project,
    desired: { ...version, behind: null, refused: null },
    applied: {
      ...version,
      inputs: run.plan.inputs,
      toolVersion: run.plan.toolVersion,
      on: 'branch',
      sure: true,
      plan: null,
      by: ada,
      pullNumber: 1,
      run: run.id,
    },
    attempted: null,
    proven: null,
    merged: null,
    pendingSince: null,
    goneAt: null,
  });
  const marker = '<!-- tidegate:drift:1 -->';
  const number = await w.ports.forge.upsertIssue(repo, {
    ...{ number: null, marker, title: 'Drift of network', body: marker, state: 'open' },
  });
  if (typeof number === 'string') throw new Error(number);
  await w.ports.store.driftIssues.put({ project: key, repo, number, state: 'open', told: null, at: 1 });
  w.tool.state.set('network', 'somebody was here');
  return { w, number, tip };
};

const commentOn = async (w: MemoryWorld, number: number, body: string, sender: Actor = ada) => {
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
  return w.forge.comments(refOf(number)).findLast((one) => one.body.includes('tidegate:reply:'))?.body ?? '';
};

const boardOf = (w: MemoryWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const applies = ({ tool }: MemoryWorld) => tool.journal.filter((line) => line.startsWith('apply'));

describe('a drift issue', () => {
  it('is planned and applied like a pull request: exactly its project, as its branch has it, under its own lock', async () => {
    const { w, number, tip } = await drifting();
    await commentOn(w, number, '/plan');
    expect(boardOf(w, number)).toContain('`network`');
    expect(boardOf(w, number)).not.toContain('`database`');
    const lock = await w.ports.store.locks.get(key);
    expect(lock?.pullNumber).toBe(number);
    await commentOn(w, number, '/apply', grace);
    expect(applies(w)).toEqual(['apply network']);
    expect(w.tool.state.get('network')).toBe('large');
    const [run] = await w.ports.store.runs.ofPull({ repositoryId: repo.id, pullNumber: number }, ['applied']);
    expect(run).toMatchObject({ headSha: tip, baseSha: tip, actor: { login: 'grace' } });
    expect(boardOf(w, number)).toMatch(/\| `network` \|[^\n]*✓ applied \|\s*\|/);
    // Nothing of it is to be merged: the tip of the branch gets no checks of ours.
    expect(w.forge.checks(repo).filter(({ headSha }) => headSha === tip)).toEqual([]);
    expect(await w.ports.store.sightings.get({ repositoryId: repo.id, pullNumber: number })).toBeNull();
  });

  it('asks of those who comment what a pull request asks of them', async () => {
    const { w, number } = await drifting();
    expect(await commentOn(w, number, '/plan', mallory)).toContain('needs write permission');
    await commentOn(w, number, '/plan');
    expect(await commentOn(w, number, '/apply', mallory)).toContain('needs write permission');
    expect(applies(w)).toEqual([]);
  });

  it('cannot be approved, so what a rule wants approved is not applied on it', async () => {
    const approved = 'rules: [{match: "**", requirements: {apply: [approved]}}]\n';
    const { w, number } = await drifting(approved);
    await commentOn(w, number, '/plan');
    await commentOn(w, number, '/apply');
    expect(applies(w)).toEqual([]);
    expect(boardOf(w, number)).toContain('approv');
    expect(boardOf(w, number)).toContain('`/followup`');
  });

  it('is applied by a command also where a merge would apply its project', async () => {
    const { w, number } = await drifting('rules: [{match: "**", apply: merge, automerge: true}]\n');
    await commentOn(w, number, '/plan');
    await commentOn(w, number, '/apply');
    expect(applies(w)).toEqual(['apply network']);
  });

  it('plans nothing while its branch asks for something else than what was applied', async () => {
    const { w, number, tip } = await drifting();
    const next = w.main({ 'network/main.tf': 'huge' });
    w.forge.branches.setBranch(repo, 'main', next);
    await commentOn(w, number, '/plan');
    expect(boardOf(w, number)).toContain('moved a moment ago');
    const row = await w.ports.store.tracked.get(key);
    if (row?.desired == null) throw new Error('the row is gone');
    await w.ports.store.tracked.put({ ...row, desired: { ...row.desired, sha: next } });
    await commentOn(w, number, '/plan');
    expect(boardOf(w, number)).toContain('`network` is pending');
    expect(tip).not.toBe(next);
    expect(w.tool.journal.filter((line) => line.startsWith('plan'))).toHaveLength(1);
  });

  it('lets an apply through of what was planned only while the branch is where it was', async () => {
    const { w, number } = await drifting();
    await commentOn(w, number, '/plan');
    w.forge.branches.setBranch(repo, 'main', w.main({ 'network/main.tf': 'huge' }));
    await commentOn(w, number, '/apply');
    expect(applies(w)).toEqual([]);
  });

  it('of somebody else is none: not a word on it is read, and nobody is answered', async () => {
    const { w } = await drifting();
    const theirs = w.forge.issues.open(repo, {
      title: 'Drift of network',
      body: '<!-- tidegate:drift:1 -->',
    });
    const before = w.forge.writes();
    expect(await commentOn(w, theirs, '/plan', mallory)).toBe('');
    expect(await commentOn(w, theirs, '/plan', ada)).toBe('');
    expect(w.forge.writes()).toBe(before);
  });

  it('whose row leads to an issue of somebody else is none either', async () => {
    const { w, number } = await drifting();
    const theirs = w.forge.issues.open(repo, { title: 'Drift of network', body: '' });
    const row = await w.ports.store.driftIssues.get(key);
    if (row === null) throw new Error('the row is gone');
    await w.ports.store.driftIssues.put({ ...row, number: theirs });
    await commentOn(w, theirs, '/plan');
    await commentOn(w, theirs, '/apply');
    expect(await w.ports.store.locks.get(key)).toBeNull();
    expect([theirs, applies(w)]).toEqual([number + 1, []]);
  });

  it('is planned there where nobody asks who opened it: the twin of an issue of somebody else', async () => {
    const { w } = await drifting('', {
      issue: async (ref) => ({ ref, title: '', url: 'https://forge.example/', state: 'open', isOurs: true }),
    });
    const theirs = w.forge.issues.open(repo, { title: 'Drift of network', body: '' });
    const row = await w.ports.store.driftIssues.get(key);
    if (row === null) throw new Error('the row is gone');
    await w.ports.store.driftIssues.put({ ...row, number: theirs });
    await commentOn(w, theirs, '/plan');
    expect((await w.ports.store.locks.get(key))?.pullNumber).toBe(theirs);
  });

  it('that was closed plans nothing', async () => {
    const { w, number } = await drifting();
    w.forge.issues.change(repo, number, { state: 'closed' });
    expect(await commentOn(w, number, '/plan')).toContain('works here only while the issue is open');
    expect(await w.ports.store.locks.get(key)).toBeNull();
  });

  it('answers what is of merges with what works there, open or closed', async () => {
    const { w, number } = await drifting();
    expect(await commentOn(w, number, '/rollback')).toContain('this is the issue that tells of drift');
    w.forge.issues.change(repo, number, { state: 'closed' });
    expect(await commentOn(w, number, '/rollback')).toContain('this is the issue that tells of drift');
    expect(await commentOn(w, number, '/followup')).toContain('works here only while the issue is open');
  });
});
