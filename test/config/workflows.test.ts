import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { checkWorkflowRunners } from '../../src/config/workflows.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { folders, taken } from './stories.ts';

const fit = '[init, [tflint, --recursive], workspace, plan, show]';
const operator = (more: string) => parseOperatorFile(`allow: [a/b]\n${more}`, 'operator.yaml');
const refusal = (more: string) => {
  const parsed = operator(more);
  return 'problem' in parsed ? `${parsed.problem.sentence} ${parsed.problem.advice}` : 'taken';
};

const nothing = { varFiles: [], backendFiles: [], env: {} };

describe('workflows of the operator file', () => {
  it('are the names of steps, and programs with their arguments', () => {
    const { workflows } = taken(operator(`workflows:\n  checked: {plan: ${fit}}\n  bare: {}`));
    expect([...workflows.values()]).toEqual([
      {
        name: 'checked',
        plan: ['init', ['tflint', '--recursive'], 'workspace', 'plan', 'show'],
        apply: null,
        gives: nothing,
        source: 'operator file, line 3',
      },
      { name: 'bare', plan: null, apply: null, gives: nothing, source: 'operator file, line 4' },
    ]);
  });

  it('are lines for a shell where the operator wrote them, and what sets variables', () => {
    const { workflows } = taken(
      operator(
        'workflows: {a: {apply: [{sh: "echo $DIR"}, {env: {name: A, value: b}}, {env: {name: C, command: [date]}}, {env: {name: D, sh: id}}, {multienv: [x]}, {multienv: {sh: y}}]}}',
      ),
    );
    expect(workflows.get('a')?.apply).toEqual([
      ['sh', '-c', 'echo $DIR'],
      { env: 'A', value: 'b' },
      { env: 'C', program: ['date'] },
      { env: 'D', program: ['sh', '-c', 'id'] },
      { multienv: ['x'] },
      { multienv: ['sh', '-c', 'y'] },
    ]);
  });

  it.each([
    [
      'workflows: {a: {plan: [{env: {name: PATH, value: x}}]}}',
      'a variable that the server does not decide itself',
    ],
    ['workflows: {a: {plan: [{env: {name: TF_CLI_ARGS_plan, sh: x}}]}}', 'does not decide itself'],
    ['workflows: {a: {plan: [{env: {name: A, value: x, sh: y}}]}}', 'one of `value`, `command` and `sh`'],
    ['workflows: {a: {plan: [{env: {name: A}}]}}', 'one of `value`, `command` and `sh`'],
    ['workflows: {a: {plan: [{sh: ""}]}}', 'a line for `sh`'],
    ['workflows: {a: {plan: [{run: x}]}}', '`sh`'],
    ['workflows: {a: {plan: [terraform plan]}}', 'the name of a step'],
    ['workflows: {a: {plan: []}}', 'a list of steps'],
    ['workflows: {a: {plan: [[]]}}', 'a list of a program and its arguments'],
    ['workflows: {a: {plan: [[./lint]]}}', 'or an absolute path'],
    ['workflows: {a: {plan: [[-x]]}}', 'on the `PATH` of the server'],
    ['workflows: {a: {plan: [["", x]]}}', 'begins with a program'],
    ['workflows: {a: {plan: [[x, "a\\nb"]]}}', 'without control characters'],
    ['workflows: {a: {import: []}}', 'no key `import`'],
    ['workflows: {A b: {}}', 'a name in small letters'],
    [`workflows: {checked: {plan: ${fit}}}\nrules:\n  - match: "**"\n    workflow: cheked`, 'line 5'],
    [
      `workflows: {checked: {plan: ${fit}}}\nrules: [{match: "**", workflow: cheked}]`,
      'There is no workflow `cheked`. Did you mean `checked`? There are: `checked`.',
    ],
    ['rules: [{match: "**", workflow: constructor}]', 'There is no workflow `constructor`. There are none.'],
  ])('are refused with the reason: %s', (text, why) => {
    expect(refusal(text)).toContain(why);
  });

  it('have to fit one runner of the server when it starts', async () => {
    const { get, names } = await loadRunners(['runners'], { parseYaml });
    const runners = names.flatMap((name) => get(name) ?? []);
    const check = (steps: string) =>
      checkWorkflowRunners(taken(operator(`workflows:\n  checked: {plan: ${steps}}`)).workflows, runners);
    expect(() => check(fit)).not.toThrow();
    expect(() => check('[init, plan, show]')).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({
          code: 'settings-invalid',
          sentence: expect.stringContaining(
            'Operator file, line 3: Workflow `checked`: its `plan` leaves out the step `workspace`',
          ),
        }),
      }),
    );
  });
});

describe('a workflow of a project', () => {
  const file = (text: string | undefined) =>
    text === undefined ? null : taken(parseRepositoryFile(`version: 1\n${text}`, 'tidegate.yaml'));
  const merged = (rules: string, base?: string, head = base, maySet = '[workflow]') =>
    mergeProjects({
      repositoryId: 7,
      declared: new Map(),
      repository: 'a/b',
      baseBranch: 'main',
      operator: taken(
        operator(
          `workflows: {one: {plan: ${fit}}, two: {}}\nrules: ${rules}${maySet === '' ? '' : `\nrepositories: [{match: a/b, may_set: ${maySet}}]`}`,
        ),
      ),
      base: file(base),
      head: file(head),
      found: folders('a'),
      foundInBase: folders('a'),
    });
  const named = (...sources: Parameters<typeof merged>) =>
    merged(...sources).projects.map(({ settings }) => settings.workflow?.name ?? null);
  const all = '[{match: "**", workflow: one}]';

  it('comes from the operator, then from the base branch, with its steps', () => {
    expect(merged(all).projects[0]?.settings.workflow).toEqual({
      name: 'one',
      plan: ['init', ['tflint', '--recursive'], 'workspace', 'plan', 'show'],
      apply: null,
    });
    expect(named('[]')).toEqual([null]);
    expect(named(all, 'rules: [{match: a, workflow: two}]')).toEqual(['two']);
    expect(named(all, 'projects: [{dir: a, workflow: two}]')).toEqual(['two']);
  });

  it('is not changed by a pull request, which is told so', () => {
    const head = 'projects: [{dir: a, workflow: two}]';
    expect(named(all, 'projects: [{dir: a}]', head)).toEqual(['one']);
    expect(merged(all, 'projects: [{dir: a}]', head).notTaken).toEqual([
      { project: '7:a:default:*', keys: ['workflow'] },
    ]);
  });

  it('is for tidegate.yaml only where the operator says so', () => {
    const base = 'projects: [{dir: a}]';
    for (const maySet of ['', '[version]'])
      expect(() => merged(all, base, 'projects:\n  - dir: a\n    workflow: two', maySet)).toThrow(
        'line 4: the operator file does not let `a/b` set `workflow`',
      );
  });

  it('has to be one that there is, in the base branch and in the head', () => {
    const wrong = 'projects:\n  - dir: a\n    workflow: onee';
    for (const base of ['projects: [{dir: a}]', wrong])
      expect(() => merged(all, base, wrong)).toThrow(
        expect.objectContaining({
          problem: {
            code: 'config-invalid',
            sentence: 'tidegate.yaml (this pull request), line 4: the operator file has no workflow `onee`.',
            advice: 'Did you mean `one`? There are: `one` and `two`. Nothing was run.',
          },
        }),
      );
    expect(() => merged(all, wrong, 'projects: [{dir: a}]')).toThrow('(the base branch), line 4');
  });
});
