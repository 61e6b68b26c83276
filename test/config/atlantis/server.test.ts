import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../../src/config/file-format.ts';
import { mergeProjects } from '../../../src/config/projects.ts';
import { compileRepositoryFile } from '../../../src/config/repository-file.ts';
import type { OperatorSettings } from '../../../src/config/types.ts';
import { checkWorkflowRunners } from '../../../src/config/workflows.ts';
import type { Project } from '../../../src/domain/project.ts';
import { asked, folders } from '../stories.ts';
import { fixture } from './read.ts';
import { namedIn, printedServer, refusedServer, serverWith } from './server.ts';

const projects = (
  operator: OperatorSettings,
  repository: string,
  text: string | null,
  found: readonly string[],
): Readonly<Record<string, Project>> => {
  const read = text === null ? null : compileRepositoryFile(checkFile(text, 'atlantis'));
  if (read !== null && 'refused' in read) throw new Error(JSON.stringify(read.refused));
  const file = read?.value ?? null;
  const here = folders(...found);
  const merged = mergeProjects({
    repositoryId: 7,
    declared: new Map(),
    repository,
    operator,
    base: file,
    head: file,
    found: here,
    foundInBase: here,
    baseBranch: 'main',
  });
  return Object.fromEntries(merged.projects.map((project) => [project.name, project]));
};

const workflowsOf = (files: readonly string[]): string =>
  `version: 3\nprojects: [{dir: app, workspace: dev, workflow: own}]\nworkflows: {own: {plan: {steps: [{plan: {extra_args: ${JSON.stringify(files.map((file) => `-var-file=${file}`))}}}]}}}`;

const grown = fixture('repos.yaml');
const servers = [
  ['read when the server starts', serverWith(grown)],
  ['printed by the command and put into the operator file', printedServer(grown).settings],
] as const;

