import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/config/globs.ts';
import type { Selector } from '../../src/domain/command.ts';
import { everything } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import { interpretComment } from '../../src/domain/grammar.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { select } from '../../src/domain/selector.ts';

const project = (name: string, dir: string, workspace = 'default', labels: readonly string[] = []) => ({
  name,
  dir: repoPath(dir),
  workspace,
  settings: { labels },
});
const projects = [
  project('network', 'network', 'default', ['team-a', 'core']),
  project('app', 'apps/app', 'default', ['team-b']),
  project('app-eu', 'apps/app', 'eu'),
  project('root', '.'),
  project('web[1]', 'web'),
];

const ask = (selector: Partial<Selector>) => select(projects, { ...everything, ...selector }, matchesGlob);
const names = (selector: Partial<Selector>) => {
  const result = ask(selector);
  return 'chosen' in result ? result.chosen.map((chosen) => chosen.name) : result.problem.sentence;
};

describe('select', () => {
  it.each<[Partial<Selector>, readonly string[]]>([
    [{}, ['network', 'app', 'app-eu', 'root', 'web[1]']],
    [{ names: ['app'] }, ['app']],
    [{ names: ['app*'] }, ['app', 'app-eu']],
    [{ names: ['root', 'network'] }, ['network', 'root']],
    [{ names: ['web[1]'] }, ['web[1]']],
    [{ dirs: ['.'] }, ['root']],
    [{ dirs: ['apps/*'] }, ['app', 'app-eu']],
    [{ dirs: ['apps/app'], workspaces: ['eu'] }, ['app-eu']],
    [{ workspaces: ['eu'] }, ['app-eu']],
    [{ labels: ['core'] }, ['network']],
    [{ labels: ['team-*'] }, ['network', 'app']],
    [{ labels: ['team-a', 'team-b'], workspaces: ['default'] }, ['network', 'app']],
  ])('chooses by %j', (selector, expected) => {
    expect(names(selector)).toEqual(expected);
  });

  it('takes a name in whichever form of Unicode, and the very same one where there is one', () => {
    const [one, two] = ['caf\u00e9', 'cafe\u0301'];
    const chosen = (of: readonly string[], name: string) => {
      const result = select(
        of.map((each) => project(each, 'dir')),
        { ...everything, names: [name] },
        matchesGlob,
      );
      return 'chosen' in result ? result.chosen.map(({ name: found }) => found) : result.problem.sentence;
    };
    expect(chosen([one], two)).toEqual([one]);
    expect(chosen([two], one)).toEqual([two]);
    expect(chosen([two], `${one.slice(0, 4)}*`)).toEqual([two]);
    expect(chosen([one, two], two)).toEqual([two]);
  });

  it.each<[Partial<Selector>, string]>([
    [{ names: ['netwrk'] }, '`-p netwrk` matches no project.'],
    [{ names: ['app', 'nope'] }, '`-p nope` matches no project.'],
    [{ names: ['NETWORK'] }, '`-p NETWORK` matches no project.'],
    [{ names: ['net'] }, '`-p net` matches no project.'],
    [{ dirs: ['apps'] }, '`-d apps` matches no project.'],
    [{ dirs: ['../network'] }, '`-d ../network` matches no project.'],
    [{ workspaces: ['us'] }, '`-w us` matches no project.'],
    [{ labels: ['team-c'] }, '`-l team-c` matches no project.'],
    [
      { labels: ['core'], names: ['app'] },
      '`-p app` matches no project that the rest of `-p app -l core` matches too.',
    ],
    [
      { names: ['network'], workspaces: ['eu'] },
      '`-p network` matches no project that the rest of `-p network -w eu` matches too.',
    ],
    [
      { names: ['network', 'app-eu'], workspaces: ['eu'] },
      '`-p network` matches no project that the rest of `-p network -p app-eu -w eu` matches too.',
    ],
    [{ names: ['a;rm'] }, '`-p a;rm` matches no project.'],
  ])('refuses %j by name', (selector, sentence) => {
    const result = ask(selector);
    if ('chosen' in result) throw new Error('something was chosen');
    expect(result.problem).toMatchObject({ code: 'no-such-project', sentence });
    for (const { name } of projects) expect(result.problem.details).toContain(name);
  });

  it('proposes the nearest name', () => {
    expect(ask({ names: ['netwrk'] })).toMatchObject({
      problem: { advice: expect.stringContaining('`-p network`') },
    });
  });

  it('says so where there is nothing to choose from', () => {
    expect(select([], everything, matchesGlob)).toEqual({ chosen: [] });
    expect(select([], { ...everything, names: ['a'] }, matchesGlob)).toMatchObject({
      problem: { code: 'no-such-project' },
    });
  });

  it('lists fifty projects and counts the others', () => {
    const many = Array.from({ length: 60 }, (_, index) => project(`p${index}`, `d${index}`));
    const result = select(many, { ...everything, names: ['x'] }, matchesGlob);
    expect('problem' in result && result.problem.details).toContain('and 10 more');
  });

  it('reaches a project whose name cannot be typed through the text of a command', () => {
    const odd = [project(`it's "a" $b;`, 'x'), project('-dash', 'y'), project('snow😀', 'z')];
    for (const { name } of odd) {
      const text = commandText({ verb: 'apply', selector: { ...everything, names: [name] }, extra: [] });
      const read = interpretComment(text, { prefixes: [], toolArguments: {} });
      if (read.kind !== 'command') throw new Error(text);
      expect(select(odd, read.command.selector, matchesGlob)).toMatchObject({ chosen: [{ name }] });
    }
  });
});
