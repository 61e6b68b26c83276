import { describe, expect, it } from 'vitest';
import { command, mistake } from './comments.ts';

describe('tool arguments after --', () => {
  const extra = (text: string): readonly string[] => command(`/plan -- ${text}`).extra;

  it.each([
    ['-target=module.app', '-target=module.app'],
    ['--target=terraform_data.a', '-target=terraform_data.a'],
    ['-target terraform_data.a', '-target=terraform_data.a'],
    ['-target=module.x["k"].type.name[0]', '-target=module.x["k"].type.name[0]'],
    [`-target='module.x["a b"].t.n'`, '-target=module.x["a b"].t.n'],
    [`-target 'module.x["a b"].t.n'`, '-target=module.x["a b"].t.n'],
    ['-target=module.a[3].module.b.data.aws_ami.x', '-target=module.a[3].module.b.data.aws_ami.x'],
    ['-replace=aws_instance.web["10.0.0.0/8"]', '-replace=aws_instance.web["10.0.0.0/8"]'],
    ['-refresh=false', '-refresh=false'],
    ['-refresh true', '-refresh=true'],
    ['-refresh-only', '-refresh-only'],
    ['-parallelism=256', '-parallelism=256'],
    ['-parallelism 1', '-parallelism=1'],
    ['-lock-timeout=1h30m', '-lock-timeout=1h30m'],
    ['-compact-warnings', '-compact-warnings'],
  ])('takes %j', (text, element) => {
    expect(extra(text)).toEqual([element]);
  });

  it('leaves the end of a project to its own verb, which takes less', () => {
    expect(mistake('/plan -- -destroy').advice).toMatch(
      /^The end of a project is planned with `\/destroy`\./,
    );
    expect(command('/destroy -p a -- -target=a.b -parallelism=2')).toMatchObject({
      verb: 'destroy',
      extra: ['-target=a.b', '-parallelism=2'],
    });
    for (const text of ['-destroy', '-replace=a.b', '-refresh-only'])
      expect(mistake(`/destroy -- ${text}`).code).toBe('argument-refused');
  });

  it('takes several, and the repeatable ones more than once', () => {
    expect(extra('-target=a.b -target a.c -refresh=false')).toEqual([
      '-target=a.b',
      '-target=a.c',
      '-refresh=false',
    ]);
    expect(extra('')).toEqual([]);
  });

  it.each([
    '-var=a=b',
    '-var a=b',
    '-var-file=x',
    '-out=x',
    '-out x',
    '-state=x',
    '-chdir=x',
    '--chdir=..',
    '-plugin-dir=x',
    '-backup=x',
    '-generate-config-out=x',
    '-input=true',
    '-lock=false',
    '-json',
    '-detailed-exitcode',
    '-auto-approve',
    '-state-out=x',
    '-unknown',
  ])('refuses %j by name and lists what is allowed', (text) => {
    const problem = mistake(`/plan -- ${text}`);
    const name = /^--?([^= ]+)/.exec(text)?.[1] ?? '';
    expect(problem.code).toBe('argument-refused');
    expect(problem.sentence).toContain(`\`-${name}\``);
    expect(problem.advice).toContain('`-target=ADDRESS`');
    expect(problem.advice).toContain('`-parallelism=1..256`');
  });

  it.each([
    'module.x',
    '; rm',
    '-',
    '--',
    '---target=a.b',
    '-target',
    '-target=',
    '-target=a',
    '-target=module',
    '-target=module.',
    '-target=a.b.c',
    '-target=a.b[x]',
    '-target=a.b[-1]',
    '-target=a.b["x]',
    '-target=a.b["$(id)"]',
    '-target=a.b["%{if}"]',
    '-target=a.b["`id`"]',
    '-target=a.b["\u202e"]',
    '-target=a.b["\u0000"]',
    '-target=a.b;rm',
    '-target=a.b["a b"]',
    '-target=-destroy',
    '-target -destroy',
    `-target=a.${'b'.repeat(1100)}`,
    '-refresh',
    '-refresh=yes',
    '-refresh=true -refresh=false',
    '-destroy=true',
    '-destroy -destroy',
    '-refresh-only=x',
    '-parallelism=0',
    '-parallelism=257',
    '-parallelism=1e2',
    '-parallelism=٣',
    '-lock-timeout=5',
    '-lock-timeout=5d',
    '-lock-timeout=-5s',
  ])('refuses %j', (text) => {
    expect(mistake(`/plan -- ${text}`).code).toBe('argument-refused');
  });

  it.each(['apply', 'unlock', 'status'])('allows none for %s', (verb) => {
    const problem = mistake(`/${verb} -p a -- -target=a.b`);
    expect(problem.code).toBe('argument-refused');
    expect(problem.advice).not.toContain('ADDRESS');
  });
});
