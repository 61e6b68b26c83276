import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createConditions } from '../../src/config/conditions.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { isOperation } from '../../src/domain/operation.ts';
import type { Project } from '../../src/domain/project.ts';
import type { Actor } from '../../src/domain/pull.ts';
import { type Action, actions, type People, type Requirement } from '../../src/domain/rules/requirement.ts';
import { permit, refusals } from '../../src/flow/permit.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { createMemoryForge } from '../../src/forge/memory/forge.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import { silentLog } from '../../src/observe/log.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { project } from '../store/samples.ts';
import { cast, giveRights, type Role, rights, roles } from '../support/cast.ts';
import { refOf, repo } from '../support/memory-world.ts';
import { samplePull } from '../support/samples.ts';

const key = { repositoryId: repo.id, pullNumber: 1 };

const nobody: People = { users: [], teams: [], permission: null };
const projectWith = (who: Project['settings']['who']): Project => {
  const base = project('network');
  return { ...base, settings: { ...base.settings, requirements: {}, who } };
};

/** What rules say, and who of the cast may then. */
const sayings: Readonly<
  Record<string, { readonly who: readonly People[]; readonly may: readonly Role[]; readonly words: string }>
> = {
  nothing: { who: [], may: ['writer', 'admin'], words: 'write permission to this repository' },
  'a team': {
    who: [{ ...nobody, teams: ['acme/ops'] }],
    may: ['member'],
    words: '`acme/ops`',
  },
  'a user': { who: [{ ...nobody, users: ['tina'] }], may: ['triager'], words: '`tina`' },
  'a permission': {
    who: [{ ...nobody, permission: 'triage' }],
    may: ['triager', 'writer', 'member', 'admin'],
    words: 'anybody with triage permission',
  },
  'a team or a permission': {
    who: [{ ...nobody, teams: ['acme/ops'], permission: 'admin' }],
    may: ['member', 'admin'],
    words: '`acme/ops` or anybody with admin permission',
  },
  'a team, and a permission elsewhere': {
    who: [
      { ...nobody, teams: ['acme/ops'] },
      { ...nobody, permission: 'triage' },
    ],
    may: ['member'],
    words: '`acme/ops`',
  },
  'a team that is not there': { who: [{ ...nobody, teams: ['acme/gone'] }], may: [], words: '`acme/gone`' },
  nobody: { who: [nobody], may: [], words: 'a rule that names somebody' },
};

/** Where no rule says who, and it is not everybody who may write. */
const others: Partial<Record<Action, { readonly may: readonly Role[]; readonly words: string }>> = {
  'force-unlock': { may: ['admin'], words: 'administrator permission' },
  destroy: { may: [], words: 'a rule that says who may' },
  'apply-all': { may: [], words: 'a rule that says who may' },
};

