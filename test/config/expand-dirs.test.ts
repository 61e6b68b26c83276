import { describe, expect, it } from 'vitest';
import { withDirs } from '../../src/config/expand-dirs.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { UserError } from '../../src/domain/problem.ts';
import { folders } from './stories.ts';

const there = folders('live/a', 'live/b', 'live/b/deep', 'other', '.');

const expanded = (projects: string) => {
  const read = parseRepositoryFile(`version: 1\nprojects: ${projects}`, 'tidegate.yaml');
  if ('problem' in read) throw new UserError(read.problem);
  return withDirs(read.value, there, 'this pull request') ?? [];
};

const refusal = (projects: string): string => {
  try {
    expanded(projects);
    return '';
  } catch (error) {
    if (error instanceof UserError && /^(?:config-invalid|path-refused)$/.test(error.problem.code))
      return error.message;
    throw error;
  }
};

describe('a dir that is a glob', () => {
  it('is a project for each folder with configuration that no other entry names', () => {
    const made = expanded(
      '[{dir: "live/*", labels: [x]}, {dir: live/b, name: mine}, {dir: "**", workspace: w}, {dir: "live/**"}]',
    );
    expect(made.map(({ name, workspace, at }) => [name, workspace, at])).toEqual([
      ['live/a', 'default', 0],
      ['mine', 'default', 1],
      ['live/a/w', 'w', 2],
      ['live/b/w', 'w', 2],
      ['live/b/deep/w', 'w', 2],
      ['other/w', 'w', 2],
      ['root/w', 'w', 2],
      ['live/b/deep', 'default', 3],
    ]);
    expect(made[0]?.settings.labels).toEqual(['x']);
    expect(expanded('[{dir: "nowhere/*"}]')).toEqual([]);
  });

  it('may depend on one of its own folders, and be depended on', () => {
    const made = expanded('[{dir: "live/*", depends_on: [live/a, other]}, {dir: other}]');
    expect(made.map(({ name, dependsOn }) => [name, dependsOn.map((need) => need.name)])).toEqual([
      ['live/a', ['other']],
      ['live/b', ['live/a', 'other']],
      ['other', []],
    ]);
  });

  it.each([
    ['[{dir: "live/*", name: all}]', 'is a glob: each folder'],
    ['[{dir: "live/*"}, {dir: other, depends_on: [elsewhere/a]}]', 'there is no project of that name'],
    [
      '[{dir: "live/*"}, {dir: other, depends_on: [live/new]}]',
      'depends on `live/new`, and there is no project',
    ],
    ['[{dir: "live/*", depends_on: [other]}, {dir: other, depends_on: [live/a]}]', 'in a circle: `'],
    ['[{dir: "live/*"}, {dir: other, name: live/a}]', 'Two projects have the name `live/a`'],
    ['[{dir: "../live/*"}]', 'The folder `../live/*` is refused'],
  ])('is refused as %s', (projects, words) => {
    expect(refusal(projects)).toContain(words);
  });
});
