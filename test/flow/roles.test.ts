import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import type { Action } from '../../src/domain/rules/requirement.ts';
import type { Run } from '../../src/domain/run.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { unlockOne } from '../../src/flow/unlock.ts';
import { cast, giveRights, rights, roles, team } from '../support/cast.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const risky = 'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "make"\n  }\n}\n';

const world = async (
  operator: string,
  { main = {}, change = {} }: { main?: Record<string, string>; change?: Record<string, string> } = {},
): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one'), ...main }, operator });
  open.push(w);
  giveRights(w.forge);
  w.open(1, { 'network/main.tf': tf('two'), ...change }, { author: people.grace });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const reply = async (w: MemoryWorld, comment: number) => {
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  return report === null ? null : readReplyContent(report.content);
};
/** The sentence that refuses, or the kind of another answer; empty where there is none. */
const answered = async (w: MemoryWorld, comment: number): Promise<string> => {
  const content = await reply(w, comment);
  return content === null ? '' : content.kind === 'problem' ? content.problem.sentence : content.kind;
};
const says = async (w: MemoryWorld, who: Actor, text: string, settle = true): Promise<string> => {
  const comment = await w.comment(1, text, who);
  if (settle) await w.settled();
  else await w.until(async () => (await reply(w, comment)) !== null);
  return answered(w, comment);
};
const audited = async (w: MemoryWorld, kind: string) =>
  (await w.ports.store.audit.ofPull(key)).filter((event) => event.kind === kind).map(({ actor }) => actor);
const runOf = async (w: MemoryWorld, verb: string, name = 'network') =>
  (await w.ports.store.runs.latest(key)).find((run) => run.verb === verb && run.project.name === name);
const nextOf = (w: MemoryWorld, number = 1) =>
  w.forge
    .comments(refOf(number))
    .find(({ body }) => body.includes('tidegate:board:'))
    ?.body.split('\n')
    .find((line) => line.startsWith('| `network` |'));

const toOps = (action: Action) => `rules: [{match: "**", who_may: {${action}: {teams: [acme/ops]}}}]\n`;
const lockId = 'b6b08093-46a8-bb3d-8fa9-f03dc493c798';
const unresolved = async (w: MemoryWorld) => {
  const heldText = `Error: Error acquiring the state lock\n\nError message: no\nLock Info:\n  ID:        ${lockId}\n  Operation: OperationTypeApply\n  Who:       tidegate@server\n`;
  w.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
  w.tool.hooks.set('holder', () => ({ exitCode: 1, text: heldText }));
  await says(w, people.ada, '/apply');
  return undefined;
};

const endedBy = (plan: Run | undefined) => (plan?.extra.includes('-destroy') ? plan.actor?.login : undefined);

interface Verb {
  readonly action: Action;
  readonly text: (w: MemoryWorld) => string;
  /** Stands before anybody asks; what it returns lets what runs end. */
  readonly ready?: (w: MemoryWorld) => Promise<(() => void) | undefined>;
  /** Who did it, by what it leaves behind. */
  readonly doneBy: (w: MemoryWorld) => Promise<string | null | undefined>;
  readonly change?: Record<string, string>;
}

const verbs: readonly Verb[] = [
  { action: 'plan', text: () => '/plan', doneBy: async (w) => (await runOf(w, 'plan'))?.actor?.login },
  { action: 'apply', text: () => '/apply', doneBy: async (w) => (await runOf(w, 'apply'))?.actor?.login },
  { action: 'destroy', text: () => '/destroy', doneBy: async (w) => endedBy(await runOf(w, 'plan')) },
  { action: 'unlock', text: () => '/unlock', doneBy: async (w) => (await audited(w, 'lock.unlocked'))[0] },
  {
    action: 'cancel',
    text: () => '/cancel',
    ready: async (w) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      let planning = false;
      w.tool.hooks.set('plan', () => {
        planning = true;
        return promise;
      });
      await w.comment(1, '/plan');
      await w.until(() => planning);
      return () => resolve(undefined);
    },
    doneBy: async (w) => (await runOf(w, 'plan'))?.problem?.sentence.match(/Cancelled by `(.*)`/)?.[1],
  },
  {
    action: 'recover',
    text: () => '/recover acknowledge',
    ready: unresolved,
    doneBy: async (w) => (await audited(w, 'apply.acknowledged'))[0],
  },
  {
    action: 'force-unlock',
    text: () => `/recover force-unlock ${lockId}`,
    ready: unresolved,
    doneBy: async (w) => (await audited(w, 'state.unlocked'))[0],
  },
  {
    action: 'trust',
    text: (w) => `/trust ${w.ask(1).head.sha}`,
    change: { 'network/risky.tf': risky },
    doneBy: async (w) => (await w.ports.store.trusts.get(key))?.actor.login,
  },
];

