import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { example, joiner, peopleWorld, today } from './people-world.ts';

describe('the people example', () => {
  it('has nothing to do where systems are as people.yaml says, and tells of accounts that nobody wrote down', async () => {
    const world = peopleWorld();
    const { exit, text } = await world.plan();
    expect(exit).toBe(0);
    expect(text).toBe(
      [
        'note     directory: 1 account that nobody wrote down, left alone: account 5 (M.S.)',
        'On 2026-11-22: 0 to change, 6 as they should be.',
      ].join('\n'),
    );
    expect(world.summary()).toMatchObject({ items: [], changes: { noop: 6 }, blocked: [] });
    expect(await world.apply()).toEqual({ exit: 0, text: '0 done, 0 already so, 0 failed.' });
  });

  it('gives a joiner accounts on the first day, and not before', async () => {
    const world = peopleWorld();
    world.setPeople(world.people() + joiner);
    const before = await world.plan({ today: '2026-11-21' });
    expect(before.exit).toBe(0);
    expect(before.text).toContain('p-1004 (K.J.) starts on 2026-11-22: nothing is due before');

    expect((await world.plan()).exit).toBe(2);
    expect(world.summary().changes).toEqual({
      create: 2,
      update: 0,
      replace: 0,
      delete: 0,
      import: 0,
      forget: 0,
      noop: 6,
    });
    expect(world.summary().items[0]).toEqual({
      address: 'directory/p-1004',
      action: 'create',
      type: 'account',
      name: 'K.J.',
      namespace: 'directory',
      before: null,
      after: {
        login: 'katherine',
        name: 'Katherine Johnson',
        email: 'katherine@acme.example',
        team: 'platform',
        roles: ['staff'],
        state: 'active',
      },
      sensitive: ['/login', '/name', '/email'],
      reasons: ['K.J.: started on 2026-11-22'],
    });
    expect(await world.apply()).toEqual({
      exit: 0,
      text: [
        'done      directory/p-1004 (K.J.) created',
        'done      github/p-1004 (K.J.) created',
        '2 done, 0 already so, 0 failed.',
      ].join('\n'),
    });
    expect(world.account('github', 'katherine')).toMatchObject({
      person: 'p-1004',
      roles: ['member'],
      state: 'active',
    });
    expect((await world.plan()).exit).toBe(0);
  });

  it('moves somebody to another team with other roles, and takes an account away that they need no more', async () => {
    const world = peopleWorld();
    world.edit(
      'team: engines\n    roles: [engineer]\n    systems: [directory, github]',
      'team: platform\n    roles: [office]\n    systems: [directory]',
    );
    const { exit, text } = await world.plan();
    expect(exit).toBe(2);
    expect(text).toContain(
      'suspend  github/p-1003 (C.B.): github is not among their systems\nchange   directory/p-1003 (C.B.): moves from engines to platform\n',
    );
    expect((await world.apply()).exit).toBe(0);
    expect(world.account('directory', 'charles')).toMatchObject({ team: 'platform', roles: ['staff'] });
    // Not deleted, and as it was: nobody said when they left.
    expect(world.account('github', 'charles')).toMatchObject({ team: 'engines', state: 'suspended' });
    expect((await world.plan()).exit).toBe(0);
    world.edit('systems: [directory]\n', 'systems: [directory, github]\n');
    expect((await world.plan()).text).toContain('github/p-1003 (C.B.): is back, moves from engines');
  });

  it('suspends a leaver the day after the last one, and deletes the accounts when the time is over', async () => {
    const world = peopleWorld();
    world.setPeople(`${world.people()}    end: 2026-11-21\n`);
    expect((await world.plan({ today: '2026-11-21' })).exit).toBe(0);
    expect((await world.plan()).exit).toBe(2);
    expect(world.summary().items).toMatchObject([
      { address: 'directory/p-1003', action: 'update', reasons: ['C.B.: left after 2026-11-21'] },
      { address: 'github/p-1003', action: 'update', type: 'leaver', after: { state: 'suspended' } },
    ]);
    expect((await world.apply()).exit).toBe(0);
    expect(world.account('github', 'charles')?.state).toBe('suspended');
    expect((await world.plan({ today: '2026-12-21' })).exit).toBe(0);
    expect((await world.plan({ today: '2026-12-22' })).text).toContain(
      'delete   github/p-1003 (C.B.): left after 2026-11-21, 30 days are over',
    );
    expect(world.summary().items).toMatchObject([
      { action: 'delete', after: null },
      { action: 'delete', after: null },
    ]);
    expect((await world.apply()).exit).toBe(0);
    expect(world.account('github', 'charles')).toBeNull();
    expect((await world.plan({ today: '2026-12-22' })).exit).toBe(0);
  });

  it('says who becomes an administrator, by a type that rules look at', async () => {
    const world = peopleWorld();
    world.edit('roles: [lead]', 'roles: [administrator]');
    expect((await world.plan()).text).toContain(
      'change   github/p-1001 (A.L.): gets owner, loses maintainer, member, becomes an administrator',
    );
    expect(world.summary().items).toMatchObject([{ type: 'administrator' }, { type: 'administrator' }]);
    // Less is no grant.
    world.edit('roles: [administrator]', 'roles: [engineer]');
    await world.plan();
    expect(world.summary().items).toMatchObject([{ address: 'github/p-1001', type: 'account' }]);
  });

  it.each([
    [
      'an end',
      'delete',
      `${joiner.replace('katherine\n', 'break-glass\n').replace('p-1004', 'p-0001')}    end: 2026-11-22\n`,
    ],
    [
      'a system less',
      'suspend',
      joiner
        .replace('katherine\n', 'break-glass\n')
        .replace('p-1004', 'p-0001')
        .replace('[directory, github]', '[github]'),
    ],
  ])(
    'is blocked where %s would touch an account that is protected, whoever writes it down',
    async (_what, verb, entry) => {
      const world = peopleWorld();
      const { accounts } = world.system('directory');
      world.setSystem('directory', {
        accounts: accounts.map((one) => (one.login === 'break-glass' ? { ...one, person: 'p-0001' } : one)),
      });
      world.setPeople(world.people() + entry);
      const { exit, text } = await world.plan({ today: '2026-12-24' });
      expect(exit).toBe(3);
      expect(text).toContain(`blocked  directory/p-0001 (K.J.) is protected, and this would ${verb} it`);
      expect(world.summary().blocked).toContain(
        `directory/p-0001 (K.J.) is protected, and this would ${verb} it`,
      );
      const kept = world.system('directory');
      const applied = await world.apply();
      expect(applied.exit).toBe(3);
      expect(applied.text).toContain('is protected');
      expect(world.system('directory')).toEqual(kept);
    },
  );

  it('is blocked where an account with the login is not known to be theirs, and where they have two', async () => {
    const world = peopleWorld();
    world.setPeople(world.people() + joiner.replace('login: katherine', 'login: Mary'));
    expect(await world.plan()).toMatchObject({ exit: 3 });
    expect(world.summary().blocked).toEqual([
      'directory/p-1004 (K.J.): account 5 of directory has that login already, and is not known to be theirs',
    ]);
    const github = world.system('github');
    const [first] = github.accounts;
    if (first === undefined) throw new Error('the example has accounts');
    world.setSystem('github', { accounts: [...github.accounts, { ...first, id: '9', person: 'p-1001' }] });
    await world.plan();
    expect(world.summary().blocked).toContain(
      'github has 2 accounts of p-1001: somebody has to say which one stays',
    );
  });

  it('leaves accounts of somebody alone whose entry was taken out, and says so', async () => {
    const world = peopleWorld();
    world.setPeople(world.people().replace(/ {2}- id: p-1003[\s\S]*/, ''));
    const { exit, text } = await world.plan();
    expect(exit).toBe(0);
    expect(text).toContain('github: 1 account that nobody wrote down, left alone: p-1003 (C.B.)');
    // Nobody at all written down: nobody loses anything.
    world.setPeople('version: 1\npeople: []\n');
    expect((await world.plan()).exit).toBe(0);
  });

  it('does what can be done when one account fails, says what was done, and a second plan has what is left', async () => {
    const world = peopleWorld();
    world.setSystem('github', { ...world.system('github'), seats: 4 });
    world.edit('roles: [lead]', 'roles: [engineer]');
    world.setPeople(world.people() + joiner);
    expect((await world.plan()).exit).toBe(2);
    expect(await world.apply()).toEqual({
      exit: 1,
      text: [
        'done      github/p-1001 (A.L.) changed',
        'done      directory/p-1004 (K.J.) created',
        'failed    github/p-1004 (K.J.) not created: no seat is left',
        '2 done, 0 already so, 1 failed.',
        'What was done stays done. Plan again: the next plan has what is left.',
      ].join('\n'),
    });
    world.setSystem('github', { ...world.system('github'), seats: 5 });
    // The same plan once more: what is done is not done again.
    expect((await world.apply()).text).toContain('1 done, 2 already so, 0 failed.');
    expect((await world.plan()).exit).toBe(0);
  });

  it('stops after the account at hand when it is asked to, and says what it did not begin', async () => {
    const world = peopleWorld();
    world.setPeople(world.people() + joiner);
    await world.plan();
    const applied = await world.apply({ signal: AbortSignal.abort() });
    expect(applied.exit).toBe(1);
    expect(applied.text).toContain('not done  github/p-1004 (K.J.): asked to stop');
    expect(applied.text).toContain('0 done, 0 already so, 0 failed, 2 not begun.');
    expect(world.account('github', 'katherine')).toBeNull();
  });

  it('changes no account that is not any more as the plan saw it', async () => {
    const world = peopleWorld();
    world.edit('roles: [lead]', 'roles: [engineer]');
    await world.plan();
    const { accounts } = world.system('github');
    const moved = accounts.map((one) => (one.login === 'ada' ? { ...one, roles: ['owner'] } : one));
    world.setSystem('github', { accounts: moved });
    expect(await world.apply()).toMatchObject({
      exit: 1,
      text: expect.stringContaining('not changed: it is not as it was when this was planned'),
    });
    expect(world.account('github', 'ada')?.roles).toEqual(['owner']);
    // What somebody changed beside Git is drift, and a plan puts it back.
    const drift = await world.drift();
    expect(drift.exit).toBe(2);
    expect(drift.text).toContain('github/p-1001 (A.L.): gets member, loses owner');
  });

  it('applies nothing of a plan that is not what its summary showed, or not of these systems', async () => {
    const world = peopleWorld();
    world.setPeople(`${world.people()}    end: 2026-11-20\n`);
    await world.plan();
    const kept = world.system('github');
    const refused = async (words: string) => {
      expect(await world.apply()).toEqual({ exit: 1, text: expect.stringContaining(words) });
      expect(world.system('github')).toEqual(kept);
    };
    const [plan, summary] = [world.planText('plan.json'), world.planText('summary.json')];
    world.setPlanText('plan.json', plan.replaceAll('p-1003', 'p-1001'));
    await refused('plan.json is not what summary.json shows');
    world.setPlanText('plan.json', plan);
    world.setPlanText('summary.json', summary.replace('suspended', 'active'));
    await refused('plan.json is not what summary.json shows');
    world.setPlanText('summary.json', summary);
    world.setPlanText('plan.json', plan.replace('"version": "1.0.0"', '"version": "0.9.0"'));
    await refused('made by another version than 1.0.0');
    world.setPlanText('plan.json', '{}'.slice(1));
    await refused('plan.json cannot be read');
    world.setPlanText('plan.json', plan.replaceAll('directory.json', 'other.json'));
    world.setPlanText('summary.json', summary.replaceAll('directory.json', 'other.json'));
    await refused('The plan is for other systems than these');
    expect(await world.ask(['apply', world.at('nowhere')])).toMatchObject({
      exit: 1,
      text: expect.stringContaining('There is no plan.json'),
    });
  });

  it('asks to be tried again while a system is away, and fails where one cannot be read', async () => {
    const world = peopleWorld();
    world.setPeople(world.people() + joiner);
    await world.plan();
    const github = world.system('github');
    const before = world.system('directory');
    world.setSystem('github', { ...github, maintenance: true });
    expect(await world.plan()).toEqual({
      exit: 75,
      text: 'github cannot be asked right now: it is in maintenance.',
    });
    expect((await world.apply()).exit).toBe(75);
    expect(world.system('directory')).toEqual(before);
    world.setSystem('github', { ...github, accounts: JSON.parse('null') });
    const failed = await world.plan();
    expect(failed).toEqual({
      exit: 1,
      text: 'github cannot be asked for its accounts (TypeError in the tool).',
    });
  });

  it('says every mistake in people.yaml with its line, and quotes none of it', async () => {
    const world = peopleWorld();
    world.setPeople(`version: 1
roles:
  engineer: { gitlab: [member] }
people:
  - id: p-1
    name: Secret Name
    email: secret.name
    login: secret
    team: platform
    roles: [wizard]
    systems: [directory]
    start: 2026-02-30
    end: 2026-01-01
    manager: somebody
  - id: p-1
    name: Other Name
    email: other@acme.example
    login: SECRET
    team: platform
    start: 2026-02-01
`);
    const { exit, text } = await world.plan();
    expect(exit).toBe(1);
    expect(text.split('\n').sort()).toEqual([
      'people.yaml:10: this role is not known; there are engineer',
      'people.yaml:12: a day as YYYY-MM-DD is expected',
      'people.yaml:14: this key is not known; there are id, name, email, login, team, roles, systems, start, end',
      'people.yaml:15: entry 1 of people has this id as well',
      'people.yaml:18: entry 1 of people has this login as well',
      'people.yaml:3: this key is not known; there are directory, github',
      'people.yaml:7: an e-mail address is expected',
    ]);
    rmSync(world.at('people', 'people.yaml'));
    expect((await world.plan()).text).toBe('There is no people.yaml that can be read.');
    world.setPeople('people: [Secret: {');
    expect((await world.plan()).text).toMatch(/^people\.yaml:1: this is not YAML \([A-Z_]+\)$/);
  });

  it('runs as a program under every Node that is on the PATH, and ends with the codes of the contract', () => {
    const nodes = execFileSync('which', ['-a', 'node'], { encoding: 'utf8' }).trim().split('\n');
    const versions = new Map(
      nodes.map((node) => [execFileSync(node, ['--version'], { encoding: 'utf8' }), node]),
    );
    for (const node of versions.values()) {
      const world = peopleWorld();
      world.setPeople(world.people() + joiner);
      const tool = (...args: readonly string[]) =>
        spawnSync(node, [path.join(example, 'runners/people/people.mjs'), ...args], {
          cwd: world.at('people'),
          env: { PATH: process.env['PATH'], PEOPLE_TODAY: today },
          encoding: 'utf8',
        });
      expect(tool('--version').stdout).toBe('people 1.0.0\n');
      expect(tool('plan', '--out', world.at('plan')).status).toBe(2);
      expect(tool('apply', world.at('plan')).status).toBe(0);
      expect(tool('plan', '--out', world.at('plan')).status).toBe(0);
      expect(tool('plan').status).toBe(1);
      expect(world.account('github', 'katherine')?.state).toBe('active');
    }
  });
});

describe('the README of the people example', () => {
  const readme = readFileSync(path.join(example, 'README.md'), 'utf8');

  it('has commands that do what it says', () => {
    const [, commands = '', printed = ''] =
      /```sh\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(readme) ?? [];
    const ran = spawnSync('bash', ['--norc', '-e', '-c', commands], {
      cwd: path.join(example, '../..'),
      env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] },
      encoding: 'utf8',
    });
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toBe(printed);
    expect(ran.status).toBe(0);
  });

  it('names every file that it speaks of', () => {
    const there = readdirSync(example, { recursive: true }).map(String);
    for (const [, file = ''] of readme.matchAll(/`((?:runners|repository|systems)\/[\w./-]+)`/g))
      expect(there).toContain(file.replace(/\/$/, ''));
  });
});
