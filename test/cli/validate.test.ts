import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WrongUse } from '../../src/arguments.ts';
import { makeCheckout } from '../support/checkout.ts';
import { put } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { startMain } from '../support/main-process.ts';
import { run } from './command.ts';

const stack = 'terraform {\n  backend "s3" {}\n}\n';
const files = { 'network/main.tf': stack, 'database/main.tf': stack };

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

describe('tidegate validate', () => {
  it('says that all is right, with a file and without one, of what lies in the checkout', {
    tags: ['long'],
  }, async () => {
    const checkout = makeCheckout(files);
    expect(await run(checkout, 'validate')).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        'There is no tidegate.yaml: 2 projects, found by themselves.\nNo operator file',
      ),
    });
    // Not committed, and not even known to git.
    checkout.write({ 'tidegate.yaml': 'version: 1\nprojects: [{dir: network}]\n' });
    expect(await run(checkout, 'validate', ['network'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('tidegate.yaml is right: 1 project.'),
    });
  });

  it('tells everything that is wrong with the shape, each with its place and what was meant', async () => {
    const checkout = makeCheckout({
      ...files,
      'tidegate.yaml': lines(
        'version: 1',
        'projects:',
        '  - dri: network',
        '  - dir: database',
        '    env: 7',
        'rulez: []',
      ),
    });
    const { code, out } = await run(checkout, 'validate');
    expect(code).toBe(1);
    expect(out).toContain('tidegate.yaml:3:5: `projects[0]` has no key `dri`.\n  Did you mean `dir`?');
    expect(out).toContain('tidegate.yaml:5:10: `projects[1].env` is `7`;');
    expect(out).toContain('tidegate.yaml:6:1: The file has no key `rulez`.\n  Did you mean `rules`?');
    expect(out).toContain('4 problems');
  });

  it('tells lines of CODEOWNERS that nobody can read, and finds nothing wrong by them', async () => {
    const checkout = makeCheckout({ ...files, '.github/CODEOWNERS': '* @ann\n\n/live/[prod]/ @bob\n' });
    expect(await run(checkout, 'validate')).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        '.github/CODEOWNERS:3:1: This line cannot be read: each `[` and `]` needs a backslash before it. Its files need the approval of an administrator.\nThere is no tidegate.yaml: 2 projects',
      ),
    });
  });

  it('tells everything that does not fit the repository, and rules that are for nothing', async () => {
    const checkout = makeCheckout({
      ...files,
      'vars/prod.tfvars': 'a = 1\n',
      'tidegate.yaml': lines(
        'version: 1',
        'projects:',
        '  - name: net',
        '    dir: netwrok',
        '  - dir: database',
        '    var_files: [../vars/prod.tfvars, ../vars/dev.tfvars]',
        '    runner: terrafrom',
        'rules:',
        '  - match: prod/**',
      ),
    });
    expect(await run(checkout, 'validate')).toEqual({
      code: 1,
      said: '',
      out: lines(
        'tidegate.yaml:4:10: Project `net`: there is no folder `netwrok`.',
        '  Did you mean `network`? Correct its `dir`, or remove the project.',
        'tidegate.yaml:6:38: Project `database`: there is no file `vars/dev.tfvars` in the repository.',
        '  Paths are relative to `dir`.',
        'tidegate.yaml:7:13: Project `database` asks for the runner `terrafrom`.',
        '  Did you mean `terraform`? This server has: `helm`, `opentofu`, `terraform`.',
        'tidegate.yaml:9:12: This rule is for no project that there is.',
        '3 problems',
        'No operator file was asked; `--config FILE` says what the rules of the server make of it.',
      ),
    });
  });

  it('asks the operator file that it is given', { tags: ['long'] }, async () => {
    const checkout = makeCheckout({
      ...files,
      'tidegate.yaml': lines(
        'version: 1',
        'projects: [{dir: network, workflow: checked}]',
        'rules: [{match: "**", env: {A: b}, workflow: other}]',
      ),
    });
    // Without one, nobody says which workflows there are.
    expect((await run(checkout, 'validate')).code).toBe(0);
    const operator = path.join(temporaryFolder('operator'), 'operator.yaml');
    const withOperator = async (text: string, ...more: readonly string[]) => {
      put(path.dirname(operator), 'operator.yaml', text);
      return run(checkout, 'validate', ['--config', operator, '--json', ...more]);
    };
    const problems = ({ out }: { readonly out: string }): unknown => JSON.parse(out);
    const set = 'repositories: [{match: acme/*, may_set: [env, workflow]}]\n';
    const workflows = 'workflows: {checked: {plan: [init, workspace, plan, show]}}\n';
    const refused = await withOperator(`allow: [acme/*]\n${set}${workflows}`, '--repository', 'acme/infra');
    expect(refused.code).toBe(1);
    expect(problems(refused)).toMatchObject({
      ok: false,
      problems: [{ line: 3, column: 46, sentence: 'The operator file has no workflow `other`.' }],
    });
    const elsewhere = await withOperator(
      `allow: [acme/*]\n${set}${workflows}`,
      '--repository',
      'other/infra',
    );
    expect(problems(elsewhere)).toMatchObject({
      problems: [
        { line: 3, sentence: 'The operator file does not let `other/infra` set `workflow`.' },
        { line: 3, sentence: 'The operator file has no workflow `other`.' },
        { line: 2, sentence: 'The operator file does not let `other/infra` set `workflow`.' },
      ],
    });
    const broken = await withOperator('allow: acme\nparallel_runs: many\n');
    expect(broken.code).toBe(1);
    expect(problems(broken)).toMatchObject({
      problems: [
        { file: operator, line: 1, column: 8 },
        { file: operator, line: 2, column: 16 },
      ],
    });
    expect((await run(checkout, 'validate', ['--config', `${operator}.not`])).said).toContain('(ENOENT)');
  });

  it('ends with 0, 1 or 2, and leaves nothing behind when it is stopped', {
    tags: ['long'],
    timeout: 60_000,
  }, async () => {
    const checkout = makeCheckout(files);
    const ended = async (...args: readonly string[]): Promise<number | NodeJS.Signals> =>
      startMain(args, { PATH: process.env['PATH'], HOME: checkout.home }, checkout.folder).ended;
    expect(await ended('validate')).toBe(0);
    expect(await ended('validate', temporaryFolder('plain'))).toBe(1);
    expect(await ended('validate', '--jsn')).toBe(2);
    await expect(run(checkout, 'validate', ['a', 'b'])).rejects.toBeInstanceOf(WrongUse);
    expect(await run(checkout, 'validate', [], { stopped: Promise.resolve() })).toMatchObject({
      code: 1,
      out: '',
    });
  });
});