describe('a command', () => {
  test.for(verbs)('$action is done for who the rule names, and for nobody else', async (verb) => {
    const { action, text, ready, doneBy, change = {} } = verb;
    const w = await world(toOps(action), { change });
    const end = await ready?.(w);
    const before = await doneBy(w);
    for (const role of ['reader', 'triager'] as const)
      expect(await says(w, cast[role], text(w), end === undefined)).toContain(
        'needs write permission to this repository',
      );
    for (const role of ['writer', 'admin'] as const)
      expect(await says(w, cast[role], text(w), end === undefined)).toBe(
        `\`${text(w)}\` needs \`acme/ops\`, and \`${cast[role].login}\` has \`${rights[role]}\`.`,
      );
    expect(await doneBy(w)).toBe(before);
    expect(await audited(w, `${action}.refused`)).toEqual(['ada', 'margaret']);
    const comment = await w.comment(1, text(w), cast.member);
    if (end !== undefined) await w.until(async () => (await reply(w, comment)) !== null);
    end?.();
    await w.settled();
    expect([await doneBy(w), await answered(w, comment)]).toEqual([
      'mia',
      expect.not.stringContaining('needs'),
    ]);
  });

  test('of somebody whom the operator lets plan is followed where nothing was planned before', async () => {
    const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one') }, operator: toOps('plan') });
    open.push(w);
    giveRights(w.forge);
    w.open(1, { 'network/main.tf': tf('two') }, { draft: true });
    await w.event(1, 'opened');
    await w.settled();
    expect(await says(w, cast.triager, '/plan')).toContain('needs write permission');
    await says(w, cast.member, '/plan');
    expect((await runOf(w, 'plan'))?.state).toBe('planned');
  });

  test('to plan leaves out the project that refuses, whose plan stands, and says which and why', async () => {
    const operator = 'rules: [{match: network, who_may: {plan: {teams: [acme/ops]}}}]\n';
    const w = await world(operator, {
      main: { 'dns/main.tf': tf('one') },
      change: { 'dns/main.tf': tf('two') },
    });
    const [network, dns] = [await runOf(w, 'plan'), await runOf(w, 'plan', 'dns')];
    const comment = await w.comment(1, '/plan', cast.writer);
    await w.settled();
    expect((await runOf(w, 'plan'))?.id).toBe(network?.id);
    expect((await runOf(w, 'plan', 'dns'))?.id).not.toBe(dns?.id);
    expect(await reply(w, comment)).toMatchObject({
      kind: 'refusals',
      command: '/plan',
      left: [{ project: 'network', problem: { code: 'not-permitted' } }],
    });
    expect(nextOf(w)).toContain('| planned | `/apply -p network` |');
  });

  test('to apply is answered for the projects that refuse, and done for the others', async () => {
    const operator = 'rules: [{match: network, who_may: {apply: {teams: [acme/ops]}}}]\n';
    const w = await world(operator, {
      main: { 'dns/main.tf': tf('one') },
      change: { 'dns/main.tf': tf('two') },
    });
    const comment = await w.comment(1, '/apply', cast.writer);
    await w.settled();
    expect(w.tool.journal.filter((line) => line.startsWith('apply'))).toEqual(['apply dns']);
    expect(await reply(w, comment)).toMatchObject({ left: [{ project: 'network' }] });
  });

  test('to apply is not done for somebody who left the team since', async () => {
    const w = await world(toOps('apply'));
    w.tool.hooks.set('version', () => {
      w.forge.facts.setTeam(team, []);
      return undefined;
    });
    await says(w, cast.member, '/apply');
    expect((await runOf(w, 'apply'))?.problem?.sentence).toContain('needs `acme/ops`');
    expect(w.tool.journal).not.toContain('apply network');
  });

  test('to trust is over when who gave the word left the team', async () => {
    const w = await world(toOps('trust'), { change: { 'network/risky.tf': risky } });
    await says(w, cast.member, `/trust ${w.ask(1).head.sha}`);
    expect((await runOf(w, 'plan'))?.state).toBe('planned');
    w.forge.facts.setTeam(team, []);
    await says(w, cast.writer, '/apply');
    expect((await runOf(w, 'apply'))?.problem?.code).toBe('untrusted');
    expect(w.tool.journal).not.toContain('apply network');
  });

  test('is for those whom both the operator and the base branch name; a head names nobody', async () => {
    const base = 'version: 1\nprojects:\n  - dir: network\n    who_may: {apply: {users: [ada]}}\n';
    const head = base.replace('[ada]', '[ada, mia, mallory, margaret]');
    const w = await world(toOps('apply'), {
      main: { 'tidegate.yaml': base },
      change: { 'tidegate.yaml': head },
    });
    for (const role of roles) expect(await says(w, cast[role], '/apply')).toContain('needs');
    expect(w.tool.journal).not.toContain('apply network');
    giveRights(w.forge, [cast.member, cast.writer]);
    await says(w, cast.writer, '/apply');
    expect((await runOf(w, 'apply'))?.state).toBe('applied');
  });

  test('is not for those whom a rule names at the place that a head moved a project to', async () => {
    const file = (dir: string) => `version: 1\nprojects:\n  - {name: network, dir: ${dir}}\n`;
    const operator = 'rules: [{match: "sandbox/**", who_may: {apply: {teams: [acme/ops]}}}]\n';
    const main = { 'tidegate.yaml': file('network'), 'sandbox/old/main.tf': tf('one') };
    const change = { 'tidegate.yaml': file('sandbox/old'), 'sandbox/old/main.tf': tf('two') };
    const w = await world(operator, { main, change });
    expect((await runOf(w, 'plan'))?.project.dir).toBe('sandbox/old');
    for (const role of roles) expect(await says(w, cast[role], '/apply')).toContain('needs');
    // Who may at both places may here.
    giveRights(w.forge, [cast.writer]);
    await says(w, cast.writer, '/apply');
    expect((await runOf(w, 'apply'))?.state).toBe('applied');
  });

  test('on a page is asked about like a comment', async () => {
    const w = await world(toOps('unlock'));
    const planned = await runOf(w, 'plan');
    if (planned === undefined) throw new Error('no plan');
    const click = async (actor: Actor) =>
      (await unlockOne(w.ports, { holder: refOf(1), project: planned.project.key, actor })).reply;
    expect(await click(cast.triager)).toMatchObject({ problem: { code: 'not-permitted' } });
    expect(await click(cast.writer)).toMatchObject({ problem: { code: 'not-permitted' } });
    expect(await click(cast.member)).toMatchObject({ kind: 'unlocked', projects: [{ name: 'network' }] });
  });
});

