import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { environmentsAsked, keysNotTaken, one, type Story } from './stories.ts';

const environments = (story: Story) => environmentsAsked(one(story));

describe('the environment of a project, with what protects it on GitHub', () => {
  it('is the last that the operator or the base branch gives it; nobody else is asked', () => {
    const operator = '[{match: "**", environment: production}]';
    const rules = 'rules: [{match: a, environment: staging}]\n';
    const entry = 'projects: [{name: a, dir: a}]';
    const labelled = 'projects: [{name: a, dir: a, environment: test}]';
    expect(environments({ base: entry, head: entry })).toEqual([]);
    expect(environments({ operator, base: entry, head: entry })).toEqual(['production']);
    expect(environments({ operator, base: `${rules}${entry}`, head: entry })).toEqual(['staging']);
    expect(environments({ operator, base: `${rules}${labelled}`, head: entry })).toEqual(['test']);
  });

  it('is not taken from a head that says another, or none, moves there, or has another name', () => {
    const base =
      'rules: [{match: lab, environment: lab}]\nprojects: [{name: a, dir: a, environment: production}]';
    for (const head of [
      'projects: [{name: a, dir: a, environment: lab}]',
      'projects: [{name: a, dir: a}]',
      'projects: [{name: b, dir: a, environment: lab}]',
    ])
      expect(environments({ base, head }), head).toEqual(['production']);
    expect(environments({ base, head: 'projects: [{name: a, dir: lab}]' })).toEqual(['lab', 'production']);
  });

  it('is every one of the operator at a place that nobody knows', () => {
    const operator = '[{match: prod/**, environment: production}, {match: test/**, environment: test}]';
    const base = 'projects: [{name: a, dir: a}]';
    expect(environments({ operator, base, head: base })).toEqual([]);
    expect(environments({ operator, base, head: 'projects: [{name: new, dir: new}]' })).toEqual([
      'production',
      'test',
    ]);
  });

  it('is one key that a head may not change, and not two', () => {
    const base = 'projects: [{name: a, dir: a, environment: production}]';
    const head = 'projects: [{name: a, dir: a, environment: lab}]';
    expect(keysNotTaken({ base, head })).toEqual(['environment']);
  });

  it('holds where it can be read, unless the operator says always or never', () => {
    const mode = (lines: string) => {
      const parsed = parseOperatorFile(`allow: [acme/*]\n${lines}`, 'operator.yaml');
      return 'problem' in parsed ? parsed.problem.sentence : parsed.value.environmentProtection;
    };
    expect(mode('')).toBe('when_readable');
    expect(mode('environment_protection: always')).toBe('always');
    expect(mode('environment_protection: never')).toBe('never');
    expect(mode('environment_protection: sometimes')).toContain('`when_readable`, `always` or `never`');
  });
});
