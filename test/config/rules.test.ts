import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { UserError } from '../../src/domain/problem.ts';
import { asked, folders, merge, one, type Story, taken } from './stories.ts';

const settings = (keys: string) =>
  taken(parseRepositoryFile(`version: 1\nprojects:\n  - dir: a\n${keys}`, 'tidegate.yaml')).projects?.[0]
    ?.settings;

const refusal = (keys: string): string => {
  const parsed = parseRepositoryFile(`version: 1\nprojects:\n  - dir: a\n    ${keys}\n`, 'tidegate.yaml');
  return 'problem' in parsed ? `${parsed.problem.sentence} ${parsed.problem.advice}` : 'taken';
};

const base = 'tidegate.yaml of the base branch';
const plain = { when: null };

describe('requirements as they are written', () => {
  it('are a list for an apply, each with its line', () => {
    expect(
      settings(`    requirements:
      - approved
      - approved: { count: 2, teams: [Acme/Database], users: [Ada, ada], permission: maintain }
        when: plan.destroy > 0
      - approved: { code_owners: true }
      - mergeable
      - up_to_date: true
      - checks: [lint, ci/test, lint]
      - policies
      - window:
          allow: [{ cron: "0 9 * * 1-5", for: 8h, zone: Europe/Berlin }]
          deny: [{ cron: "0 0 24 12 *", for: 7d }, { cron: "0 * * * *", for: 5m }]
`)?.requirements,
    ).toEqual({
      apply: [
        { kind: 'approved', count: 1, from: null, codeOwners: false, ...plain, source: `${base}, line 5` },
        {
          kind: 'approved',
          count: 2,
          from: { users: ['ada'], teams: ['acme/database'], permission: 'maintain' },
          codeOwners: false,
          when: 'plan.destroy > 0',
          source: `${base}, line 6`,
        },
        { kind: 'approved', count: 1, from: null, codeOwners: true, ...plain, source: `${base}, line 8` },
        { kind: 'mergeable', ...plain, source: `${base}, line 9` },
        { kind: 'up_to_date', ...plain, source: `${base}, line 10` },
        { kind: 'checks', names: ['ci/test', 'lint'], ...plain, source: `${base}, line 11` },
        { kind: 'policies', ...plain, source: `${base}, line 12` },
        {
          kind: 'window',
          allow: [{ cron: '0 9 * * 1-5', durationMs: 28_800_000, zone: 'Europe/Berlin' }],
          deny: [
            { cron: '0 0 24 12 *', durationMs: 604_800_000, zone: 'UTC' },
            { cron: '0 * * * *', durationMs: 300_000, zone: 'UTC' },
          ],
          ...plain,
          source: `${base}, line 13`,
        },
      ],
    });
  });

  it('are lists by verb', () => {
    expect(
      settings('    requirements: { plan: [mergeable], recover: [approved], apply: [] }\n')?.requirements,
    ).toMatchObject({
      plan: [{ kind: 'mergeable' }],
      recover: [{ kind: 'approved' }],
      apply: [],
    });
  });

  it('come with people and what approvals are bound to', () => {
    expect(
      settings(
        '    who_may: { apply: { teams: [acme/platform], permission: admin }, unlock: { users: [] } }\n    bind_approvals: commit\n',
      ),
    ).toEqual({
      whoMay: {
        apply: { users: [], teams: ['acme/platform'], permission: 'admin' },
        unlock: { users: [], teams: [], permission: null },
      },
      bindApprovals: 'commit',
    });
  });

  it.each([
    ['requirements: { plan: [policies] }', '`policies` and `when` are for `apply`'],
    ['requirements: { unlock: [up_to_date] }', 'are for `plan` and `apply`'],
    ['requirements: { trust: [{ approved: { code_owners: true } }] }', 'are for `plan` and `apply`'],
    ['requirements: { unlock: [{ mergeable: true, when: plan.destroy > 0 }] }', 'needs no plan'],
    ['requirements: approved', 'a list of requirements for an apply, or a mapping of such lists by verb'],
    ['requirements: [approvd]', 'Did you mean `approved`?'],
    [
      'requirements: [{approvd: {}}]',
      '`projects[0].requirements[0]` has no key `approvd`. Did you mean `approved`?',
    ],
    ['requirements: [{approved: {cuont: 1}}]', 'has no key `cuont`. Did you mean `count`?'],
    ['requirements: [{approved: {count: 0}}]', 'from 1 to 20'],
    ['requirements: [{approved: {count: 1}, mergeable: true}]', 'must be one of `approved`'],
    ['requirements: [{when: "plan.destroy > 0"}]', 'must be one of `approved`'],
    ['requirements: [{approved: {code_owners: true, users: [a]}}]', 'write two requirements'],
    ['requirements: [{approved: {code_owners: false}}]', '`true`, or left out'],
    ['requirements: [{approved: {teams: [database]}}]', '`ORGANISATION/TEAM`'],
    ['requirements: [{approved: {users: ["@ada"]}}]', 'a login of GitHub'],
    ['requirements: [{approved: {permission: read}}]', '`write`, `maintain` or `admin`'],
    ['requirements: [{checks: []}]', 'one check or more'],
    ['requirements: [{window: {}}]', '`allow` or `deny`'],
    ['requirements: [{window: {allow: [{cron: "0 9 * *", for: 8h}]}}]', 'the five fields of cron'],
    ['requirements: [{window: {allow: [{cron: "0 9 30 2 *", for: 8h}]}}]', 'never comes'],
    ['requirements: [{window: {allow: [{cron: "0 9 * * *", for: 8d}]}}]', 'from `1m` to `7d`'],
    ['requirements: [{window: {deny: [{cron: "0 9 * * *", for: 8h, zone: Mars/X}]}}]', 'Europe/Berlin'],
    [
      'requirements: [{mergeable: true, when: plan.destory > 0}]',
      'line 4, column 44: `projects[0].requirements[0].when`',
    ],
    ['requirements: [{mergeable: true, when: plan.destory > 0}]', 'did you mean `destroy`? (character 6)'],
    ['requirements: [{mergeable: true, when: plan.destroy}]', 'gives int, not true or false'],
    ['requirements: {aply: [approved]}', 'Did you mean `apply`?'],
    [`requirements: [${'approved, '.repeat(51)}]`, 'at most 50'],
    ['who_may: {apply: {}}', '`users: []` for nobody'],
    ['who_may: {fly: {users: [ada]}}', 'has no key `fly`'],
    ['bind_approvals: head', '`plan` or `commit`'],
  ])('are refused with the reason: %s', (keys, why) => {
    expect(refusal(keys)).toContain(why);
    expect(refusal(keys)).toMatch(/^tidegate\.yaml, line 4, column \d+: /);
  });

  it('cannot give the label that they ask for', () => {
    const parsed = parseRepositoryFile(
      'version: 1\nrules: [{match: a, environments: x, environment: y}]',
      'tidegate.yaml',
    );
    expect(parsed).toMatchObject({
      problem: { sentence: expect.stringContaining('the label that it asks for') },
    });
  });
});

