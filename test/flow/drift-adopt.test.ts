/** Decision 63: a pull request of our own that has Git say what is there, asked for on the issue that tells of drift. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { DriftSettings } from '../../src/domain/drift/settings.ts';
import type { Pull } from '../../src/domain/pull.ts';
import type { Delivery } from '../../src/domain/trigger.ts';
import type { Change } from '../../src/git/port.ts';
import {
  applies,
  boardOf,
  commentOn,
  holder,
  issueOf,
  opened,
  said,
  settled,
  stateOf,
  told,
} from '../support/drift-acts.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';
import { fileAt } from '../support/world-repository.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const { ada, grace, mallory } = people;
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
const written = JSON.stringify(somebody);

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

const fileIn = ({ w }: DriftWorld, at: string, path = 'people/wish.json'): Promise<string> =>
  fileAt(w.ports.git, repo.id, at, path);

/** What the one commit of a pull request of our own changes. */
const broughtBy = async ({ w }: DriftWorld, { head }: Pull): Promise<readonly Change[]> => {
  const { git } = w.ports;
  const [own] = await git.ownCommits(repo.id, head.sha, null, 1);
  if (own?.parent == null) throw new Error('the branch has no commit of its own');
  return git.changed(repo.id, own.parent, head.sha);
};

describe('/adopt on a drift issue', () => {
  test('opens a pull request that has Git say what is there, plans nothing to change, and ends the drift when it is merged', async () => {
    const { world, issue } = await drifting({ operator: approved });
    const { w } = world;
    expect(issueOf(world)?.body).toContain('`/adopt` opens a pull request');
    expect(await commentOn(world, issue, '/adopt they were promoted', grace)).toContain(
      '#2 has Git say what is there',
    );
    expect(w.ask(2)).toMatchObject({
      title: `Adopt drift of people (#${issue})`,
      head: { ref: `tidegate/drift-${issue}-adopt` },
      base: { ref: 'main' },
    });
    const { head } = w.ask(2);
    expect(await fileIn(world, head.sha)).toBe(written);
    expect(await broughtBy(world, w.ask(2))).toEqual([{ path: 'people/wish.json', kind: 'modified' }]);
    const body = w.forge.opening.bodyOf(refOf(2));
    expect(body).toContain('its tool wrote `people/wish.json`');
    expect(body).toContain('they were promoted');
    expect(issueOf(world)?.body).toContain('merge #2');
    await told(world, 2, 'opened');
    expect(boardOf(world, 2)).toContain('`people`');
    expect(boardOf(world, 2)).toContain('| `people` | 0 | 0 | 0 | 0 | no changes |');
    expect(boardOf(world, 2)).not.toContain('| `paper` |');
    // Asked again, it is named.
    expect(await commentOn(world, issue, '/adopt')).toContain('#2 has Git say what is there');
    expect(opened(world)).toEqual([2]);
    await w.merge(2, { 'people/wish.json': written });
    w.forge.branches.setBranch(repo, 'main', w.ask(2).merged?.commit ?? head.sha);
    await settled(world);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
    expect(issueOf(world)?.state).toBe('closed');
    expect([applies(world), world.tool.world.get(), await holder(world)]).toEqual([0, somebody, null]);
    // Quiet from then on, once the other project was looked at for the first time.
    await world.pass(hour);
    const writes = w.forge.writes();
    for (let at = 0; at < 3; at += 1) await world.pass(hour);
    expect([w.forge.writes(), w.complaints]).toEqual([writes, []]);
  });

  test('beside one that puts it back: who asked last has the lock, and when one is merged the other closes', async () => {
    const { world, issue } = await drifting();
    const { w } = world;
    await commentOn(world, issue, '/followup');
    await told(world, 2, 'opened');
    expect(await holder(world)).toBe(2);
    await commentOn(world, issue, '/adopt', grace);
    expect(await holder(world)).toBe(3);
    await told(world, 3, 'opened');
    expect(boardOf(world, 3)).toContain('| `people` | 0 | 0 | 0 | 0 | no changes |');
    expect(issueOf(world)?.body).toContain('#2 is open for it');
    expect(issueOf(world)?.body).toContain('merge #3');
    await w.merge(3, { 'people/wish.json': written });
    w.forge.branches.setBranch(repo, 'main', w.ask(3).merged?.commit ?? w.ask(3).head.sha);
    await settled(world);
    await world.pass(hour);
    await settled(world);
    expect([await stateOf(world, 2), issueOf(world)?.state]).toEqual(['closed', 'closed']);
    expect(said(world, 2, 'Nothing is left to put back')).toHaveLength(1);
    expect(applies(world)).toBe(0);
  });
});