describe.each(servers)('a server-side repo config, %s', (_, operator) => {
  it('asks what the last entry that matches asks, and nothing of those before', () => {
    const { app } = projects(operator, 'acme/infra', null, ['app']);
    const { app: sandbox } = projects(operator, 'acme/sandbox', null, ['app']);
    if (app === undefined || sandbox === undefined) throw new Error('no project');
    expect([...asked(app)].sort()).toEqual(['approved', 'mergeable', 'policies', 'up_to_date']);
    expect(app.settings.requirements.import?.map(({ kind }) => kind)).toEqual(['approved']);
    expect(asked(sandbox)).toEqual([]);
    expect(sandbox.settings.requirements.import?.map(({ kind }) => kind)).toEqual(['approved']);
  });

  it('says of each repository from which branch, what it may set, and which workflow it may choose', () => {
    const into = (repository: string, ref: string) =>
      operator.appliesInto(repository, { ref, isDefault: ref === 'main' });
    expect([into('acme/infra', 'main'), into('acme/infra', 'next'), into('acme/sandbox', 'next')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(operator.maySet('acme/infra')).toContain('workflow');
    expect(operator.maySet('acme/infra')).not.toContain('bind_approvals');
    expect(operator.mayChoose('acme/infra')).toEqual(['checked', 'staged', 'gone']);
  });

  it('gives its workflow, and what the arguments of that say, by the workspace', () => {
    const { 'app/prod': prod } = projects(
      operator,
      'acme/live-eu',
      'version: 3\nprojects: [{dir: app, workspace: prod}]',
      ['app'],
    );
    expect(prod?.settings).toMatchObject({
      varFiles: ['vars/prod.tfvars'],
      backendFiles: ['backends/prod.hcl'],
      env: { TF_VAR_stage: 'prod' },
      workflow: {
        name: 'checked',
        plan: [
          { env: 'TF_VAR_build', program: ['sh', '-c', 'date +%s'] },
          'init',
          'workspace',
          'plan',
          ['sh', '-c', 'checkov -f "$PLANFILE"'],
          'show',
        ],
        apply: ['init', 'workspace', ['sh', '-c', 'echo "$PROJECT_NAME"'], 'show', 'apply'],
      },
    });
    expect(Object.keys(prod?.settings.workflow ?? {})).toEqual(['name', 'plan', 'apply']);
  });

  it('gives the default workflow to everybody else, once it is made anew', () => {
    const { app } = projects(operator, 'acme/infra', null, ['app']);
    expect(app?.settings.workflow?.plan?.[0]).toEqual(['sh', '-c', 'tflint --recursive']);
  });

  it('lets a repository choose by name what it may choose, and nothing that is not there', () => {
    const choosing = (workflow: string) => () =>
      projects(
        operator,
        'acme/infra',
        `version: 3\nprojects: [{dir: app, name: web, workflow: ${workflow}}]`,
        ['app'],
      );
    const { web } = choosing('staged')();
    expect(web?.settings).toMatchObject({ varFiles: ['../web.tfvars'], workflow: { plan: null } });
    expect(choosing('secret')).toThrow('does not let `acme/infra` choose the workflow `secret`');
    // Its tool is called by a line of its own, which nothing stands for.
    expect(choosing('gone')).toThrow('has no workflow `gone`');
  });

  it('finds projects as the server says', () => {
    const text = 'version: 3\nprojects: [{dir: app}]';
    const found = ['app', 'db', 'examples/a'];
    expect(Object.keys(projects(operator, 'acme/live-eu', text, found))).toEqual(['app', 'db']);
    expect(Object.keys(projects(operator, 'acme/infra', text, found))).toEqual(['app']);
  });

  it('has policies with their owners', () => {
    expect(operator.policies).toMatchObject([
      {
        name: 'buckets',
        asks: { command: { argv: ['conftest', 'test', '--policy', '/etc/policies/buckets', '{plan}'] } },
        owners: { users: ['ada'], teams: ['acme/security'] },
      },
    ]);
  });

  it('has workflows that a runner takes', () => {
    const own = (names: readonly string[], reads: string) =>
      names.map((name) => ({ name, reads: name === reads }));
    const runner = {
      name: 'terraform',
      ownSteps: {
        plan: own(['init', 'workspace', 'plan', 'show'], 'show'),
        apply: own(['init', 'workspace', 'show', 'apply'], 'show'),
      },
    };
    expect(() => checkWorkflowRunners(operator.workflows, [runner])).not.toThrow();
  });
});

describe('a server-side repo config that is read', () => {
  it('says where things are written, by its own name', () => {
    const { app } = projects(serverWith(grown), 'acme/infra', null, ['app']);
    expect(app?.settings.requirements.apply?.map(({ source }) => source)).toContain('repos.yaml, line 3');
  });

  it('names the file of each repository, whose operator alone says that one is read', () => {
    const operator = serverWith(grown);
    expect(operator.atlantisFile('acme/live-eu')).toBe('atlantis/live.yaml');
    expect(operator.atlantisFile('acme/infra')).toBe('atlantis.yaml');
  });

  it('goes behind the word of the operator, whose rules add up with it', () => {
    const operator = serverWith(
      grown,
      'repositories: [{match: acme/infra, may_set: [version]}]\nrules: [{match: "**", requirements: [{checks: [lint]}]}]\n',
    );
    expect(operator.maySet('acme/infra')).toEqual(['version']);
    expect(operator.mayChoose('acme/infra')).toEqual(['checked', 'staged', 'gone']);
    const { app } = projects(operator, 'acme/sandbox', null, ['app']);
    expect(app === undefined ? [] : asked(app)).toEqual(['checks']);
  });

  it('is named, with its line, for everything that nothing depends on', () => {
    expect(namedIn(grown)).toEqual([
      expect.stringContaining('8: To override `repo_locks` comes to nothing.'),
      expect.stringContaining('10: Programs of a repository are never run.'),
      expect.stringContaining('11: The branch stays.'),
      expect.stringContaining('12: Projects are locked from their plan on.'),
      expect.stringContaining('21: Hooks behind a command are not run.'),
      expect.stringContaining('23: This entry is left out: it is for another host'),
      expect.stringContaining('36: The argument `-upgrade` of `init` is left out.'),
      expect.stringContaining('38: `output` and `filter_regex` are left out.'),
      expect.stringContaining('45: This step behind the apply is left out.'),
      expect.stringContaining('51: The workflow `gone` is left out'),
      expect.stringContaining('52: The workflow `gone` has no step `plan` in its `plan`'),
      expect.stringContaining('56: The conftest that is on the `PATH`'),
      expect.stringContaining('62: Authors of a pull request never approve it.'),
      expect.stringContaining('64: Metrics are on `/metrics`'),
    ]);
  });

  it.each([
    ['repos:\n- id: /infra-.*/', 'line 2', 'No globs say'],
    ['repos:\n- id: /github.com\\/acme\\/.*/\n  branch: /(?=x)/', 'line 3', 'cannot be said as globs'],
    ['repos:\n- id: /.*/\n  pre_workflow_hooks: [{run: gen.sh}]', 'line 3', 'Hooks before a command'],
    ['team_authz: {command: /bin/who}', 'line 1', '`who_may`'],
    ['repos:\n- id: /.*/\n  workflow: nowhere', 'line 3', 'There is no workflow `nowhere`'],
    [
      'repos:\n- id: /.*/\n  workflow: w\nworkflows:\n  w:\n    plan: {steps: [{run: make plan}]}',
      'line 6',
      'calls the tool by a line of its own',
    ],
    [
      'workflows:\n  default:\n    plan: {steps: [init, plan, {run: "rm -r $HEAD_BRANCH_NAME/x"}]}',
      'line 3',
      'uses `HEAD_BRANCH_NAME`, which would be empty here',
    ],
    [
      'workflows:\n  default:\n    plan: {steps: [init, {plan: {extra_args: [-target=x]}}]}',
      'line 3',
      'has no counterpart',
    ],
    [
      'workflows:\n  default:\n    plan: {steps: [init, {plan: {extra_args: [-var-file=/etc/x.tfvars]}}]}',
      'line 3',
      'In the words of the operator file',
    ],
    [
      'policies:\n  approve_count: 2\n  policy_sets: [{name: a, path: /p}]',
      'line 2',
      'One owner lets a plan pass',
    ],
    [
      'repos: [{id: github.com/a/x}, {id: github.com/b/x}]\npolicies:\n  policy_sets:\n  - {name: a, path: /p, owners: {teams: [t]}}',
      'line 4',
      'of which organisation',
    ],
    ['policies:\n  policy_sets:\n  - {name: é, path: /p}', 'line 3', 'cannot be had by a policy'],
    ['repos:\n- id: /.*/\n  aply_requirements: []', 'line 3', 'Did you mean `apply_requirements`?'],
  ])('is refused with file, line and remedy: %s', (text, line, why) => {
    expect(refusedServer(text)).toContain(`/etc/repos.yaml, ${line},`);
    expect(refusedServer(text)).toContain(why);
  });

  it('gives the arguments of conftest to the policies, whose names it mends, and no file twice', () => {
    const text =
      'repos: [{id: /github.com\\/acme\\/.*/}]\nworkflows:\n  default:\n    plan: {steps: [init, {plan: {extra_args: [-var-file=env/$WORKSPACE.tfvars]}}]}\n    policy_check: {steps: [show, {policy_check: {extra_args: [--all-namespaces]}}]}\npolicies: {policy_sets: [{name: Common_rules, path: /p}]}\n';
    const operator = serverWith(text);
    expect(operator.policies).toMatchObject([
      {
        name: 'common-rules',
        asks: { command: { argv: ['conftest', 'test', '--policy', '/p', '--all-namespaces', '{plan}'] } },
      },
    ]);
    expect(namedIn(text)).toEqual([expect.stringContaining('The policy is called `common-rules`.')]);
    const own = workflowsOf(['env/dev.tfvars']);
    const { 'app/dev': dev } = projects(operator, 'acme/infra', own, ['app']);
    expect(dev?.settings.varFiles).toEqual(['env/dev.tfvars']);
  });

  it('shares no name with the operator file', () => {
    expect(refusedServer(grown, 'workflows: {checked: {}}')).toContain(
      'operator.yaml, line 4, column 13: The workflow `checked` is in `repos.yaml` as well.',
    );
    expect(refusedServer(grown, 'policies: [{name: buckets, rule: "true"}]')).toContain(
      'The name `buckets` is taken by another policy.',
    );
  });
});

describe('of entries that match one repository', () => {
  const ids = ['/.*/', '/github.com\\/acme\\/.*/', 'github.com/acme/infra', 'github.com/other/infra'];
  const matching = (id: string, repository: string): boolean =>
    id.startsWith('/')
      ? new RegExp(id.slice(1, -1)).test(`github.com/${repository}`)
      : id === `github.com/${repository}`;
  const entry = fc.record(
    {
      id: fc.constantFrom(...ids),
      apply_requirements: fc.subarray(['approved', 'mergeable', 'undiverged']),
      plan_requirements: fc.subarray(['approved', 'mergeable']),
      workflow: fc.constantFrom('one', 'two', 'default'),
    },
    { requiredKeys: ['id'] },
  );
  const workflows = 'workflows: {one: {plan: {steps: [{run: a}, plan]}}, two: {}}';

  it('the last one that has a key counts, for any entries, read or printed', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 5 }),
        fc.constantFrom('acme/infra', 'acme/b', 'x/y'),
        (repos, at) => {
          const text = `repos: ${JSON.stringify(repos)}\n${workflows}\n`;
          const last = <Key extends keyof (typeof repos)[number]>(key: Key) =>
            repos.findLast((one) => matching(one.id, at) && one[key] !== undefined)?.[key];
          const words: Readonly<Record<string, string>> = { undiverged: 'up_to_date' };
          const kinds = (list: readonly string[] = []) => list.map((one) => words[one] ?? one).sort();
          for (const operator of [serverWith(text), printedServer(text).settings]) {
            const { app } = projects(operator, at, null, ['app']);
            const { requirements, workflow } = app?.settings ?? {};
            expect(requirements?.apply?.map(({ kind }) => kind).sort() ?? []).toEqual(
              kinds(last('apply_requirements')),
            );
            expect(requirements?.plan?.map(({ kind }) => kind).sort() ?? []).toEqual(
              kinds(last('plan_requirements')),
            );
            const named = last('workflow') ?? 'default';
            expect(workflow?.name ?? 'default').toBe(named);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
