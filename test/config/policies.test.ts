import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { taken } from './stories.ts';

const refusal = (parsed: ReturnType<typeof parseRepositoryFile> | ReturnType<typeof parseOperatorFile>) =>
  'problem' in parsed ? parsed.problem.sentence : 'taken';
const inProject = (keys: string) =>
  refusal(parseRepositoryFile(`version: 1\nprojects: [{dir: a, ${keys}}]`, 'f'));
const inOperator = (keys: string) => refusal(parseOperatorFile(`allow: [a/b]\n${keys}`, 'f'));

describe('how a project is planned and applied', () => {
  it.each([['the name of a workflow', inProject('workflow: 7')]])('has its shape: %s', (why, sentence) => {
    expect(sentence).toContain(why);
  });

  it('says when it is applied', () => {
    for (const apply of ['command', 'merge', 'auto', '{mode: auto, when: plan.destroy == 0}'])
      expect(inProject(`apply: ${apply}`), apply).toBe('taken');
    expect(inProject('apply: {mode: auto, when: plan.destory == 0}')).toContain('uses the field `destory`');
    expect(inProject('apply: never')).toContain('`command`, `merge` or `auto`');
  });
});

describe('policies', () => {
  const policies = (list: string) =>
    taken(parseOperatorFile(`allow: [a/b]\npolicies:\n${list}`, 'f')).policies;

  it('are conditions, with their owners', () => {
    const [rule, plain] = policies(`
  - name: no-databases
    match: [prod/**, live]
    repositories: Acme/*
    rule: plan.resources.all(r, r.type != "aws_db_instance")
    message: Ask the database team.
    owners: { teams: [Acme/Database] }
  - name: plain
    rule: plan.destroy == 0
`);
    expect(rule).toMatchObject({
      name: 'no-databases',
      asks: { rule: 'plan.resources.all(r, r.type != "aws_db_instance")' },
      message: 'Ask the database team.',
      owners: { users: [], teams: ['acme/database'], permission: null },
      source: 'operator file, line 4',
    });
    expect(['prod/a', 'live', 'dev'].map((dir) => rule?.matches(dir))).toEqual([true, true, false]);
    expect(['acme/x', 'other/x'].map((name) => rule?.inRepository?.(name))).toEqual([true, false]);
    expect(plain).toMatchObject({
      message: null,
      owners: null,
      inRepository: null,
    });
    expect(plain?.matches('any/where')).toBe(true);
  });

  it('are programs, known again by what is asked of them', () => {
    const asks = (more: string) => policies(`  - {name: opa, ${more}}`)[0]?.asks;
    const asked = asks('command: [conftest, test, "{plan}"]');
    expect(asked).toMatchObject({
      command: { argv: ['conftest', 'test', '{plan}'], timeLimitMs: 60_000 },
    });
    // What people are told, and who may let it pass, makes no other program of it.
    expect(asks('message: Ask., owners: {users: [ada]}, command: [conftest, test, "{plan}"]')).toEqual(asked);
    expect(asks('time_limit: 60s, command: [conftest, test, "{plan}"]')).toEqual(asked);
    const definitions = [
      asked,
      asks('time_limit: 2m, command: [conftest, test, "{plan}"]'),
      asks('command: [/opt/conftest, test, "{plan}"]'),
      asks('command: [conftest, "test ", "{plan}"]'),
      asks('command: [conftest, "{plan}", test]'),
    ].map((one) => (one !== undefined && 'command' in one ? one.command.definition : ''));
    expect(new Set(definitions).size).toBe(5);
    expect(definitions).not.toContain('');
  });

  it.each([
    ['policies: [{name: a}]', 'a policy with either a `rule` or a `command`'],
    ['policies: [{name: a, rule: "true", command: [a, "{plan}"]}]', 'either a `rule` or a `command`'],
    ['policies: [{name: a, rule: "true", time_limit: 1m}]', 'without `time_limit`, which is for a `command`'],
    ['policies: [{name: a, command: "conftest test {plan}"}]', 'a list of a program and its arguments'],
    ['policies: [{name: a, command: []}]', 'a list of a program and its arguments'],
    ['policies: [{name: a, command: ["", "{plan}"]}]', 'begins with a program'],
    ['policies: [{name: a, command: ["{plan}", "{plan}"]}]', 'begins with a program'],
    ['policies: [{name: a, command: [./check, "{plan}"]}]', 'or an absolute path'],
    ['policies: [{name: a, command: [bin/check, "{plan}"]}]', 'or an absolute path'],
    ['policies: [{name: a, command: [../check, "{plan}"]}]', 'or an absolute path'],
    ['policies: [{name: a, command: [-x, "{plan}"]}]', 'on the `PATH` of the server'],
    ['policies: [{name: a, command: [conftest]}]', '`{plan}` among its arguments'],
    ['policies: [{name: a, command: [conftest, "--file={plan}"]}]', 'not as part of one'],
    ['policies: [{name: a, command: [conftest, "{plan}", "x{plan}"]}]', 'not as part of one'],
    ['policies: [{name: a, command: [conftest, "{plan}", "{dir}"]}]', 'without `{dir}`'],
    ['policies: [{name: a, command: [conftest, "{plan}", "a\\nb"]}]', 'without control characters'],
    ['policies: [{name: a, command: [conftest, "{plan}"], time_limit: 1}]', 'from `1s` to `24h`'],
    ['policies: [{name: a, command: [conftest, "{plan}"], time_limit: 25h}]', 'from `1s` to `24h`'],
    ['policies: [{name: a, rule: plan.destory == 0}]', 'did you mean `destroy`?'],
    ['policies: [{name: A b, rule: "true"}]', 'small letters, digits and dashes'],
    ['policies: [{name: a, rule: "true"}, {name: a, rule: "true"}]', 'The name `a` is taken'],
    ['policies: [{name: a, rule: "true", owners: {}}]', '`users: []` for nobody'],
  ])('are refused with the reason: %s', (text, why) => {
    expect(inOperator(text)).toContain(why);
  });
});
