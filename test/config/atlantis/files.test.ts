import { describe, expect, it } from 'vitest';
import { asked } from '../stories.ts';
import { fixture, merged, operator, projectsOf, readAtlantisText, refusal } from './read.ts';

const workflowAllowed = operator(
  'workflows: {terragrunt: {}}\nrepositories: [{match: acme/*, may_set: [workflow, requirements, automerge, version, var_files]}]',
);

describe('environments as folders', () => {
  const text = fixture('folders.yaml');
  const tree = { found: ['environments/staging/network', 'environments/staging/app', 'legacy'] };
  const projects = projectsOf(text, tree);

  it('are the projects of the file, no more', () => {
    expect(Object.keys(projects)).toEqual(['network-staging', 'app-staging', 'network-prod', 'legacy']);
  });

  it('have the files and variables that their workflow handed over', () => {
    expect(projects['network-staging']?.settings).toMatchObject({
      version: '1.11.4',
      varFiles: ['../staging.tfvars'],
      backendFiles: ['../staging.backend.hcl'],
      workflow: null,
    });
    expect(projects['network-prod']?.settings).toMatchObject({
      runner: 'terraform',
      varFiles: ['../prod.tfvars'],
      env: { TF_VAR_stage: 'prod', TF_VAR_owner: 'platform' },
    });
  });

  it('ask for what they asked for, and policies where they were checked', () => {
    const { requirements } = projects['network-prod']?.settings ?? {};
    expect(requirements?.apply?.map(({ kind }) => kind).sort()).toEqual([
      'approved',
      'mergeable',
      'policies',
      'up_to_date',
    ]);
    expect(requirements?.import?.map(({ kind }) => kind)).toEqual(['approved']);
    expect(requirements?.apply?.[0]?.source).toBe('atlantis.yaml of the base branch, line 30');
  });

  it('come one group after another', () => {
    expect(projects['app-staging']?.dependsOn).toEqual([{ name: 'network-staging', outputs: [] }]);
    expect(projects['network-staging']?.dependsOn.map(({ name }) => name)).toEqual([
      'network-prod',
      'legacy',
    ]);
  });

  it('are planned by the files that they named, folders and all', () => {
    expect(projects['network-staging']?.whenModified).toEqual([
      '*.tf',
      '*.tfvars',
      '../../../modules/**/*.tf*',
      '!README.md',
    ]);
  });

  it('are for the branches that they named', () => {
    const into = (baseBranch: string) =>
      merged(text, { ...tree, baseBranch }).projects.map(({ name }) => name);
    expect(into('main')).toContain('network-prod');
    expect(into('develop')).not.toContain('network-prod');
    expect(into('mainly')).not.toContain('network-prod');
  });
});

describe('a workspace for each environment, by anchors', () => {
  const text = fixture('workspaces.yaml');
  const into = (baseBranch: string) => projectsOf(text, { found: ['app', 'dns', 'examples/a'], baseBranch });

  it('are written out', () => {
    const { 'app-dev': dev, 'app-staging': staging, dns } = into('main');
    expect(dev).toMatchObject({ dir: 'app', workspace: 'dev' });
    expect(staging).toMatchObject({ dir: 'app', workspace: 'staging' });
    for (const project of [dev, staging, dns]) {
      expect(project?.whenModified).toEqual(['*.tf', 'env/*.tfvars', '../modules/**', '!../modules/**/*.md']);
      if (project !== undefined) expect(asked(project)).toEqual(['approved', 'mergeable']);
    }
  });

  it('are each for its branches', () => {
    expect(Object.keys(into('main'))).toEqual(['app-dev', 'app-staging', 'dns']);
    expect(Object.keys(into('develop'))).toEqual(['app-dev', 'dns']);
    expect(Object.keys(into('release/7'))).toEqual(['app-prod', 'dns']);
    expect(Object.keys(into('maintenance'))).toEqual(['app-staging', 'dns']);
  });

  it('name files by their workspace', () => {
    expect(into('main')['app-staging']?.settings.varFiles).toEqual(['config/staging.tfvars']);
  });

  it('say where they are written', () => {
    expect(readAtlantisText(text).sets).toContainEqual({ key: 'requirements', line: 20 });
  });
});

describe('a generated file', () => {
  const text = fixture('generated.yaml');
  const found = ['live/prod/eu-central-1/vpc', 'live/prod/eu-central-1/eks'];

  it('uses the workflow of the operator by that name', () => {
    const projects = projectsOf(text, { found, operator: workflowAllowed });
    expect(Object.values(projects).map(({ settings }) => settings.workflow?.name)).toEqual([
      'terragrunt',
      'terragrunt',
    ]);
    expect(projects['live_prod_eu-central-1_eks']).toMatchObject({
      dependsOn: [{ name: 'live_prod_eu-central-1_vpc', outputs: [] }],
      whenModified: ['*.hcl', '*.tf*', '**/*.json', '../vpc/terragrunt.hcl'],
    });
    expect(projects['live_prod_eu-central-1_eks']?.settings.automerge).toEqual({ method: null });
  });

  it('runs none of its own: without the word of the operator it is refused', () => {
    expect(() => merged(text, { found })).toThrow(
      'atlantis.yaml (this pull request), line 16: the operator file does not let `acme/infra` set `workflow`.',
    );
    const other = operator(
      'workflows: {terragrnt: {}}\nrepositories: [{match: acme/*, may_set: [workflow, automerge]}]',
    );
    expect(() => merged(text, { found, operator: other })).toThrow('has no workflow `terragrunt`');
  });
});

