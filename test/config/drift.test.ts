import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import {
  carefulLimits,
  type DriftMode,
  type DriftSettings,
  noDrift,
} from '../../src/domain/drift/settings.ts';
import { UserError } from '../../src/domain/problem.ts';
import { folders, taken } from './stories.ts';

const fileOf = (drift: string) =>
  taken(parseRepositoryFile(`version: 1\nprojects:\n  - {dir: a, ${drift}}\n`, 'tidegate.yaml'));

interface Places {
  readonly operator?: string;
  readonly base: string;
  readonly head?: string;
}

/** What is settled for the one project that there is. */
const one = (
  { operator = '', base, head = base }: Places,
  most: DriftMode | null = null,
): DriftSettings | undefined => {
  const limit = most === null ? '' : `repositories: [{match: "*/*", drift: {most: ${most}}}]\n`;
  const rules = operator === '' ? '' : `rules: [{match: "**", ${operator}}]\n`;
  const { projects } = mergeProjects({
    repositoryId: 7,
    declared: new Map(),
    repository: 'acme/infrastructure',
    baseBranch: 'main',
    operator: taken(parseOperatorFile(`allow: ["*/*"]\n${limit}${rules}`, 'operator')),
    base: fileOf(base),
    head: fileOf(head),
    found: folders('a'),
  });
  return projects[0]?.settings.drift;
};

const refusalOf = (base: string, most: DriftMode | null): string | null => {
  try {
    one({ base }, most);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.problem.sentence;
    throw error;
  }
};

const inProject = (drift: string): string => {
  const parsed = parseRepositoryFile(`version: 1\nprojects: [{dir: a, drift: ${drift}}]`, 'f');
  return 'problem' in parsed ? parsed.problem.sentence : 'taken';
};

describe('drift', () => {
  it.each([
    'off',
    'detect',
    '{mode: issue, schedule: {cron: "0 3 * * *", zone: Europe/Berlin}, threshold: 3}',
    '{mode: apply, limits: {deletes: true, most: 3, share: 5}}',
    '{ignore: [{address: "aws_instance.*", paths: [tags, "tags.*"], reason: Tagged by hand, until: "2026-12-31"}]}',
  ])('is taken: %s', (drift) => {
    expect(inProject(drift)).toBe('taken');
  });

  it.each([
    ['always', '`off`, `detect`, `issue`, `pr` or `apply`'],
    ['{mode: on}', '`off`, `detect`'],
    ['{mode: detect, schedule: {cron: daily}}', 'five fields of cron'],
    ['{mode: detect, schedule: {cron: "0 3 * * *", zone: Mars/Olympus}}', 'the name of a time zone'],
    ['{mode: detect, schedule: {cron: "0 0 30 2 *"}}', 'this one never comes'],
    ['{threshold: 0}', 'from 1 to 10'],
    ['{limits: {share: 101}}', 'from 1 to 100'],
    ['{ignore: [{address: a, until: "2026-12-31"}]}', 'reason'],
    ['{ignore: [{address: a, reason: b}]}', 'until'],
    ['{ignore: [{address: a, reason: b, until: "2026-02-30"}]}', 'a day that there is'],
    ['{ignore: [{address: a, reason: b, until: tomorrow}]}', 'a day such as'],
    ['{mod: detect}', 'has no key `mod`'],
  ])('is refused, with the reason: %s', (drift, why) => {
    expect(inProject(drift)).toContain(why);
  });

  it('is nothing where nobody says anything, and each key by itself where several do', () => {
    expect(one({ base: '' })).toBeUndefined();
    expect(one({ base: 'drift: detect' })).toEqual({ ...noDrift, mode: 'detect' });
    expect(
      one({
        operator: 'drift: {mode: detect, threshold: 3, schedule: {cron: "0 1 * * *"}}',
        base: 'drift: {mode: issue}',
      }),
    ).toEqual({
      ...noDrift,
      mode: 'issue',
      threshold: 3,
      schedule: { cron: '0 1 * * *', zone: 'UTC' },
    });
    expect(one({ operator: 'drift: detect', base: 'drift: off' })?.mode).toBe('off');
  });

  it('is passed over where any place says so, and only narrowed in its limits', () => {
    const ignore = (address: string) => `ignore: [{address: ${address}, reason: known, until: "2026-12-31"}]`;
    const both = one({
      operator: `drift: {mode: detect, ${ignore('a')}, limits: {deletes: false, most: 5}}`,
      base: `drift: {${ignore('b')}, limits: {deletes: true, replaces: true, most: 50, share: 80}}`,
    });
    expect(both?.ignore.map(({ address }) => address)).toEqual(['a', 'b']);
    expect(both?.limits).toEqual({ deletes: false, replaces: true, most: 5, share: 80 });
    expect(one({ base: 'drift: detect' })?.limits).toEqual(carefulLimits);
  });

  it('is what the base branch says, and never what a pull request does', () => {
    expect(one({ base: '', head: 'drift: apply' }, 'apply')).toBeUndefined();
    expect(one({ base: 'drift: issue', head: 'drift: off' })?.mode).toBe('issue');
  });

  it('is asked for no further than the operator lets', () => {
    expect(refusalOf('drift: apply', null)).toContain(
      'line 3: the operator file lets `acme/infrastructure` ask for `drift: pr` at most, not for `apply`.',
    );
    expect(refusalOf('drift: {mode: issue}', 'detect')).toContain('`drift: detect` at most, not for `issue`');
    expect(refusalOf('drift: apply', 'apply')).toBeNull();
    expect(refusalOf('drift: {threshold: 3}', 'off')).toBeNull();
  });

  it('is looked for as the operator says', () => {
    const read = (lines: string) => taken(parseOperatorFile(`allow: [a/b]\n${lines}`, 'f'));
    expect(read('').drift).toEqual({ parallel: 2, jitterMs: 600_000 });
    expect(read('drift: {parallel: 8, jitter: 0m}').drift).toEqual({ parallel: 8, jitterMs: 0 });
    expect(read('').driftOf('a/b')).toEqual({ most: 'pr', check: 'neutral', unapproved: false });
    const rule = read('repositories: [{match: a/*, drift: {most: detect, check: failure}}]');
    expect(rule.driftOf('a/b')).toEqual({ most: 'detect', check: 'failure', unapproved: false });
    expect(rule.driftOf('b/b')).toEqual({ most: 'pr', check: 'neutral', unapproved: false });
    const goes = read('repositories: [{match: a/*, drift: {most: apply, unapproved: true}}]');
    expect(goes.driftOf('a/b')).toMatchObject({ most: 'apply', unapproved: true });
    for (const wrong of ['{parallel: 0}', '{jitter: 10}', '{jitter: 300m}', '{paralel: 1}'])
      expect('problem' in parseOperatorFile(`allow: [a/b]\ndrift: ${wrong}`, 'f'), wrong).toBe(true);
  });
});