describe('rules of several places', () => {
  const who = ({ settings: { who: people } }: ReturnType<typeof one>) =>
    people.apply?.map(({ users }) => users.join());

  it('add up, each once, wherever it is written', () => {
    const operator =
      '[{match: "**", requirements: [approved, mergeable]}, {match: a, requirements: {apply: [approved], plan: [mergeable]}}]';
    const story = {
      operator,
      base: 'rules: [{match: a, requirements: [approved, {approved: {count: 2}}]}]\nprojects: [{dir: a}]',
      head: 'projects: [{dir: a}]',
    };
    expect(asked(one(story))).toEqual(['approved', 'approved', 'mergeable']);
    const { requirements } = one(story).settings;
    expect(requirements.plan?.map(({ kind }) => kind)).toEqual(['mergeable']);
    expect(requirements.apply?.map(({ source }) => source)).toEqual([
      'operator file, line 2',
      `${base}, line 2`,
      'operator file, line 2',
    ]);
  });

  it('ask for people who are in every list', () => {
    const operator = '[{match: "**", who_may: {apply: {users: [ada, eve]}}}]';
    const own = 'projects: [{dir: a, who_may: {apply: {users: [eve]}, plan: {users: [bob]}}}]';
    expect(who(one({ operator, base: own, head: 'projects: [{dir: a}]' }))).toEqual(['ada,eve', 'eve']);
    expect(who(one({ operator, head: own }))).toEqual(['ada,eve']);
  });

  it('of one environment are for projects with that label', () => {
    const operator =
      '[{match: "**", environments: [prod*], requirements: [approved]}, {match: live/**, environment: production}]';
    const kinds = (base: string) => asked(one({ operator, base, head: base }));
    expect(kinds('projects: [{dir: a}]')).toEqual([]);
    expect(kinds('projects: [{dir: a, environment: staging}]')).toEqual([]);
    expect(kinds('projects: [{dir: a, environment: production}]')).toEqual(['approved']);
    expect(kinds('projects: [{dir: live/a}]')).toEqual(['approved']);
    expect(kinds('rules: [{match: a, environment: prod}]\nprojects: [{dir: a}]')).toEqual(['approved']);
    expect(
      kinds(
        'rules: [{match: a, environments: dev, requirements: [mergeable]}]\nprojects: [{dir: a, environment: dev}]',
      ),
    ).toEqual(['mergeable']);
  });

  it('of one environment still hold where the head says another, or moves there', () => {
    const operator = '[{match: "**", environments: production, requirements: [approved]}]';
    const before =
      'rules: [{match: lab, environment: lab}]\nprojects: [{name: a, dir: a, environment: production}]';
    for (const head of [
      'projects: [{name: a, dir: a, environment: lab}]',
      'projects: [{name: a, dir: lab}]',
      'projects: [{name: b, dir: a, environment: lab}]',
    ])
      expect(asked(one({ operator, base: before, head })), head).toEqual(['approved']);
  });

  it('of one environment meet who brings its label to a place of theirs', () => {
    const operator = '[{match: prod/**, environments: production, requirements: [approved]}]';
    const base = 'projects: [{name: a, dir: a, environment: production}, {name: p, dir: prod/x}]';
    expect(merge({ operator, base, head: base }).projects.map(asked)).toEqual([[], []]);
    expect(asked(one({ operator, base, head: 'projects: [{name: a, dir: prod/x}]' }))).toEqual(['approved']);
  });

  it('of one environment do not stand for rules of a place that nobody knows', () => {
    const operator = '[{match: elsewhere, requirements: [approved]}]';
    const base =
      'rules: [{match: "**", environments: dev, runner: x}]\nprojects: [{name: a, dir: a, environment: dev}]';
    expect(asked(one({ operator, base, head: 'projects: [{name: a, dir: new}]' }))).toEqual(['approved']);
    expect(asked(one({ operator, base, head: base }))).toEqual([]);
  });

  it('of one repository are not for others, in small or capital letters', () => {
    const kinds = (repositories: string) =>
      asked(
        one({
          operator: `[{match: "**", repositories: ${repositories}, requirements: [approved]}]`,
          found: ['a'],
        }),
      );
    expect(kinds('A/*')).toEqual(['approved']);
    expect(kinds('[c/d, a/B]')).toEqual(['approved']);
    expect(kinds('c/*')).toEqual([]);
  });

  it('bind approvals to the commit only where every place of a project says so', () => {
    const bound = (story: Story) => one(story).settings.bindApprovals;
    const operator = '[{match: dev/**, bind_approvals: commit}]';
    const base = 'rules: [{match: dev/**}, {match: prod}]\nprojects: [{name: a, dir: dev/a}]';
    expect(bound({ operator, base, head: base })).toBe('commit');
    expect(bound({ operator, base, head: 'projects: [{name: a, dir: prod}]' })).toBe('plan');
    expect(bound({ operator, base, head: 'projects: [{name: n, dir: dev/n}]' })).toBe('commit');
    expect(
      bound({
        operator,
        base: 'projects: [{name: p, dir: prod}]',
        head: 'projects: [{name: p, dir: dev/a}]',
      }),
    ).toBe('plan');
  });

  it('of a workspace that the base knows are not those of the others in its dir', () => {
    const base =
      'projects: [{name: s, dir: a, workspace: staging}, {name: p, dir: a, workspace: production, requirements: [approved]}]';
    const kinds = (head: string) => merge({ base, head }).projects.map(asked);
    expect(kinds(base)).toEqual([[], ['approved']]);
    expect(kinds('projects: [{name: x, dir: a, workspace: other}]')).toEqual([['approved']]);
    expect(kinds('projects: [{name: s, dir: a, workspace: production}]')).toEqual([['approved']]);
  });
});