describe('a dir that is a glob', () => {
  it('is a project for each folder that no entry names', () => {
    const { shared, ...others } = projectsOf(fixture('globs.yaml'), {
      found: ['stacks/a', 'stacks/b', 'stacks/shared', 'elsewhere', 'stacks/a/deep'],
    });
    expect(Object.keys(others)).toEqual(['stacks/a', 'stacks/b']);
    for (const project of Object.values(others)) {
      expect(asked(project)).toEqual(['approved']);
      expect(project.dependsOn).toEqual([{ name: 'shared', outputs: [] }]);
    }
    expect(shared?.dependsOn).toEqual([]);
  });
});

it('groups count for all that a glob stands for', () => {
  const text =
    'version: 3\nprojects:\n- {dir: "stacks/*"}\n- {dir: "*/x", workspace: dev}\n- {dir: top, name: top, execution_order_group: 1}\n';
  const { top } = projectsOf(text, { found: ['stacks/a', 'stacks/b', 'stacks/x', 'top'] });
  expect(top?.dependsOn.map(({ name }) => name)).toEqual([
    'stacks/a',
    'stacks/b',
    'stacks/x',
    'stacks/x/dev',
  ]);
});

describe('what cannot be read as it stands', () => {
  it.each([
    ['version: 2\nprojects: []', 'line 1', '`3`, the version of the format that Tidegate reads'],
    ['version: 3\nprojects: [{dir: a, brnch: x}]', 'line 2', 'Did you mean `branch`?'],
    ['version: 3\nprojects: [{dir: ../up}]', 'line 2', 'it holds `.` or `..`'],
    ['version: 3\nprojects:\n- dir: a\n  branch: /(?=x)/', 'line 4', 'cannot be said as globs'],
    ['version: 3\nprojects:\n- dir: a\n  branch: main', 'line 4', 'cannot be said as globs'],
    [
      'version: 3\nprojects: [{dir: a, terraform_version: latest}]',
      'line 2',
      'In the words of `tidegate.yaml`',
    ],
    ['version: 3\nprojects: [{dir: a, apply_requirements: [reviewed]}]', 'line 2', '`approved`, `mergeable`'],
    [
      'version: 3\nprojects: [{dir: a, workflow: w}]\nworkflows: {w: {plan: {steps: [{plan: {extra_args: [-target=x]}}]}}}',
      'line 3',
      'The argument `-target=x` of `plan` has no counterpart.',
    ],
    [
      'version: 3\nprojects: [{dir: a, workflow: w}]\nworkflows: {w: {plan: {steps: [{plan: {extra_args: [-var-file=$STAGE.tfvars]}}]}}}',
      'line 3',
      'only known when it runs',
    ],
    [
      'version: 3\nprojects: [{dir: a, workflow: w}]\nworkflows: {w: {plan: {steps: [{init: {extra_args: [-backend-config=bucket=x]}}]}}}',
      'line 3',
      'sets a value of the backend',
    ],
    [
      'version: 3\nprojects: [{dir: a, workflow: w}]\nworkflows: {w: {plan: {steps: [{env: {name: TF_CLI_ARGS_plan, value: -destroy}}, plan]}}}',
      'line 2',
      'a variable that the server does not decide itself',
    ],
    [
      'version: 3\nprojects: [{dir: a, workflow: w}]\nworkflows: {w: {plan: {steps: [{env: {name: __proto__, value: x}}, plan]}}}',
      'line 3',
      'The variable `__proto__` cannot be set.',
    ],
    ['version: 3\nprojects: [{dir: a, workflow: W.1}]', 'line 2', 'small letters'],
    ['version: 3\nprojects: [{dir: a, depends_on: [b]}]', 'line 2', 'depends on `b`'],
    ['version: 3\nprojects: [{dir: a, name: x}, {dir: b, name: x}]', 'line 2', 'is taken by'],
  ])('is refused with line and reason: %s', (text, line, why) => {
    expect(refusal(text)).toContain(line);
    expect(refusal(text)).toContain(why);
  });

  it('is not guessed where groups come to more than anybody writes', () => {
    const project = (index: number) => `  - {dir: d${index}, execution_order_group: ${index % 2}}`;
    const text = (count: number) =>
      `version: 3\nprojects:\n${Array.from({ length: count }, (_, index) => project(index)).join('\n')}`;
    expect(refusal(text(200))).toBe('taken');
    expect(refusal(text(400))).toContain('Say with `depends_on` which project needs which');
  });
});