const portsOf = (forge: FlowPorts['forge']) => {
  const { clock } = createVirtualClock();
  const store = createMemoryStore({ clock });
  const { git } = createMemoryGit({ folders: createMemoryFolders() });
  const parsed = parseOperatorFile('allow: [acme/*]\n', 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  const conditions = createConditions();
  return { forge, git, store, clock, operator: parsed.value, appId: 99, conditions, log: silentLog };
};

describe('who may do what', () => {
  // Those who change a state are asked for two things, which `operations.test.ts` has, and so are those who go past the rules.
  const cells = actions
    .filter((action) => !isOperation(action) && action !== 'break-glass')
    .flatMap((action) => Object.keys(sayings).map((saying) => ({ action, saying })));
  test.for(cells)('$action, where rules say $saying', async ({ action, saying }) => {
    const { who, may: usual, words } = sayings[saying] ?? { who: [], may: [], words: '' };
    const usually = who.length === 0 ? others[action] : undefined;
    const may: readonly Role[] = usually?.may ?? usual;
    const { forge, ...more } = createMemoryForge();
    giveRights(more);
    const ports = portsOf(forge);
    const project = projectWith(who.length === 0 ? {} : { [action]: who });
    const allowed: Role[] = [];
    for (const role of roles) {
      const asker = { actor: cast[role], text: `/${action} -p network` };
      const problem = await permit(ports, samplePull({ ref: refOf(1) }), asker, action, [project]);
      if (problem === null) allowed.push(role);
      else
        expect([problem.code, problem.sentence]).toEqual([
          'not-permitted',
          `\`/${action} -p network\` needs ${usually?.words ?? words}, and \`${cast[role].login}\` has \`${rights[role]}\`.`,
        ]);
    }
    expect(allowed).toEqual(may);
    const audit = await ports.store.audit.ofPull(key);
    expect(audit.map(({ kind, actor }) => [kind, actor])).toEqual(
      roles.filter((role) => !may.includes(role)).map((role) => [`${action}.refused`, cast[role].login]),
    );
  });

  test.each([
    ['nothing', ['admin']],
    ['a permission', ['admin']],
    ['a team or a permission', ['admin']],
    ['a user', []],
    ['nobody', []],
  ] as const)(
    'break-glass, where rules say %s, is for administrators and of them for those',
    async (saying, may) => {
      const who = sayings[saying]?.who ?? [];
      const { forge, ...more } = createMemoryForge();
      giveRights(more);
      const ports = portsOf(forge);
      const project = projectWith(who.length === 0 ? {} : { 'break-glass': who });
      const allowed: Role[] = [];
      for (const role of roles) {
        const asker = { actor: cast[role], text: '/apply --override it is down' };
        const problem = await permit(ports, samplePull({ ref: refOf(1) }), asker, 'break-glass', [project]);
        if (problem === null) allowed.push(role);
        else expect(problem.sentence).toContain('`/apply --override');
      }
      expect(allowed).toEqual(may);
    },
  );

  test('with no project at all is who usually may; with several the first that refuses, by name', async () => {
    const { forge, ...more } = createMemoryForge();
    giveRights(more);
    const ports = portsOf(forge);
    const ask = (role: Role, projects: readonly Project[]) =>
      permit(
        ports,
        samplePull({ ref: refOf(1) }),
        { actor: cast[role], text: '/unlock' },
        'unlock',
        projects,
      );
    const free = projectWith({});
    const ruled = projectWith({ unlock: [{ ...nobody, teams: ['acme/ops'] }] });
    const ours = { ...ruled, name: 'ours' };
    expect(await ask('writer', [])).toBeNull();
    expect((await ask('member', []))?.sentence).toContain('needs write permission');
    expect((await ask('writer', [free, ours]))?.sentence).toBe(
      'Project `ours`: `/unlock` needs `acme/ops`, and `ada` has `write`.',
    );
    expect((await ask('member', [free, ours]))?.sentence).toContain(
      'Project `network`: `/unlock` needs write',
    );
  });

  test('asks the forge nothing that was read for the command, and each of the rest once', async () => {
    const { forge, ...more } = createMemoryForge();
    giveRights(more);
    const asked: string[] = [];
    const counting: FlowPorts['forge'] = {
      ...forge,
      permission: (where, login) => {
        asked.push(`permission ${login}`);
        return forge.permission(where, login);
      },
      isMember: (where, which, login) => {
        asked.push(`team ${which.slug} ${login}`);
        return forge.isMember(where, which, login);
      },
    };
    const ruled = projectWith({ plan: [{ ...nobody, teams: ['acme/ops'] }] });
    const asker = { actor: cast.member, text: '/plan' };
    const asking = { pull: samplePull({ ref: refOf(1) }), action: 'plan' as const, discovery: null };
    const projects = [ruled, { ...ruled, name: 'two' }];
    expect(await refusals(portsOf(counting), { ...asking, asker, projects })).toEqual([]);
    expect(asked).toEqual(['permission mia', 'team ops mia']);
    asked.length = 0;
    const known = { ...asker, actor: cast.writer, permission: 'write' as const };
    const free = projectWith({});
    expect(await refusals(portsOf(counting), { ...asking, asker: known, projects: [free] })).toEqual([]);
    // A plan that Tidegate begins by itself is nobody's, and needs nobody's permission.
    expect(await refusals(portsOf(counting), { ...asking, asker: null, projects })).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('asks for teams only of those whose approval would count otherwise', async () => {
    const { forge, ...more } = createMemoryForge();
    giveRights(more);
    const asked: string[] = [];
    const counting: FlowPorts['forge'] = {
      ...forge,
      isMember: (where, which, login) => {
        asked.push(`team ${which.slug} ${login}`);
        return forge.isMember(where, which, login);
      },
    };
    const author = { id: 20, login: 'ann', kind: 'user' } as const;
    const pull = samplePull({ ref: refOf(1), author });
    more.setPull(pull);
    const approve = (by: Actor, commit = pull.head.sha) =>
      more.addReview(pull.ref, { author: by, state: 'approved', commit, submittedAt: 1_000 });
    for (const by of [author, cast.reader, cast.member, cast.writer]) approve(by);
    approve(cast.admin, pull.base.sha);
    const base = projectWith({});
    const requirement: Requirement = {
      kind: 'approved',
      count: 1,
      from: { ...nobody, teams: ['acme/ops'] },
      codeOwners: false,
      when: null,
      source: 'operator file, line 3',
    };
    const asks = { ...base, settings: { ...base.settings, requirements: { plan: [requirement] } } };
    const refused = () =>
      refusals(portsOf(counting), { pull, action: 'plan', discovery: null, asker: null, projects: [asks] });
    expect(await refused()).toHaveLength(1);
    expect(asked).toEqual(['team ops ada']);
    more.facts.setTeam({ organisation: 'acme', slug: 'ops' }, ['ada']);
    expect(await refused()).toEqual([]);
  });

  test('is refused in the words of what was asked', async () => {
    const { forge, ...more } = createMemoryForge();
    giveRights(more);
    const pull = samplePull({ ref: refOf(1) });
    more.setPull(pull);
    const base = projectWith({});
    const requirement: Requirement = {
      kind: 'checks',
      names: ['lint'],
      when: null,
      source: 'operator file, line 3',
    };
    const asks = { ...base, settings: { ...base.settings, requirements: { unlock: [requirement] } } };
    const asker = { actor: cast.writer, text: '/unlock -p network' };
    const [refused] = await refusals(portsOf(forge), {
      pull,
      action: 'unlock',
      discovery: null,
      asker,
      projects: [asks],
    });
    expect(refused?.problem.advice).toContain('`/unlock -p network`');
    expect(refused?.problem.advice).not.toContain('`/apply`');
  });
});
