import { describe, expect, it } from 'vitest';
import { withGenerated } from '../../src/config/generate.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import type { RepositoryFile } from '../../src/config/types.ts';
import { UserError } from '../../src/domain/problem.ts';

const operator = (generate: string, more = '') => {
  const read = parseOperatorFile(`allow: ["*/*"]\ngenerate:\n${generate}${more}`, 'operator.yaml');
  if ('problem' in read) throw new Error(read.problem.sentence);
  return read.value;
};

const entry = (command: readonly string[], more = ''): string =>
  `  - match: acme/*\n    command: ${JSON.stringify(command)}\n${more}`;

const problemOf = (generate: string): string => {
  try {
    operator(generate);
    return '';
  } catch (error) {
    return String(error);
  }
};

describe('`generate` of the operator file', () => {
  it('gives a repository the last command that matches, with its limits', () => {
    const { generator } = operator(
      `${entry(['gen', '--root={tree}'])}${entry(['{base}/bin/gen', '{tree}', '{base}/settings.json'], '    time_limit: 30s\n    format: atlantis\n').replace('acme/*', 'acme/infra')}`,
    );
    expect(generator('acme/other')).toMatchObject({
      argv: ['gen', '--root={tree}'],
      format: 'tidegate',
      timeLimitMs: 60_000,
    });
    expect(generator('Acme/INFRA')).toMatchObject({
      argv: ['{base}/bin/gen', '{tree}', '{base}/settings.json'],
      format: 'atlantis',
      timeLimitMs: 30_000,
    });
    expect(generator('elsewhere/infra')).toBeNull();
    expect(generator('acme/other')?.definition).not.toBe(generator('acme/infra')?.definition);
  });

  it.each<[readonly string[], string]>([
    [['gen'], 'with `{tree}` among its arguments'],
    [['{tree}/gen', '{tree}'], 'whose program'],
    [['{tree}', '{tree}'], 'whose program'],
    [['node', '{tree}/gen.js'], 'nothing behind `{tree}`'],
    [['node', '--require={tree}/gen.js', '{tree}'], 'nothing behind `{tree}`'],
    [['gen', '{tree}', '{head}'], 'without `{head}`'],
    [['./gen', '{tree}'], 'a name that is on the `PATH`'],
    [['gen', '{tree}', 'a\nb'], 'without control characters'],
  ])('refuses %j', (command, words) => {
    expect(problemOf(entry(command))).toContain(words);
  });

  it('refuses a time limit of more than ten minutes', () => {
    expect(problemOf(entry(['gen', '{tree}'], '    time_limit: 11m\n'))).toContain('`10m`');
  });
});

describe('what a command printed', () => {
  const file = (text: string): RepositoryFile => {
    const read = parseRepositoryFile(`version: 1\n${text}`, 'tidegate.yaml');
    if ('problem' in read) throw new Error(read.problem.sentence);
    return read.value;
  };
  const own = operator(
    entry(['gen', '{tree}']),
    'repositories: [{match: "acme/*", may_set: [labels, workflow]}]\n',
  );
  const merged = (ours: string | null, printed: string) =>
    withGenerated(ours === null ? null : file(ours), file(printed), {
      where: 'this pull request',
      repository: 'acme/infra',
      operator: own,
    });
  const refusal = (printed: string): string => {
    try {
      merged('projects: [{name: own, dir: own}]', printed);
    } catch (error) {
      if (error instanceof UserError && error.problem.code === 'config-invalid') return error.message;
      throw error;
    }
    return '';
  };

  it('adds projects to those of the file, whose rules and discovery stay', () => {
    const both = merged(
      'projects: [{dir: a}]\nrules: [{match: b, labels: [x]}]\ndiscovery: {mode: enabled, ignore: [tmp/**]}',
      'projects: [{dir: b}]',
    );
    expect(both.projects?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(both.rules).toHaveLength(1);
    expect(both.discovery.enabled).toBe(true);
    expect(both.discovery.ignores('tmp/x')).toBe(true);
  });

  it('says which projects there are, where the file leaves that open', () => {
    expect(merged(null, 'projects: []').discovery.enabled).toBe(false);
    expect(merged('rules: []', 'projects: []').discovery.enabled).toBe(false);
    expect(merged('discovery: {mode: auto}', 'projects: []').discovery.enabled).toBe(false);
  });

  it.each([
    ['rules: []', 'it has no `projects`'],
    ['projects: []\nrules: [{match: x}]', 'it has `rules`'],
    ['projects: []\ndiscovery: {ignore: [x]}', 'it has `discovery`'],
    ['projects: [{name: own, dir: x}]', '`own` is in `tidegate.yaml` as well'],
    [
      'projects: [{dir: x, environment: prod}]',
      'line 2: the operator file does not let `acme/infra` set `environment`',
    ],
    ['projects: [{dir: x, workflow: mine}]', 'line 2: the operator file has no workflow `mine`'],
  ])('is refused with %j', (printed, words) => {
    expect(refusal(printed)).toContain(words);
  });
});