describe('rules that a pull request changes', () => {
  const count = (before: string, after: string) => merge({ base: before, head: after }).rulesAfterMerge;
  const rule = (keys: string) => `rules: [{match: "**", ${keys}}]\nprojects: [{name: a, dir: a}]`;

  it.each([
    ['none', rule('requirements: [approved]'), `\n\n${rule('requirements: [approved]')}`, 0],
    [
      'another setting',
      rule('requirements: [approved]'),
      rule('version: "1.0.0", requirements: [approved]'),
      0,
    ],
    ['one more', rule('requirements: [approved]'), rule('requirements: [approved, mergeable]'), 1],
    ['one edited', rule('requirements: [{approved: {count: 2}}]'), rule('requirements: [approved]'), 1],
    ['one taken away', rule('requirements: [approved]'), 'projects: [{name: a, dir: a}]', 1],
    [
      'one for another verb',
      rule('requirements: [approved]'),
      rule('requirements: {plan: [approved], apply: [approved]}'),
      1,
    ],
    [
      'people and binding',
      rule('who_may: {apply: {users: [ada]}}'),
      rule('who_may: {apply: {users: [eve]}, plan: {users: [eve]}}, bind_approvals: plan'),
      3,
    ],
    [
      'a project',
      'projects: [{name: a, dir: a, requirements: [approved]}]',
      'projects: [{name: a, dir: a}, {name: b, dir: b, requirements: [approved]}]',
      2,
    ],
  ])('are counted: %s', (_, before, after, expected) => {
    expect(count(before, after)).toBe(expected);
  });

  it('are counted where it brings the first file', () => {
    expect(merge({ head: rule('requirements: [approved, mergeable]') }).rulesAfterMerge).toBe(2);
  });
});