/** What `/adopt` answers where nothing comes of it: nothing was opened, nothing is kept, nothing was written to Git. */
const refused = async (world: DriftWorld, issue: number, by = ada): Promise<string> => {
  const before = [...world.w.forge.opening.branches(repo).keys()];
  const answer = await commentOn(world, issue, '/adopt', by);
  expect(opened(world)).toEqual([]);
  expect([...world.w.forge.opening.branches(repo).keys()]).toEqual(before);
  expect(await world.w.ports.store.driftPulls.ofProject(world.project('people').key)).toEqual([]);
  return answer;
};

const codifying = (world: DriftWorld, how: How): void => world.tool.behave({ codify: how });

type How = Readonly<Record<string, unknown>>;
const token = `ghp_${'a1B2'.repeat(9)}`;

const refusals: readonly (readonly [string, How, string])[] = [
  ["outside the project's folder", { files: { '../paper/wish.json': '{}' } }, 'outside the project'],
  ['settings of Tidegate', { files: { 'Tidegate.yaml': 'version: 1' } }, 'says what is done with'],
  ['what the host runs', { files: { '.github/workflows/x.yml': 'on: push' } }, 'Git or its host'],
  ['a link', { links: { 'wish.json': '/etc/passwd' } }, 'is no plain file'],
  ['a link to a folder', { links: { inner: '/etc' } }, 'is no plain file'],
  ['what is no text', { files: { 'x.bin': '\u0000\u0001' } }, 'is no plain text'],
  ['what is no UTF-8', { files: { 'x.txt': '/w==' }, encoding: 'base64' }, 'is no plain text'],
  ['a program', { files: { 'x.sh': '#!/bin/sh\n' }, mode: 0o755 }, 'is a program'],
  ['a file that nobody reads', { files: { 'x.txt': 'x'.repeat(1024 * 1024 + 1) } }, 'is larger than'],
  [
    'files that nobody counts',
    { files: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`x${at}`, 'x'])) },
    'changes 52 files',
  ],
  ['a credential', { files: { 'x.txt': `key: ${token}\n` } }, 'holds a secret, or what looks like one'],
  ['a secret of the server', { files: { 'x.txt': 'key: corner-kettle-42\n' } }, 'holds a secret'],
  ['nothing', { write: false }, 'left every file as it is'],
  ['nothing, and fails', { exit: 1, says: 'no words for this' }, 'could not be written down'],
  ['nothing, and asks for a human', { exit: 3, says: 'ask the owner' }, 'could not be written down'],
];

const serverKey = 'corner-kettle-42';
const mask = (text: string): string => text.replaceAll(serverKey, '***');

describe('what codify wrote', () => {
  test('is put into Git where people can read it, it is of the project, and steers nothing; else nothing is', async () => {
    const { world, issue } = await drifting({ mask });
    for (const [what, how, words] of refusals) {
      codifying(world, how);
      const answer = await refused(world, issue);
      expect([what, answer]).toEqual([what, expect.stringContaining(words)]);
      expect(answer).not.toContain(token);
    }
    expect(await commentOn(world, issue, '/adopt', mallory)).toContain('needs write permission');
    // Files that come and go, and all that is refused besides is in the way of nothing.
    codifying(world, { files: { 'more/list.txt': 'x\n' } });
    expect(await commentOn(world, issue, '/adopt')).toContain('#2 has Git say');
    expect(await broughtBy(world, world.w.ask(2))).toEqual([
      { path: 'people/more/list.txt', kind: 'added' },
      { path: 'people/wish.json', kind: 'modified' },
    ]);
    expect(world.w.complaints).toEqual([]);
  });

  test('the twin: a secret goes into Git where nobody knows it for one', async () => {
    const { world, issue } = await drifting();
    codifying(world, { files: { 'x.txt': `key: ${serverKey}\n` } });
    expect(await commentOn(world, issue, '/adopt')).toContain('#2 has Git say');
    expect(await fileIn(world, world.w.ask(2).head.sha, 'people/x.txt')).toBe(`key: ${serverKey}\n`);
  });

  test('the twin: what a link leads to goes into Git where links are followed', async () => {
    const look = async (checkout: string, file: string) =>
      ({ kind: 'file', bytes: readFileSync(path.join(checkout, file)), executable: false }) as const;
    const { world, issue } = await drifting({ artifacts: { look } });
    codifying(world, { links: { 'stolen.txt': '/etc/hostname' } });
    await commentOn(world, issue, '/adopt');
    expect(await fileIn(world, world.w.ask(2).head.sha, 'people/stolen.txt')).toBe(
      readFileSync('/etc/hostname', 'utf8'),
    );
  });
});