describe('what a plan asks for', () => {
  const base = 'version: 1\nprojects:\n  - dir: network\n    requirements: {plan: [approved]}\n';
  const approve = (w: MemoryWorld) =>
    w.forge.addReview(refOf(1), {
      author: people.ada,
      state: 'approved',
      commit: w.ask(1).head.sha,
      submittedAt: w.ports.clock.now(),
    });

  test('holds for a push as well: its row says what it waits for, and `/plan` goes on after it', async () => {
    const w = await world('', { main: { 'tidegate.yaml': base } });
    expect(w.tool.journal).toEqual([]);
    expect(nextOf(w)).toMatch(/\| not planned \| .*review.*, then `\/plan -p network` \|/);
    expect(await says(w, people.ada, '/plan')).toContain('approv');
    expect(w.tool.journal).toEqual([]);
    approve(w);
    await says(w, people.ada, '/plan');
    expect(nextOf(w)).toContain('| planned | `/apply -p network` |');
    // The word was of that commit.
    w.push(1, { 'network/main.tf': tf('three'), 'tidegate.yaml': base });
    await w.event(1, 'synchronize');
    await w.settled();
    expect(nextOf(w)).toMatch(/review.*, then `\/plan -p network` \|/);
  });

  test('keeps nobody else waiting, neither with a lock nor in the line', async () => {
    const w = await world('', { main: { 'tidegate.yaml': base } });
    const one = (await w.ports.store.batches.latest(key, 'plan'))?.affected[0];
    if (one === undefined) throw new Error('no project');
    expect([await w.ports.store.locks.get(one.key), await w.ports.store.locks.waiters(one.key)]).toEqual([
      null,
      [],
    ]);
    approve(w);
    await says(w, people.ada, '/plan');
    expect((await w.ports.store.locks.get(one.key))?.pullNumber).toBe(1);
    w.push(1, { 'network/main.tf': tf('three'), 'tidegate.yaml': base });
    await w.event(1, 'synchronize');
    await w.settled();
    expect(await w.ports.store.locks.get(one.key)).toBeNull();
  });
});