describe('what a repository may set', () => {
  const merged = (may: string, base: string | null, head: string | null, repository = 'acme/app') => {
    const read = (text: string | null) =>
      text === null ? null : taken(parseRepositoryFile(`version: 1\n${text}`, 'f'));
    return mergeProjects({
      repositoryId: 7,
      declared: new Map(),
      repository,
      baseBranch: 'main',
      operator: taken(parseOperatorFile(`allow: [acme/*]\n${may}`, 'f')),
      base: read(base),
      head: read(head),
      found: folders('a'),
    });
  };
  const refused = (...input: Parameters<typeof merged>): string => {
    try {
      merged(...input);
      return 'taken';
    } catch (error) {
      if (error instanceof UserError)
        return `${error.problem.code}: ${error.problem.sentence} ${error.problem.advice}`;
      throw error;
    }
  };
  const requires = 'projects:\n  - dir: a\n    requirements: [approved]\n';
  const binds = 'projects:\n  - dir: a\n    bind_approvals: plan\n';

  it('is everything but what approvals are bound to', () => {
    expect(refused('', requires, requires)).toBe('taken');
    expect(
      refused('', 'rules: [{match: a, who_may: {apply: {users: [a]}}, env: {A: b}, environment: x}]', null),
    ).toBe('taken');
    expect(refused('', binds, null)).toBe(
      'config-invalid: tidegate.yaml (the base branch), line 4: the operator file does not let `acme/app` set `bind_approvals`. Take it out; this repository may set `runner`, `version`, `var_files`, `backend_files`, `env`, `environment`, `labels`, `apply`, `automerge`, `drift`, `converge`, `with`, `requirements`, `who_may` and `suspend`. Or ask the people who run Tidegate to add it to `may_set`. Nothing was run.',
    );
    expect(refused('', null, binds)).toContain('tidegate.yaml (this pull request), line 4');
  });

  it('is what the last entry of the operator file for it says', () => {
    const may =
      'repositories:\n  - {match: acme/*, may_set: []}\n  - {match: [Acme/App, acme/x], may_set: [requirements, bind_approvals]}\n';
    expect(refused(may, requires, binds)).toBe('taken');
    expect(refused(may, 'projects: [{dir: a, runner: x}]', null)).toContain(
      '`acme/app` set `runner`. Take it out; this repository may set `requirements` and `bind_approvals`.',
    );
    expect(refused(may, requires, null, 'acme/other')).toContain('may set no keys of projects');
    expect(refused(may, 'projects: [{dir: a, depends_on: []}]', null, 'acme/other')).toBe('taken');
  });

  it('names keys that there are', () => {
    expect(
      parseOperatorFile('allow: [a/b]\nrepositories: [{match: a/b, may_set: [requirement]}]', 'f'),
    ).toMatchObject({
      problem: { advice: expect.stringContaining('Did you mean `requirements`?') },
    });
  });
});