describe('/adopt is refused', () => {
  test('where the runner cannot, where something is pending, on a pull request, and where the App may not', async () => {
    const { world, issue } = await drifting({ lines: { '  codify': '  # none' } });
    expect(issueOf(world)?.body).not.toContain('/adopt');
    expect(await refused(world, issue)).toContain('it has no phase `codify`');
    const { world: other, issue: its } = await drifting();
    other.w.forge.permitApp('contents', false);
    expect(await refused(other, its)).toContain('may not make a branch');
    other.w.forge.permitApp('contents', true);
    const row = await other.w.ports.store.tracked.get(other.project('people').key);
    if (row?.desired == null) throw new Error('there is no row');
    const next = other.w.main({ 'people/wish.json': '{}' });
    other.w.forge.branches.setBranch(repo, 'main', next);
    await other.w.ports.store.tracked.put({ ...row, desired: { ...row.desired, sha: next } });
    expect(await refused(other, its)).toContain('is pending');
    other.w.open(7, { 'people/wish.json': '{}' });
    await other.w.comment(7, '/adopt');
    await settled(other);
    expect(said(other, 7, 'works on the issue that tells of drift')).toHaveLength(1);
  });
});

describe('a pull request that adopts', () => {
  test('is opened once, with one commit, whenever the server dies on the way', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    for (const writes of [2, 4, 5, 6, 7, 9]) {
      const { world, issue } = await drifting();
      const { w } = world;
      const commentId = w.forge.addComment(refOf(issue), '/adopt', ada);
      const asked: Delivery = {
        id: `adopt-${writes}`,
        event: 'issue_comment',
        action: 'created',
        repository: 'acme/infrastructure',
        trigger: {
          kind: 'comment',
          ...{ pull: refOf(issue), onIssue: true, sender: ada, commentId, body: '/adopt', viaAppId: null },
        },
        receivedAt: w.ports.clock.now(),
      };
      await w.ports.store.deliveries.record(asked);
      await w.crash(writes);
      await w.until(() => w.isDead());
      await w.crash();
      await settled(world);
      expect([writes, opened(world)]).toEqual([writes, [2]]);
      const all = await w.ports.store.driftPulls.ofProject(world.project('people').key);
      expect(all).toMatchObject([{ way: 'adopt', attempt: 1, number: 2, ended: null }]);
    }
  });

  test('keeps what puts drift back without a command away, for as long as it is open', async () => {
    const { world, issue } = await drifting();
    const { w, project } = world;
    await commentOn(world, issue, '/adopt');
    const putBackBySettings = async (): Promise<void> => {
      const row = await w.ports.store.tracked.get(project('people').key);
      if (row === null) throw new Error('there is no row');
      const limits = { ...settings.limits, share: 100 };
      const bold = { ...row.project.settings, drift: { ...settings, mode: 'apply', limits } as const };
      await w.ports.store.tracked.put({ ...row, project: { ...row.project, settings: bold } });
    };
    // Right before the check is due: a sweep reads the settings from the branch again.
    await world.pass(0.96 * hour);
    await putBackBySettings();
    await w.until(async () => (await w.ports.store.corrections.get(project('people').key)) !== null);
    await w.settled();
    // What it plans has nothing to change, and so no lock.
    expect(await holder(world)).toBeNull();
    expect(issueOf(world)?.body).toContain('is open, to have Git say what is there');
    expect(boardOf(world, issue)).toBe('');
    // The twin: nothing else was in the way of its plan. The branch does not ask for an apply.
    w.edit(2, { state: 'closed' });
    await told(world, 2, 'closed');
    await world.pass(0.8 * hour);
    await putBackBySettings();
    await w.until(() => boardOf(world, issue).includes('1 to change'));
  });

  test('is planned anew where the world changes again, and closes where it comes right', {
    tags: ['long'],
  }, async () => {
    const { world, issue } = await drifting();
    await commentOn(world, issue, '/adopt');
    await told(world, 2, 'opened');
    world.tool.world.set({ ada: 'root', grace: 'dev' });
    await world.pass(hour);
    await settled(world);
    expect(boardOf(world, 2)).toContain('| `people` | 0 | 1 | 0 | 0 | planned |');
    await world.pass(hour);
    world.tool.world.set(asApplied);
    await world.pass(hour);
    await settled(world);
    expect(await stateOf(world, 2)).toBe('closed');
    expect(said(world, 2, 'Nothing is left to write down')).toHaveLength(1);
    expect([await holder(world), applies(world), world.w.complaints]).toEqual([null, 0, []]);
  });
});
