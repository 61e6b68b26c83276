import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import type { RepositoryFile } from '../../src/config/types.ts';
import type { Problem } from '../../src/domain/problem.ts';
import type { Requirement } from '../../src/domain/rules/requirement.ts';

const value = (text: string): RepositoryFile => {
  const parsed = parseRepositoryFile(text, 'tidegate.yaml');
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value;
};

const problem = (text: string): Problem => {
  const parsed = parseRepositoryFile(text, 'tidegate.yaml');
  if ('value' in parsed) throw new Error('it was taken');
  return parsed.problem;
};

const approvedAt = (line: number): Requirement => ({
  kind: 'approved',
  count: 1,
  from: null,
  codeOwners: false,
  when: null,
  source: `tidegate.yaml of the base branch, line ${line}`,
});

const withProject = (lines: string): string => `version: 1\nprojects:\n  - dir: network\n    ${lines}\n`;

describe('a file that is right', () => {
  it('gives every key', () => {
    const file = value(`
version: 1
projects:
  - name: network
    dir: ./network/prod/
    workspace: eu
    when_modified: ["**/*.tf", "../../shared/**", "!**/*.md"]
    depends_on: [app]
    runner: opentofu
    version: "1.11.4"
    var_files: [../common.tfvars, eu.tfvars]
    backend_files: [backend.hcl]
    env: { TF_VAR_region: eu }
    environment: production
    requirements: [approved]
  - name: app
    dir: .
rules:
  - match: prod/**
    requirements: [approved]
  - match: ["*", dev/*]
    runner: terraform
discovery:
  mode: enabled
  ignore: [examples/**]
`);
    expect(file.projects).toEqual([
      {
        at: 0,
        line: 4,
        name: 'network',
        dir: 'network/prod',
        workspace: 'eu',
        branches: null,
        whenModified: ['**/*.tf', '../../shared/**', '!**/*.md'],
        dependsOn: [{ name: 'app', outputs: null }],
        feeds: [],
        settings: {
          runner: 'opentofu',
          version: '1.11.4',
          varFiles: ['../common.tfvars', 'eu.tfvars'],
          backendFiles: ['backend.hcl'],
          env: { TF_VAR_region: 'eu' },
          environment: 'production',
          follows: null,
          requirements: { apply: [approvedAt(15)] },
        },
      },
      {
        at: 1,
        line: 16,
        name: 'app',
        dir: '.',
        workspace: 'default',
        branches: null,
        whenModified: null,
        dependsOn: [],
        feeds: [],
        settings: {},
      },
    ]);
    const [prod, others] = file.rules;
    expect([prod?.matches('prod/eu'), prod?.matches('dev'), prod?.requirements]).toEqual([
      true,
      false,
      { apply: [approvedAt(20)] },
    ]);
    expect([others?.matches('.'), others?.matches('dev/a'), others?.matches('prod/a')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(file.discovery.enabled).toBe(true);
    expect(file.discovery.ignores('examples/a')).toBe(true);
    expect(file.discovery.ignores('a')).toBe(false);
  });

  it('finds projects by itself where it names none, and only there', () => {
    expect(value('version: 1')).toMatchObject({ projects: null, rules: [], discovery: { enabled: true } });
    expect(value('version: 1\nprojects: []')).toMatchObject({ projects: [], discovery: { enabled: false } });
    expect(value('version: 1\ndiscovery: {mode: disabled}').discovery.enabled).toBe(false);
  });

  it('names a project after its place', () => {
    const { projects } = value(
      'version: 1\nprojects:\n  - dir: .\n  - dir: a/b\n  - dir: a/b\n    workspace: eu\n',
    );
    expect(projects?.map(({ name }) => name)).toEqual(['root', 'a/b', 'a/b/eu']);
  });
});

describe('a file that is wrong', () => {
  it.each<[string, string, string]>([
    ['version: 1\nprojects: [', 'line 2', 'Flow sequence'],
    ['version: 1\nversion: 1', 'line 2, column 1', 'Map keys must be unique.'],
    ['version: 1\n\tprojects: []', 'line 2', 'Tabs are not allowed'],
    ['', 'line 1', 'The file is empty; it must be a mapping of keys to values.'],
    ['- a', 'line 1', 'The file is a list; it must be a mapping'],
    ['projects: []', 'line 1', '`version` is missing; it must be `1`.'],
    [
      'version: "1"',
      'line 1, column 10',
      '`version` is the text `1`; it must be the number `1`, without quotes.',
    ],
    ['version: 2', 'line 1, column 10', '`version` is `2`; it must be `1`.'],
    ['version: 1\nproject: []', 'line 2, column 1', 'The file has no key `project`.'],
    [withProject('dri: x'), 'line 4, column 5', '`projects[0]` has no key `dri`.'],
    ['version: 1\nprojects:\n  - name: a', 'line 3', '`projects[0].dir` is missing; it must be a folder'],
    [
      withProject('workspace: 7'),
      'line 4, column 16',
      '`projects[0].workspace` is the number `7`; it must be a workspace name',
    ],
    [withProject('workspace: ..'), 'line 4', 'it must be a workspace name'],
    [withProject('workspace: -x'), 'line 4', 'it must be a workspace name'],
    [withProject('workspace: a/b'), 'line 4', 'it must be a workspace name'],
    [withProject('workspace: "a\\u0000"'), 'line 4', '`a<U+0000>`'],
    [withProject('name: -x'), 'line 4', 'it must be a name'],
    [withProject('name: "a\\u202eb"'), 'line 4', '`a<U+202E>b`'],
    [withProject('name: "a`b"'), 'line 4', '`` a`b ``'],
    [withProject('name: "$(id)"'), 'line 4', 'it must be a name'],
    [
      withProject('version: 1.10'),
      'line 4',
      '`projects[0].version` is the number `1.1`; it must be a version or a constraint in quotes',
    ],
    [withProject('version: "^1.0"'), 'line 4', 'a version or a constraint'],
    [withProject('runner: ../x'), 'line 4', 'the name of a runner'],
    [
      withProject('requirements: [aproved]'),
      'line 4, column 20',
      '`projects[0].requirements[0]` is `aproved`; it must be `approved`, `mergeable`, `up_to_date` or `policies`, or a mapping with more about it.',
    ],
    [withProject('requirements: approved'), 'line 4', 'a list of requirements'],
    [
      withProject('env: {A: 1}'),
      'line 4',
      '`projects[0].env.A` is the number `1`; it must be text; put numbers',
    ],
    [
      withProject('env: {A-B: "1"}'),
      'line 4, column 11',
      '`A-B` in `projects[0].env` must be a variable name',
    ],
    [
      withProject('env: {PATH: "/x"}'),
      'line 4',
      '`PATH` in `projects[0].env` must be a variable that the server does not decide itself.',
    ],
    [withProject('env: {TF_CLI_ARGS_plan: "-var=a=b"}'), 'line 4', '`TF_CLI_ARGS_plan`'],
    [withProject('env: {LD_PRELOAD: "x"}'), 'line 4', '`LD_PRELOAD`'],
    [withProject('env: {__proto__: "x"}'), 'line 4', '`__proto__`'],
    [withProject('var_files: [/etc/passwd]'), 'line 4', 'a file inside the repository'],
    [withProject('var_files: ["-x"]'), 'line 4', 'a file inside the repository'],
    [
      withProject('when_modified: [../../x]'),
      'line 4, column 21',
      'The glob `../../x` is refused: it leaves the repository.',
    ],
    [withProject('when_modified: ["/x"]'), 'line 4', 'is absolute'],
    [withProject('when_modified: ["a**"]'), 'line 4', 'alone between slashes'],
    [
      withProject('depends_on: [nope]'),
      'line 4, column 18',
      '`network` depends on `nope`, and there is no project of that name.',
    ],
    [withProject('depends_on: [network]'), 'line 4', 'in a circle: `network` -> `network`.'],
    [
      'version: 1\nprojects:\n  - {dir: a, depends_on: [b]}\n  - {dir: b, depends_on: [c]}\n  - {dir: c, depends_on: [a]}',
      'line 3',
      '`a` -> `b` -> `c` -> `a`',
    ],
    [
      'version: 1\nprojects:\n  - {dir: a}\n  - {dir: b, name: a}',
      'line 4',
      'The name `a` is taken by `projects[0]`.',
    ],
    ['version: 1\nrules: [{runner: x}]', 'line 2', '`rules[0].match` is missing'],
    ['version: 1\nrules: [{match: []}]', 'line 2', 'a list with one glob or more'],
    [
      'version: 1\nrules: [{match: ["a", "b**"]}]',
      'line 2, column 23',
      '`rules[0].match[1]` is `b**`; it must be a glob; this one has',
    ],
    ['version: 1\ndiscovery: {mode: on}', 'line 2', '`auto`, `enabled` or `disabled`'],
    [
      'version: 1\ndiscovery: {enabled: false}',
      'line 2, column 22',
      '`discovery.enabled` is `false`; it must be left out: write `mode: disabled` instead.',
    ],
    ['version: 1\ndiscovery: {enabled: true}', 'line 2', 'left out: write `mode: enabled` instead.'],
    ['version: 1\nrules: [{match: a, labels: [two words]}]', 'line 2', 'a label such as `team-a`'],
    [
      'a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c]',
      'line 2, column 8',
      '`*a` is an alias: write out what it stands for.',
    ],
    [`version: ${'['.repeat(50_000)}`, 'line 1', 'nested deeper than'],
    [`# ${'x'.repeat(600_000)}`, 'line 1', 'larger than 256 KiB'],
    ['version: 1\n---\nversion: 1', 'line 2', 'multiple documents.'],
    ['version: !!js/function x', 'line 1', 'Unresolved tag'],
    ['version: *nope', 'line 1', 'is an alias'],
    ['version: &a [*a]', 'line 1, column 14', 'is an alias'],
    ['version: 1\n<<: {projects: []}', 'line 2, column 1', 'The file has no key `<<`.'],
    [`version: [${'a,'.repeat(30_000)}]`, 'line 1', 'more than 20000 values'],
    [`version: ${'['.repeat(17)}${']'.repeat(17)}`, 'line 1', 'nested deeper than'],
    ['1: 2', 'line 1', 'The key `1`'],
  ])('%j is told with its place', (text, place, sentence) => {
    const found = problem(text);
    expect(found.code).toBe('config-invalid');
    expect(found.sentence).toContain(`tidegate.yaml, ${place}`);
    expect(found.sentence).toContain(sentence);
  });

  it('names the nearest known key and all of them', () => {
    const { advice } = problem(withProject('when_modifed: []'));
    expect(advice).toContain('Did you mean `when_modified`? Known keys: `name`, `dir`,');
  });

  it('tells everything that is wrong at once, in the order of the file', () => {
    const found = problem('version: 3\nprojects:\n  - dir: 5\n    nme: x\n');
    expect(found.sentence).toContain('line 1');
    expect(found.advice).toContain('2 more below.');
    expect(found.details?.split('\n').map((line) => /line \d/.exec(line)?.[0])).toEqual([
      'line 1',
      'line 3',
      'line 4',
    ]);
  });

  it.each([
    '../x',
    'a/../b',
    '/etc',
    '-x',
    'a/-b',
    '"a\\u0000"',
    '"a\\u202eb"',
    '"a\\nb"',
    '.git/hooks',
    '"a\\\\b"',
    '""',
    'a//b',
  ])('refuses the dir %s by name', (dir) => {
    const found = problem(`version: 1\nprojects:\n  - name: x\n    dir: ${dir}\n`);
    expect(found.code).toBe('path-refused');
    expect(found.sentence).toMatch(/^tidegate\.yaml, line 4, column 10: The folder .+ is refused: /);
    expect(found.sentence).not.toMatch(/\p{C}/u);
  });

  it.each(['var_files', 'backend_files'])('refuses %s that leave the repository', (key) => {
    expect(problem(withProject(`${key}: [../../x]`))).toMatchObject({
      code: 'path-refused',
      sentence: expect.stringContaining('The file `../../x` is refused: from `network`'),
    });
    expect(problem(withProject(`${key}: [..]`)).code).toBe('path-refused');
    expect(value(withProject(`${key}: [../x]`)).projects).toHaveLength(1);
  });

  it('never throws, whatever the text is', () => {
    const words = fc.constantFrom(
      'version',
      'projects',
      'dir',
      'rules',
      'match',
      'env',
      ':',
      ': ',
      '- ',
      '\n',
      '\n  ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '!!x',
      '"',
      "'",
      '|',
      '>',
      '1',
      'a',
      '#',
      '? ',
      '<<',
      '\t',
      '---\n',
      '%',
      ',',
      '__proto__',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(words, { maxLength: 30 }).map((all) => all.join('')),
        ),
        (text) => {
          const parsed = parseRepositoryFile(text, 'f');
          if ('problem' in parsed) expect(parsed.problem.sentence).toMatch(/^f, line \d+, column \d+: .+/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never throws for data of any shape', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.constantFrom('', 'projects', 'rules', 'discovery'),
        (json, key) => {
          const parsed = parseRepositoryFile(key === '' ? json : `{"version": 1, "${key}": ${json}}`, 'f');
          if ('problem' in parsed) expect(parsed.problem.sentence).toContain('f, line ');
        },
      ),
      { numRuns: 500 },
    );
  });
});
